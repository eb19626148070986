package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;

import java.lang.foreign.MemorySegment;

/**
 * A page of a checkpoint's meta chain: a piece of one byte stream, and where the next piece lies.
 * Little-endian. The superblock names the first page; each page names the next with its checksum.
 *
 * <pre>
 *  offset size field       rule
 *       0   24 header      {@link PageHeader}: type 3, level 0, count = payload bytes, typeUse 0
 *      24    8 nextPageNo  0 on the last page
 *      32    4 nextCrc     checksum in the next page's header; 0 on the last page
 *      36    4 index       place in the chain, from 0
 *      40 4056 payload     the stream; full on every page but the last, the rest of that is zero
 * </pre>
 *
 * The stream:
 *
 * <pre>
 *  offset size field       rule
 *       0    8 filePages   bits in the bitmap, that of the superblock
 *       8    n bitmap      n = filePages / 8 rounded up; bit p mod 8 of byte p / 8 is set when the tree
 *                          reaches page p; bits from filePages on are zero. Page 0 and the pages of the
 *                          chain itself are not set.
 *   8 + n    4 extraBytes  u32
 *  12 + n    m extra       opaque here: statistics of the value log
 * </pre>
 */
public final class MetaPage {
    /** Where the payload starts. */
    public static final int PAYLOAD = 40;

    /** Bytes of payload on a full page. */
    public static final int PAYLOAD_MAX = PageHeader.PAGE_BYTES - PAYLOAD;

    /** Bytes of the stream before the bitmap. */
    public static final int STREAM_HEAD_BYTES = 8;

    private static final int NEXT_PAGE_NO = 24;
    private static final int NEXT_CRC = 32;
    private static final int INDEX = 36;

    static {
        assert NEXT_PAGE_NO == PageHeader.BYTES;
        assert INDEX + Integer.BYTES == PAYLOAD;
    }

    private MetaPage() {}

    /** Writes everything but payload, page number and checksum. */
    public static void init(
            MemorySegment page,
            long at,
            int vnode,
            int payloadBytes,
            long nextPageNo,
            int nextCrc,
            int index) {
        assert payloadBytes >= 0 && payloadBytes <= PAYLOAD_MAX;
        PageHeader.init(page, at, PageHeader.TYPE_META, 0, vnode, payloadBytes, 0);
        page.set(LE_LONG, at + NEXT_PAGE_NO, nextPageNo);
        page.set(LE_INT, at + NEXT_CRC, nextCrc);
        page.set(LE_INT, at + INDEX, index);
    }

    public static long nextPageNo(MemorySegment page, long at) {
        return page.get(LE_LONG, at + NEXT_PAGE_NO);
    }

    public static int nextCrc(MemorySegment page, long at) {
        return page.get(LE_INT, at + NEXT_CRC);
    }

    public static int index(MemorySegment page, long at) {
        return page.get(LE_INT, at + INDEX);
    }

    public static int payloadBytes(MemorySegment page, long at) {
        return PageHeader.count(page, at);
    }

    /** Bytes of the bitmap over {@code filePages} pages. */
    public static long bitmapBytes(long filePages) {
        return filePages + 7 >>> 3;
    }

    /** Bytes of the whole stream. */
    public static long streamBytes(long filePages, int extraBytes) {
        return STREAM_HEAD_BYTES + bitmapBytes(filePages) + Integer.BYTES + extraBytes;
    }

    /** Pages that a stream of {@code bytes} needs. */
    public static int pagesFor(long bytes) {
        return Math.toIntExact((bytes + PAYLOAD_MAX - 1) / PAYLOAD_MAX);
    }
}
