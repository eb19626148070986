package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * First block (4 KiB) of every value log file {@code vlog-<8 hex digits of fileId>}, little-endian.
 * Stateless.
 *
 * <pre>
 *  offset size field     rule
 *       0    8 magic     "JDBVLOGF"
 *       8    4 crc32c    over [12, 4096)
 *      12    2 format    readers accept [1, FORMAT]
 *      14    2 reserved  written zero, checked zero
 *      16   16 dbId      the database's identity, as two u64
 *      32    4 vnode     whose values these are
 *      36    4 fileId    the number in the file's name; 1 to 2^31 - 1
 *      40 4056 reserved  written zero (the checksum covers it)
 * </pre>
 */
public final class ValueFileHeader {
    public static final int BYTES = 4096;
    public static final int FORMAT = 1;

    /** "JDBVLOGF" read as a little-endian u64. */
    public static final long MAGIC = 0x4647_4F4C_5642_444AL;

    private static final int MAGIC_AT = 0;
    private static final int CRC = 8;
    private static final int FORMAT_AT = 12;
    private static final int RESERVED = 14;
    private static final int DB_ID = 16;
    private static final int VNODE = 32;
    private static final int FILE_ID = 36;
    private static final int USED = 40;

    static {
        assert FILE_ID + Integer.BYTES == USED;
        assert USED <= BYTES;
    }

    private ValueFileHeader() {}

    /** Writes the whole block at the beginning of {@code to}, to which {@code sum} is bound. */
    public static void write(
            MemorySegment to, Checksum sum, long dbIdHigh, long dbIdLow, int vnode, int fileId) {
        assert fileId > 0;
        to.asSlice(0, BYTES).fill((byte) 0);
        to.set(LE_LONG, MAGIC_AT, MAGIC);
        to.set(LE_SHORT, FORMAT_AT, (short) FORMAT);
        to.set(LE_LONG, DB_ID, dbIdHigh);
        to.set(LE_LONG, DB_ID + Long.BYTES, dbIdLow);
        to.set(LE_INT, VNODE, vnode);
        to.set(LE_INT, FILE_ID, fileId);
        to.set(LE_INT, CRC, sum.of(FORMAT_AT, BYTES - FORMAT_AT));
    }

    /** True when magic and checksum hold. Says nothing about whose header it is. */
    public static boolean intact(MemorySegment header, Checksum sum) {
        return header.get(LE_LONG, MAGIC_AT) == MAGIC
                && header.get(LE_INT, CRC) == sum.of(FORMAT_AT, BYTES - FORMAT_AT);
    }

    /**
     * What blob checksums in this file are mixed with, so that a blob only counts at its own place:
     * CRC32C over dbId (16 bytes), vnode (4) and fileId (4). Cold: once per file.
     */
    public static int salt(long dbIdHigh, long dbIdLow, int vnode, int fileId) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parts = arena.allocate(24);
            parts.set(LE_LONG, 0, dbIdHigh);
            parts.set(LE_LONG, 8, dbIdLow);
            parts.set(LE_INT, 16, vnode);
            parts.set(LE_INT, 20, fileId);
            return Checksum.crc32c(parts, 0, 24);
        }
    }

    public static int format(MemorySegment header) {
        return Short.toUnsignedInt(header.get(LE_SHORT, FORMAT_AT));
    }

    public static boolean reservedIsZero(MemorySegment header) {
        return header.get(LE_SHORT, RESERVED) == 0;
    }

    public static long dbIdHigh(MemorySegment header) {
        return header.get(LE_LONG, DB_ID);
    }

    public static long dbIdLow(MemorySegment header) {
        return header.get(LE_LONG, DB_ID + Long.BYTES);
    }

    public static int vnode(MemorySegment header) {
        return header.get(LE_INT, VNODE);
    }

    public static int fileId(MemorySegment header) {
        return header.get(LE_INT, FILE_ID);
    }
}
