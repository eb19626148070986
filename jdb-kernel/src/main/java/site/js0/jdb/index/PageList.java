package site.js0.jdb.index;

import java.util.Arrays;

/** Page numbers, growing; reused. */
final class PageList {
    private long[] pages = new long[64];
    private int count;

    void add(long pageNo) {
        if (count == pages.length) {
            pages = Arrays.copyOf(pages, count * 2);
        }
        pages[count++] = pageNo;
    }

    int count() {
        return count;
    }

    long get(int i) {
        assert i < count;
        return pages[i];
    }

    /** Takes the last one out. */
    long removeLast() {
        assert count > 0;
        return pages[--count];
    }

    void clear() {
        count = 0;
    }
}
