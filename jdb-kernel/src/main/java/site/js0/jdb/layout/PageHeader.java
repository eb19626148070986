package site.js0.jdb.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Header of every 4 KiB page, little-endian. The parent stores the page's number and its checksum
 * too, so that a lost or misdirected write is caught, not only a damaged one.
 *
 * <pre>
 *  offset size field     rule
 *       0    4 crc32c    over [4, 4096); frame hints count as zero
 *       4    1 type      1 leaf, 2 inner, 3 meta; never 0, so a zeroed block never parses
 *       5    1 format    readers accept [1, FORMAT]
 *       6    1 level     0 for a leaf, its height above the leaves for an inner page, 0 for meta
 *       7    1 reserved  written zero, checked zero
 *       8    8 pageNo    its own place in the pages file, in pages; never 0
 *      16    4 vnode     the VNode it belongs to
 *      20    2 count     entries (leaf), children (inner), payload bytes (meta)
 *      22    2 typeUse   as the type says (leaf and inner: prefix length)
 * </pre>
 */
public final class PageHeader {
    public static final int PAGE_BYTES = 4096;
    public static final int BYTES = 24;
    public static final int FORMAT = 1;
    public static final int TYPE_LEAF = 1;
    public static final int TYPE_INNER = 2;
    public static final int TYPE_META = 3;

    /**
     * Little-endian u16, u32, u64 at any address: the layouts every structure on disk is read with.
     */
    public static final ValueLayout.OfShort LE_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long CRC = 0;
    private static final long TYPE = 4;
    private static final long FORMAT_AT = 5;
    private static final long LEVEL = 6;
    private static final long RESERVED = 7;
    private static final long PAGE_NO = 8;
    private static final long VNODE = 16;
    private static final long COUNT = 20;
    private static final long TYPE_USE = 22;

    static {
        assert TYPE_USE + Short.BYTES == BYTES;
    }

    private PageHeader() {}

    /** Writes everything but {@code crc32c} and {@code pageNo}, which sealing fills in. */
    public static void init(
            MemorySegment page, long at, int type, int level, int vnode, int count, int typeUse) {
        page.set(LE_INT, at + CRC, 0);
        page.set(ValueLayout.JAVA_BYTE, at + TYPE, (byte) type);
        page.set(ValueLayout.JAVA_BYTE, at + FORMAT_AT, (byte) FORMAT);
        page.set(ValueLayout.JAVA_BYTE, at + LEVEL, (byte) level);
        page.set(ValueLayout.JAVA_BYTE, at + RESERVED, (byte) 0);
        page.set(LE_LONG, at + PAGE_NO, 0);
        page.set(LE_INT, at + VNODE, vnode);
        page.set(LE_SHORT, at + COUNT, (short) count);
        page.set(LE_SHORT, at + TYPE_USE, (short) typeUse);
    }

    public static int crc(MemorySegment page, long at) {
        return page.get(LE_INT, at + CRC);
    }

    public static void setCrc(MemorySegment page, long at, int crc) {
        page.set(LE_INT, at + CRC, crc);
    }

    public static int type(MemorySegment page, long at) {
        return page.get(ValueLayout.JAVA_BYTE, at + TYPE);
    }

    public static int format(MemorySegment page, long at) {
        return page.get(ValueLayout.JAVA_BYTE, at + FORMAT_AT);
    }

    public static int level(MemorySegment page, long at) {
        return page.get(ValueLayout.JAVA_BYTE, at + LEVEL);
    }

    public static long pageNo(MemorySegment page, long at) {
        return page.get(LE_LONG, at + PAGE_NO);
    }

    public static void setPageNo(MemorySegment page, long at, long pageNo) {
        page.set(LE_LONG, at + PAGE_NO, pageNo);
    }

    public static int vnode(MemorySegment page, long at) {
        return page.get(LE_INT, at + VNODE);
    }

    public static int count(MemorySegment page, long at) {
        return Short.toUnsignedInt(page.get(LE_SHORT, at + COUNT));
    }

    public static int typeUse(MemorySegment page, long at) {
        return Short.toUnsignedInt(page.get(LE_SHORT, at + TYPE_USE));
    }
}
