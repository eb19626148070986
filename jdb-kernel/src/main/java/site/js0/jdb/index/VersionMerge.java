package site.js0.jdb.index;

import static site.js0.jdb.layout.PageHeader.LE_LONG;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.ValPtr;

/**
 * Takes the versions of tree and source in order and passes those on that readers need. Remembers
 * only the key it is at: a key's versions may come in any number and from several leaves.
 *
 * <p>Each offer either succeeds or changes nothing: when the leaf stage is full the same version is
 * offered again.
 *
 * <p>A pointer that a reader lost is reported, once: the tree's version without timestamp may be
 * one of those the source brings again (a replay), so the source's pointers of the present key are
 * remembered. When there are too many to remember, the tree's is not reported: counting too little
 * garbage is harmless, too much is not.
 *
 * <p>Owner: the merge.
 */
final class VersionMerge {
    private static final int POINTERS_MAX = 512;

    private final LeafStage out;
    private final VersionRule rule = new VersionRule();
    private DropSink drops = (memory, offset) -> {};

    private final KeyBuffer key = new KeyBuffer();
    private boolean open;
    private long newer;
    private int kept;

    private final long[] pointers = new long[2 * POINTERS_MAX];
    private int pointerCount;

    VersionMerge(LeafStage out) {
        this.out = out;
    }

    void start(long[] floors, long horizon, DropSink sink) {
        rule.set(floors, horizon);
        drops = sink;
        open = false;
    }

    /** True when versions of this key may still come. */
    boolean open() {
        return open;
    }

    boolean openFor(KeyBuffer other) {
        return open && key.equal(other.bytes, 0, other.length);
    }

    /** No more versions of the key come. A tombstone with nothing behind it hides nothing. */
    void close() {
        if (!open) {
            return;
        }
        open = false;
        while (kept > 0 && out.lastKind() == EntryKind.TOMBSTONE) {
            out.removeLast();
            kept--;
        }
    }

    private void open(KeyBuffer next) {
        close();
        key.set(next);
        open = true;
        newer = 0;
        kept = 0;
        pointerCount = 0;
    }

    /** Offers a version of the source; false when the stage is full. */
    boolean offerSource(KeyBuffer at, MergeSource source) {
        final boolean first = !openFor(at);
        final int kind = source.kind();
        final boolean taken =
                offer(
                        first,
                        at,
                        source.timestamp(),
                        kind,
                        source.memory(),
                        kind == EntryKind.TOMBSTONE ? 0 : source.valueOffset(),
                        kind == EntryKind.TOMBSTONE ? 0 : source.valueLength());
        if (taken && kind == EntryKind.POINTER) {
            remember(source.memory(), source.valueOffset());
        }
        return taken;
    }

    /** Offers a version of the tree; false when the stage is full. */
    boolean offerTree(
            KeyBuffer at, long timestamp, int kind, MemorySegment memory, long value, int length) {
        return offer(!openFor(at), at, timestamp, kind, memory, value, length);
    }

    /** Offers the tree's last version of the open key; false when the stage is full. */
    boolean offerLast(int kind, MemorySegment memory, long value, int length) {
        assert open;
        return offer(false, key, LeafPage.BARE, kind, memory, value, length);
    }

    /**
     * The source brought the very version that the tree has: that is replaced, and only dropped
     * when it points elsewhere.
     */
    void replaced(MemorySegment memory, int kind, long value) {
        if (kind == EntryKind.POINTER && !remembered(memory, value)) {
            drops.dropped(memory, value);
        }
    }

    private boolean offer(
            boolean first,
            KeyBuffer at,
            long timestamp,
            int kind,
            MemorySegment memory,
            long value,
            int length) {
        if (first) {
            if (open) {
                close(); // may take a tombstone back: must come before the next is added
            }
        } else {
            assert Long.compareUnsigned(timestamp, newer) < 0 : "versions descend";
        }
        final boolean seenByAll = rule.seenByAll(timestamp);
        final boolean keep =
                (first || rule.needed(timestamp, newer))
                        && !(kind == EntryKind.TOMBSTONE && seenByAll);
        if (keep
                && !out.add(
                        at,
                        seenByAll ? LeafPage.BARE : timestamp,
                        !seenByAll,
                        kind,
                        memory,
                        value,
                        length)) {
            return false;
        }
        if (first) {
            open(at);
        }
        if (keep) {
            kept++;
        } else if (kind == EntryKind.POINTER
                && !(timestamp == LeafPage.BARE && remembered(memory, value))) {
            drops.dropped(memory, value);
        }
        newer = timestamp;
        return true;
    }

    private void remember(MemorySegment memory, long at) {
        if (pointerCount < POINTERS_MAX) {
            pointers[2 * pointerCount] = memory.get(LE_LONG, at);
            pointers[2 * pointerCount + 1] = memory.get(LE_LONG, at + Long.BYTES);
        }
        pointerCount++;
    }

    private boolean remembered(MemorySegment memory, long at) {
        if (pointerCount > POINTERS_MAX) {
            return true;
        }
        final long a = memory.get(LE_LONG, at);
        final long b = memory.get(LE_LONG, at + Long.BYTES);
        for (int i = pointerCount - 1; i >= 0; i--) {
            if (pointers[2 * i] == a && pointers[2 * i + 1] == b) {
                return true;
            }
        }
        return false;
    }

    static {
        assert ValPtr.BYTES == 2 * Long.BYTES;
    }
}
