package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.page.PageSpace;

/**
 * The first visit to a page: its checksum was right, but that only says that it is as somebody
 * wrote it. What passes here cannot make a reader leave the page or go round in circles.
 *
 * <p>A page reached by a hint that was right has been visited before: hints are written after the
 * visit, and zeroed in an inner page at its own first visit, so that none comes from the device.
 * For pages whose parent cannot take a hint now, a small table remembers recent visits by number
 * and checksum, which stand for the content.
 *
 * <p>Owner: holder of the shard.
 */
final class PageVisits {
    private static final int REMEMBERED = 1 << 10;

    private final PageSpace pages;
    private final MemorySegment memory;
    private final long[] seenNo = new long[REMEMBERED];
    private final int[] seenCrc = new int[REMEMBERED];

    PageVisits(PageSpace pages) {
        this.pages = pages;
        this.memory = pages.memory();
    }

    /** Checks the page in {@code frame} unless that was done lately. */
    void visit(int frame, long pageNo, int crc, int level) {
        final int slot = (int) pageNo & REMEMBERED - 1;
        if (seenNo[slot] == pageNo && seenCrc[slot] == crc) {
            final long page = (long) frame * PageHeader.PAGE_BYTES;
            if (PageHeader.crc(memory, page) == crc && PageHeader.level(memory, page) == level) {
                return;
            }
        }
        check(memory, pages.vnode(), frame, pageNo, crc, level);
        if (level > 0 && pages.hintable(frame)) {
            clearHints(frame);
        }
        seenNo[slot] = pageNo;
        seenCrc[slot] = crc;
    }

    private void clearHints(int frame) {
        final long page = (long) frame * PageHeader.PAGE_BYTES;
        final int n = PageHeader.count(memory, page);
        for (int i = 0; i < n; i++) {
            InnerPage.setHint(memory, InnerPage.ref(page, i), PageSpace.NONE);
        }
    }

    /** All rules a page must keep by itself and towards its parent. */
    static void check(MemorySegment memory, int vnode, int frame, long pageNo, int crc, int level) {
        final long page = (long) frame * PageHeader.PAGE_BYTES;
        final String rule = broken(memory, page, vnode, pageNo, crc, level);
        if (rule != null) {
            throw corrupt(vnode, pageNo, rule);
        }
    }

    /** The first rule broken, or null. */
    static @Nullable String broken(
            MemorySegment memory, long page, int vnode, long pageNo, int crc, int level) {
        final int format = PageHeader.format(memory, page);
        if (PageHeader.crc(memory, page) != crc) {
            return "the parent knows the page's checksum";
        }
        if (PageHeader.pageNo(memory, page) != pageNo) {
            return "a page knows its own number";
        }
        if (PageHeader.vnode(memory, page) != vnode) {
            return "a page belongs to its vnode";
        }
        if (format < 1 || format > PageHeader.FORMAT) {
            return "the format is known";
        }
        if (PageHeader.level(memory, page) != level) {
            return "a page is one level below its parent";
        }
        return level == 0 ? LeafPage.broken(memory, page) : InnerPage.broken(memory, page);
    }

    static JdbException corrupt(int vnode, long pageNo, String rule) {
        return new JdbException(
                new JdbError.Corrupt(
                        "pages of vnode " + vnode,
                        pageNo * PageHeader.PAGE_BYTES,
                        "page " + pageNo + ": " + rule + "; here it does not"));
    }
}
