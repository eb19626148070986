package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A batch of writes, as the payload of a log record: little-endian, unaligned. The log's checksum
 * covers it.
 *
 * <pre>
 *  offset size field      rule
 *       0    8 timestamp  commit timestamp; in a prepare the participant's proposal; never 0
 *       8    4 count      writes that follow; at least 1
 *      12    4 reserved   written zero, checked zero
 *      16      writes     one after the other:
 *       0    1 kind       {@link EntryKind}
 *       1    1 reserved   zero
 *       2    2 vnode      which VNode of this shard
 *       4    2 keyBytes   of the tree key: 4-byte big-endian table id, then the user's key
 *       6    2 reserved   zero
 *       8    4 valueBytes 0 for a tombstone, 16 for a pointer
 *      12      key, then value
 * </pre>
 *
 * A prepare's payload is a {@link TxnFormat} id (16 bytes) and then this.
 */
public final class BatchFormat {
    public static final int HEADER_BYTES = 16;
    public static final int WRITE_HEADER_BYTES = 12;
    public static final int TABLE_ID_BYTES = 4;

    private static final long COUNT = 8;
    private static final long RESERVED = 12;
    private static final long W_VNODE = 2;
    private static final long W_KEY_BYTES = 4;
    private static final long W_RESERVED = 6;
    private static final long W_VALUE_BYTES = 8;

    static {
        assert RESERVED + Integer.BYTES == HEADER_BYTES;
        assert W_VALUE_BYTES + Integer.BYTES == WRITE_HEADER_BYTES;
    }

    private BatchFormat() {}

    public static void writeHeader(MemorySegment to, long at, long timestamp, int count) {
        to.set(LE_LONG, at, timestamp);
        to.set(LE_INT, at + COUNT, count);
        to.set(LE_INT, at + RESERVED, 0);
    }

    public static void setTimestamp(MemorySegment to, long at, long timestamp) {
        to.set(LE_LONG, at, timestamp);
    }

    public static void writeWriteHeader(
            MemorySegment to, long at, int kind, int vnode, int keyBytes, int valueBytes) {
        to.set(ValueLayout.JAVA_BYTE, at, (byte) kind);
        to.set(ValueLayout.JAVA_BYTE, at + 1, (byte) 0);
        to.set(LE_SHORT, at + W_VNODE, (short) vnode);
        to.set(LE_SHORT, at + W_KEY_BYTES, (short) keyBytes);
        to.set(LE_SHORT, at + W_RESERVED, (short) 0);
        to.set(LE_INT, at + W_VALUE_BYTES, valueBytes);
    }

    public static long timestamp(MemorySegment from, long at) {
        return from.get(LE_LONG, at);
    }

    public static int count(MemorySegment from, long at) {
        return from.get(LE_INT, at + COUNT);
    }

    public static int kind(MemorySegment from, long write) {
        return from.get(ValueLayout.JAVA_BYTE, write);
    }

    public static int vnode(MemorySegment from, long write) {
        return Short.toUnsignedInt(from.get(LE_SHORT, write + W_VNODE));
    }

    public static int keyBytes(MemorySegment from, long write) {
        return Short.toUnsignedInt(from.get(LE_SHORT, write + W_KEY_BYTES));
    }

    public static int valueBytes(MemorySegment from, long write) {
        return from.get(LE_INT, write + W_VALUE_BYTES);
    }

    public static long keyAt(long write) {
        return write + WRITE_HEADER_BYTES;
    }

    public static long valueAt(MemorySegment from, long write) {
        return write + WRITE_HEADER_BYTES + keyBytes(from, write);
    }

    /** Where the write after this one begins. */
    public static long nextWrite(MemorySegment from, long write) {
        return write + WRITE_HEADER_BYTES + keyBytes(from, write) + valueBytes(from, write);
    }

    /**
     * The rule that a batch in {@code [at, end)} breaks, or null: for replay, where a record with a
     * good checksum may still have been written by a defect.
     */
    public static @org.jspecify.annotations.Nullable String brokenRule(
            MemorySegment from, long at, long end) {
        if (end - at < HEADER_BYTES) {
            return "a batch has a header of 16 bytes";
        }
        if (timestamp(from, at) <= 0) {
            return "a batch's timestamp is greater than 0";
        }
        if (from.get(LE_INT, at + RESERVED) != 0) {
            return "a batch's reserved bytes are zero";
        }
        int count = count(from, at);
        if (count < 1) {
            return "a batch has at least one write";
        }
        long write = at + HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            if (end - write < WRITE_HEADER_BYTES) {
                return "a batch holds as many writes as it says";
            }
            int kind = kind(from, write);
            int valueBytes = valueBytes(from, write);
            if (!EntryKind.known(kind)) {
                return "a write's kind is known";
            }
            if (keyBytes(from, write) <= TABLE_ID_BYTES || valueBytes < 0) {
                return "a write has a key, and no negative length";
            }
            if (kind == EntryKind.POINTER && valueBytes != ValPtr.BYTES
                    || kind == EntryKind.TOMBSTONE && valueBytes != 0) {
                return "a pointer has 16 bytes, a tombstone none";
            }
            write = nextWrite(from, write);
            if (write > end) {
                return "a batch's writes lie inside its record";
            }
        }
        return write == end ? null : "a batch ends where its record ends";
    }
}
