package site.js0.jdb.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.layout.PageHeader;

/** What must hold of a page that comes from the device; disks lie. Stateless. */
final class PageRules {
    private static final int LEVEL_MAX = 32;
    private static final long RESERVED = 7;

    private PageRules() {}

    /**
     * The first rule that does not hold of the page at {@code at}, or null. The page's own checksum
     * comes first (damage), then whether it is the page that was asked for (misdirected write),
     * then its fields, and last the checksum its parent gave (lost write: an older, whole page).
     */
    static @Nullable JdbError broken(
            MemorySegment memory,
            long at,
            int computedCrc,
            int parentCrc,
            long pageNo,
            int vnode,
            String file) {
        long offset = pageNo * PageHeader.PAGE_BYTES;
        int crc = PageHeader.crc(memory, at);
        int type = PageHeader.type(memory, at);
        if (crc != computedCrc) {
            String rule =
                    type == 0 && crc == 0 && PageHeader.pageNo(memory, at) == 0
                            ? "page %d was never written: its header is all zero".formatted(pageNo)
                            : "page %d: crc32c in its header is 0x%08x, its bytes give 0x%08x"
                                    .formatted(pageNo, crc, computedCrc);
            return new JdbError.Corrupt(file, offset, rule);
        }
        long foundNo = PageHeader.pageNo(memory, at);
        if (foundNo != pageNo) {
            return new JdbError.Corrupt(
                    file,
                    offset,
                    "expected page %d, found page %d (a misdirected write?)"
                            .formatted(pageNo, foundNo));
        }
        int foundVnode = PageHeader.vnode(memory, at);
        if (foundVnode != vnode) {
            return new JdbError.Corrupt(
                    file,
                    offset,
                    "page %d belongs to vnode %d, expected %d"
                            .formatted(pageNo, foundVnode, vnode));
        }
        int format = PageHeader.format(memory, at);
        if (format > PageHeader.FORMAT || format < 0) {
            return new JdbError.NewerFormat(file, format & 0xff, PageHeader.FORMAT);
        }
        if (format == 0) {
            return new JdbError.Corrupt(file, offset, "page " + pageNo + " has format 0");
        }
        if (type < PageHeader.TYPE_LEAF || type > PageHeader.TYPE_META) {
            return new JdbError.Corrupt(
                    file, offset, "page %d has unknown type %d".formatted(pageNo, type & 0xff));
        }
        int level = Byte.toUnsignedInt((byte) PageHeader.level(memory, at));
        if ((type == PageHeader.TYPE_INNER) != (level > 0) || level > LEVEL_MAX) {
            return new JdbError.Corrupt(
                    file, offset, "page %d of type %d has level %d".formatted(pageNo, type, level));
        }
        if (memory.get(ValueLayout.JAVA_BYTE, at + RESERVED) != 0) {
            return new JdbError.Corrupt(
                    file, offset, "page " + pageNo + ": reserved byte 7 is not zero");
        }
        if (crc != parentCrc) {
            return parentDiffers(file, pageNo, parentCrc, crc);
        }
        return null;
    }

    /** The page is whole, but not the one its parent was written for. */
    static JdbError parentDiffers(String file, long pageNo, int parentCrc, int crc) {
        return new JdbError.Corrupt(
                file,
                pageNo * PageHeader.PAGE_BYTES,
                "page %d: its parent gives crc32c 0x%08x, the page has 0x%08x (a lost write?)"
                        .formatted(pageNo, parentCrc, crc));
    }
}
