package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Bytes;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.BatchFormat;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.TreeLimits;
import site.js0.jdb.layout.ValPtr;

/**
 * Merges a tablet's memtables and tree into the rows that a snapshot sees, a step of some rows at a
 * time. One per shard, used by whoever holds it; between two steps nothing is kept but the {@link
 * ScanState}.
 *
 * <p>Maintainers: the least key of all sources (in reverse: the greatest) is copied to {@link
 * #present}. Each source that stands on it gives its newest version at or below the snapshot; the
 * newest of those is the row, unless it is a tombstone. Forward, a source meets its newest version
 * first, so the row is given out before anything moves on. In reverse it meets the oldest first:
 * the value is copied aside while it goes on to newer ones. A key that was dealt with becomes
 * {@link #dealt}: the scan's state hears of it when the step ends.
 */
final class TabletScanner {
    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** A key with the padding that word-wise readers want. */
    private static final int KEY_ROOM = 1040;

    private static final int SOURCES = 3;

    private static final int KEYS = 4;

    /** Scratch memory that a scanner needs: some keys, and a value for each source. */
    static final long SCRATCH_BYTES =
            (long) KEYS * KEY_ROOM + (long) SOURCES * TreeLimits.VALUE_BYTES_MAX;

    private final MemorySegment start;
    private final MemorySegment bound;
    private MemorySegment present;
    private MemorySegment dealt;
    private final MemorySegment[] asideValues = new MemorySegment[SOURCES];

    private final MemtableVersions active = new MemtableVersions();
    private final MemtableVersions frozen = new MemtableVersions();
    private final VersionSource[] sources = new VersionSource[SOURCES];

    /** Which sources stand on the present key. */
    private final boolean[] stands = new boolean[SOURCES];

    private int presentLength;

    /** -1 before the first key that this step dealt with. */
    private int dealtLength;

    private int boundLength;
    private boolean boundInclusive;

    // The row under consideration: which source has it, and where.
    private int winner;
    private long winnerTimestamp;
    private int winnerKind;
    private MemorySegment winnerMemory = MemorySegment.NULL;
    private long winnerOffset;
    private int winnerLength;

    TabletScanner(MemorySegment scratch) {
        start = scratch.asSlice(0, KEY_ROOM);
        bound = scratch.asSlice(KEY_ROOM, KEY_ROOM);
        present = scratch.asSlice(2L * KEY_ROOM, KEY_ROOM);
        dealt = scratch.asSlice(3L * KEY_ROOM, KEY_ROOM);
        for (int i = 0; i < SOURCES; i++) {
            asideValues[i] =
                    scratch.asSlice(
                            (long) KEYS * KEY_ROOM + (long) i * TreeLimits.VALUE_BYTES_MAX,
                            TreeLimits.VALUE_BYTES_MAX);
        }
        sources[0] = active;
        sources[1] = frozen;
    }

    int scan(
            Tablet tablet,
            ScanSpec spec,
            ScanState state,
            RowSink sink,
            int rowsMax,
            int bytesMax,
            Waiter waiter) {
        active.over(tablet.active());
        frozen.over(tablet.frozen());
        sources[2] = tablet.treeVersions();
        setBound(spec);
        if (seek(spec, state, waiter) == Progress.WAIT) {
            return Progress.WAIT;
        }
        dealtLength = -1;
        int r = rows(tablet, spec, state, sink, rowsMax, bytesMax, waiter);
        if (dealtLength >= 0) {
            state.passed(
                    dealt, BatchFormat.TABLE_ID_BYTES, dealtLength - BatchFormat.TABLE_ID_BYTES);
        }
        return r;
    }

    private int rows(
            Tablet tablet,
            ScanSpec spec,
            ScanState state,
            RowSink sink,
            int rowsMax,
            int bytesMax,
            Waiter waiter) {
        boolean reverse = spec.reverse();
        int rows = 0;
        long bytes = 0;
        while (rows < rowsMax && bytes < bytesMax) {
            int first = leader(reverse);
            if (first < 0 || !holdPresent(sources[first], spec.table(), reverse)) {
                state.end();
                return Progress.DONE;
            }
            findStanding(first);
            int r =
                    reverse
                            ? collectReverse(spec.timestamp(), waiter)
                            : collectForward(spec.timestamp(), waiter);
            if (r == Progress.WAIT) {
                return Progress.WAIT;
            }
            if (winner >= 0 && winnerKind != EntryKind.TOMBSTONE) {
                bytes += presentLength + give(tablet, spec, sink);
                rows++;
            }
            dealtWith();
            if (!reverse && skipDealt(waiter) == Progress.WAIT) {
                return Progress.WAIT;
            }
        }
        return Progress.DONE;
    }

    /**
     * Gives the row to the sink; a value of the value log begins to be read, and the scan goes on.
     *
     * @return bytes of its value
     */
    private int give(Tablet tablet, ScanSpec spec, RowSink sink) {
        long key = BatchFormat.TABLE_ID_BYTES;
        int keyLength = presentLength - BatchFormat.TABLE_ID_BYTES;
        if (winnerKind == EntryKind.POINTER && !spec.keysOnly()) {
            BlobFetch value = tablet.values().fetch(ValPtr.read(winnerMemory, winnerOffset));
            sink.row(present, key, keyLength, value);
            return value.length();
        }
        int length = spec.keysOnly() ? 0 : winnerLength;
        sink.row(present, key, keyLength, winnerMemory, winnerOffset, length);
        return length;
    }

    /** The present key is dealt with: whatever ends the step now, the next one begins behind it. */
    private void dealtWith() {
        MemorySegment free = dealt;
        dealt = present;
        dealtLength = presentLength;
        present = free;
    }

    private static int compose(MemorySegment to, int table, byte[] key, int keyLength) {
        to.set(BE_INT, 0, table);
        MemorySegment.copy(
                key, 0, to, ValueLayout.JAVA_BYTE, BatchFormat.TABLE_ID_BYTES, keyLength);
        return BatchFormat.TABLE_ID_BYTES + keyLength;
    }

    /** The bound at which the scan ends: the upper one, in reverse the lower one. */
    private void setBound(ScanSpec spec) {
        byte @Nullable [] key = spec.reverse() ? spec.lower() : spec.upper();
        if (key == null) {
            boundLength = 0;
        } else {
            boundLength = compose(bound, spec.table(), key, key.length);
            boundInclusive = spec.reverse() ? spec.lowerInclusive() : spec.upperInclusive();
        }
    }

    private int seek(ScanSpec spec, ScanState state, Waiter waiter) {
        boolean reverse = spec.reverse();
        int length;
        boolean inclusive;
        byte @Nullable [] from = reverse ? spec.upper() : spec.lower();
        if (state.started()) {
            length = compose(start, spec.table(), state.key(), state.keyLength());
            inclusive = false;
        } else if (from != null) {
            length = compose(start, spec.table(), from, from.length);
            inclusive = reverse ? spec.upperInclusive() : spec.lowerInclusive();
        } else {
            // The table id alone is below all keys of the table; the next id alone is above them.
            start.set(BE_INT, 0, reverse ? spec.table() + 1 : spec.table());
            length = BatchFormat.TABLE_ID_BYTES;
            inclusive = !reverse;
        }
        for (VersionSource source : sources) {
            if (source.seek(start, length, inclusive, reverse, waiter) == Progress.WAIT) {
                return Progress.WAIT;
            }
        }
        return Progress.DONE;
    }

    /** The source with the least (in reverse: greatest) key, or -1. */
    private int leader(boolean reverse) {
        int best = -1;
        for (int i = 0; i < SOURCES; i++) {
            VersionSource source = sources[i];
            if (source.state != VersionSource.ON) {
                continue;
            }
            if (best < 0) {
                best = i;
                continue;
            }
            VersionSource leading = sources[best];
            int c =
                    Bytes.compare(
                            source.keyMemory(),
                            source.keyOffset(),
                            source.keyLength(),
                            leading.keyMemory(),
                            leading.keyOffset(),
                            leading.keyLength());
            if (reverse ? c > 0 : c < 0) {
                best = i;
            }
        }
        return best;
    }

    /**
     * Copies the source's key to {@link #present}; false when it is beyond the table or the bound.
     */
    private boolean holdPresent(VersionSource source, int table, boolean reverse) {
        presentLength = source.keyLength();
        MemorySegment.copy(source.keyMemory(), source.keyOffset(), present, 0, presentLength);
        if (present.get(BE_INT, 0) != table) {
            return false;
        }
        if (boundLength == 0) {
            return true;
        }
        int c = Bytes.compare(present, 0, presentLength, bound, 0, boundLength);
        return c == 0 ? boundInclusive : reverse == c > 0;
    }

    /** Looks which sources stand on the present key, as {@code first} does. */
    private void findStanding(int first) {
        for (int i = 0; i < SOURCES; i++) {
            stands[i] = i == first || isOn(sources[i], present, presentLength);
        }
    }

    private static boolean isOn(VersionSource source, MemorySegment key, int keyLength) {
        return source.state == VersionSource.ON
                && source.keyLength() == keyLength
                && Bytes.equal(
                        source.keyMemory(), source.keyOffset(), keyLength, key, 0, keyLength);
    }

    /**
     * One step of a source that stands on {@code key}: {@link VersionSource#ON} while it still
     * does.
     */
    private static int stepOn(
            VersionSource source,
            MemorySegment key,
            int keyLength,
            boolean reverse,
            Waiter waiter) {
        boolean leaves = !reverse && source.isOldestOfKey();
        if (source.step(reverse, waiter) == Progress.WAIT) {
            return Progress.WAIT;
        }
        return !leaves && isOn(source, key, keyLength) ? VersionSource.ON : VersionSource.NOWHERE;
    }

    /** Finds the row of the present key. Sources end on their visible version of it, or beyond. */
    private int collectForward(long snapshot, Waiter waiter) {
        winner = -1;
        for (int i = 0; i < SOURCES; i++) {
            VersionSource source = sources[i];
            while (stands[i] && source.timestamp() > snapshot) {
                int r = stepOn(source, present, presentLength, false, waiter);
                if (r == Progress.WAIT) {
                    return Progress.WAIT;
                }
                stands[i] = r == VersionSource.ON;
            }
            if (stands[i] && (winner < 0 || source.timestamp() > winnerTimestamp)) {
                winner = i;
                winnerTimestamp = source.timestamp();
            }
        }
        if (winner >= 0) {
            VersionSource source = sources[winner];
            winnerKind = source.kind();
            winnerMemory = source.valueMemory();
            winnerOffset = source.valueOffset();
            winnerLength = source.valueLength();
        }
        return Progress.DONE;
    }

    /** Moves every source beyond the key that was dealt with. */
    private int skipDealt(Waiter waiter) {
        for (int i = 0; i < SOURCES; i++) {
            while (stands[i]) {
                int r = stepOn(sources[i], dealt, dealtLength, false, waiter);
                if (r == Progress.WAIT) {
                    return Progress.WAIT;
                }
                stands[i] = r == VersionSource.ON;
            }
        }
        return Progress.DONE;
    }

    /**
     * Finds the row of the present key while going back through its versions. Sources end beyond
     * it.
     */
    private int collectReverse(long snapshot, Waiter waiter) {
        winner = -1;
        for (int i = 0; i < SOURCES; i++) {
            VersionSource source = sources[i];
            while (stands[i]) {
                long timestamp = source.timestamp();
                if (timestamp <= snapshot
                        && (winner < 0 || timestamp > winnerTimestamp || winner == i)) {
                    keepAside(i, timestamp);
                }
                int r = stepOn(source, present, presentLength, true, waiter);
                if (r == Progress.WAIT) {
                    return Progress.WAIT;
                }
                stands[i] = r == VersionSource.ON;
            }
        }
        return Progress.DONE;
    }

    private void keepAside(int i, long timestamp) {
        VersionSource source = sources[i];
        winner = i;
        winnerTimestamp = timestamp;
        winnerKind = source.kind();
        winnerLength = source.valueLength();
        winnerMemory = asideValues[i];
        winnerOffset = 0;
        MemorySegment.copy(
                source.valueMemory(), source.valueOffset(), winnerMemory, 0, winnerLength);
    }
}
