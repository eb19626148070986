package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import site.js0.jdb.comm.Bytes;
import site.js0.jdb.layout.EntryKind;

/**
 * An entry as it lies in a memtable's region; in memory only, native byte order. Once written it
 * never changes or moves until the region is cleared, so that readers and merges may point into it.
 *
 * <pre>
 *  offset size field        rule
 *       0    8 timestamp    commit timestamp, above 0
 *       8    4 meta         bits 0-10 keyLength, 11-21 valueLength, 22-23 kind
 *      12    k key          table id (4 bytes, big-endian), then the user's key
 *    12+k    v value        the value, the 16 bytes of a pointer, or nothing
 * </pre>
 *
 * Records begin at multiples of {@link #ALIGNMENT}: four bytes of a node name a place in 16 GiB.
 */
final class MemtableRecord {
    static final int KEY_BYTES_MIN = 5;
    static final int KEY_BYTES_MAX = 1028;
    static final int VALUE_BYTES_MAX = 1024;
    static final int ALIGNMENT = 4;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private static final long META = 8;
    private static final int KEY = 12;
    private static final int LENGTH_BITS = 11;
    private static final int LENGTH_MASK = (1 << LENGTH_BITS) - 1;

    /** The largest record. */
    static final int BYTES_MAX = bytes(KEY_BYTES_MAX, VALUE_BYTES_MAX);

    static {
        assert KEY_BYTES_MAX <= LENGTH_MASK && VALUE_BYTES_MAX <= LENGTH_MASK;
        assert EntryKind.TOMBSTONE < 4 : "two bits hold the kind";
    }

    private MemtableRecord() {}

    /** Bytes a record takes, filling included. */
    static int bytes(int keyLength, int valueLength) {
        return (KEY + keyLength + valueLength + ALIGNMENT - 1) & -ALIGNMENT;
    }

    static void write(
            MemorySegment memory,
            long at,
            MemorySegment key,
            long keyOffset,
            int keyLength,
            long timestamp,
            int kind,
            MemorySegment value,
            long valueOffset,
            int valueLength) {
        memory.set(LONG, at, timestamp);
        memory.set(
                INT, at + META, keyLength | valueLength << LENGTH_BITS | kind << 2 * LENGTH_BITS);
        MemorySegment.copy(key, keyOffset, memory, at + KEY, keyLength);
        MemorySegment.copy(value, valueOffset, memory, at + KEY + keyLength, valueLength);
    }

    static long timestamp(MemorySegment memory, long at) {
        return memory.get(LONG, at);
    }

    static long keyOffset(long at) {
        return at + KEY;
    }

    static int keyLength(MemorySegment memory, long at) {
        return memory.get(INT, at + META) & LENGTH_MASK;
    }

    static int kind(MemorySegment memory, long at) {
        return memory.get(INT, at + META) >>> 2 * LENGTH_BITS;
    }

    static long valueOffset(MemorySegment memory, long at) {
        return at + KEY + keyLength(memory, at);
    }

    static int valueLength(MemorySegment memory, long at) {
        return memory.get(INT, at + META) >>> LENGTH_BITS & LENGTH_MASK;
    }

    /**
     * Below 0, 0 or above 0 as (key, timestamp) sorts before, equals or sorts after the record: by
     * key, then the newest first. The first {@code known} bytes of both keys are known to be equal.
     */
    static int compare(
            MemorySegment key,
            long keyOffset,
            int keyLength,
            long timestamp,
            MemorySegment memory,
            long at,
            int known) {
        final int order =
                Bytes.compare(
                        key,
                        keyOffset + known,
                        keyLength - known,
                        memory,
                        at + KEY + known,
                        keyLength(memory, at) - known);
        return order != 0 ? order : Long.compare(timestamp(memory, at), timestamp);
    }

    /** True when the record's key is this one. */
    static boolean hasKey(
            MemorySegment key, long keyOffset, int keyLength, MemorySegment memory, long at) {
        return Bytes.equal(key, keyOffset, keyLength, memory, at + KEY, keyLength(memory, at));
    }

    /**
     * The upper 63 bits of {@link Bytes#head}: not negative, so that heads compare by their
     * difference's sign.
     */
    static long head(MemorySegment key, long offset, int length) {
        return Bytes.head(key, offset, length) >>> 1;
    }

    /** {@link #head} of the record's key without its first {@code skipped} bytes. */
    static long headAfter(MemorySegment memory, long at, int skipped) {
        return head(memory, at + KEY + skipped, keyLength(memory, at) - skipped);
    }

    /** How many bytes the keys of two records share from their beginning. */
    static int commonPrefix(MemorySegment memory, long a, long b) {
        return Bytes.commonPrefix(
                memory,
                a + KEY,
                memory,
                b + KEY,
                Math.min(keyLength(memory, a), keyLength(memory, b)));
    }
}
