package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Page 0 of a {@code pages} file: whose file it is. Written once, when the VNode is made.
 * Little-endian.
 *
 * <pre>
 *  offset size field     rule
 *       0    4 crc32c    over [4, 4096)
 *       4    8 magic     "JDBPAGES"
 *      12    2 format    readers accept [1, FORMAT]
 *      14    2 reserved  written zero, checked zero
 *      16   16 dbId      identity of the database, in the order a UUID is printed
 *      32    4 vnode     the VNode it belongs to
 *      36    4 pageBytes 4096
 *      40 4056 reserved  written zero, checked zero
 * </pre>
 */
public final class PagesHeader {
    public static final int BYTES = PageHeader.PAGE_BYTES;
    public static final int FORMAT = 1;

    /** "JDBPAGES" as a little-endian u64. */
    public static final long MAGIC = 0x53454741_5042444AL;

    private static final int CRC = 0;
    private static final int MAGIC_AT = 4;
    private static final int FORMAT_AT = 12;
    private static final int RESERVED = 14;
    private static final int DB_ID = 16;
    private static final int VNODE = 32;
    private static final int PAGE_BYTES_AT = 36;
    private static final int USED = 40;

    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private PagesHeader() {}

    /** Writes the header to {@code to[at, at + BYTES)}. */
    public static void write(MemorySegment to, long at, UUID dbId, int vnode) {
        to.asSlice(at, BYTES).fill((byte) 0);
        to.set(LE_LONG, at + MAGIC_AT, MAGIC);
        to.set(LE_SHORT, at + FORMAT_AT, (short) FORMAT);
        to.set(BE_LONG, at + DB_ID, dbId.getMostSignificantBits());
        to.set(BE_LONG, at + DB_ID + Long.BYTES, dbId.getLeastSignificantBits());
        to.set(LE_INT, at + VNODE, vnode);
        to.set(LE_INT, at + PAGE_BYTES_AT, PageHeader.PAGE_BYTES);
        to.set(LE_INT, at + CRC, crcOf(to, at));
    }

    public static long magic(MemorySegment from, long at) {
        return from.get(LE_LONG, at + MAGIC_AT);
    }

    public static int crc(MemorySegment from, long at) {
        return from.get(LE_INT, at + CRC);
    }

    public static int format(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(LE_SHORT, at + FORMAT_AT));
    }

    public static UUID dbId(MemorySegment from, long at) {
        return new UUID(from.get(BE_LONG, at + DB_ID), from.get(BE_LONG, at + DB_ID + Long.BYTES));
    }

    public static int vnode(MemorySegment from, long at) {
        return from.get(LE_INT, at + VNODE);
    }

    public static int pageBytes(MemorySegment from, long at) {
        return from.get(LE_INT, at + PAGE_BYTES_AT);
    }

    /** False when a byte that should be zero is not. */
    public static boolean reservedZero(MemorySegment from, long at) {
        long or = from.get(LE_SHORT, at + RESERVED);
        for (int i = USED; i < BYTES; i += Long.BYTES) {
            or |= from.get(LE_LONG, at + i);
        }
        return or == 0;
    }

    /** The checksum that the bytes give. */
    public static int crcOf(MemorySegment block, long at) {
        CRC32C crc = new CRC32C();
        crc.update(block.asSlice(at + Integer.BYTES, BYTES - Integer.BYTES).asByteBuffer());
        return (int) crc.getValue();
    }
}
