package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;

import java.lang.foreign.MemorySegment;

/**
 * Where a value lies in the value log: 16 bytes, little-endian, in log records, memtables and
 * leaves.
 *
 * <pre>
 *  offset size field    rule
 *       0    8 offset   of the blob's header in its segment file
 *       8    4 fileId   the segment; never 0
 *      12    4 length   bytes of the value, without header and padding
 * </pre>
 */
public record ValPtr(long offset, int fileId, int length) {
    public static final int BYTES = 16;

    public static ValPtr read(MemorySegment from, long at) {
        return new ValPtr(offset(from, at), fileId(from, at), length(from, at));
    }

    public static void write(MemorySegment to, long at, long offset, int fileId, int length) {
        to.set(LE_LONG, at, offset);
        to.set(LE_INT, at + 8, fileId);
        to.set(LE_INT, at + 12, length);
    }

    public static long offset(MemorySegment from, long at) {
        return from.get(LE_LONG, at);
    }

    public static int fileId(MemorySegment from, long at) {
        return from.get(LE_INT, at + 8);
    }

    public static int length(MemorySegment from, long at) {
        return from.get(LE_INT, at + 12);
    }
}
