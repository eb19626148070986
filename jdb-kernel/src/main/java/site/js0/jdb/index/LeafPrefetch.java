package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.page.PageSpace;

/**
 * Reads leaves ahead of a cursor: looks into the leaf's parent, and at its end into the parent's
 * sibling. The window starts small and doubles with each leaf, so that a short scan reads little in
 * vain. Owner: holder of the shard.
 */
final class LeafPrefetch {
    private static final int WINDOW_MIN = 2;

    private final PageSpace pages;
    private final MemorySegment memory;
    private final int leavesMax;
    private final long[] wantedNo;
    private final int[] wantedCrc;
    private int wanted;
    private int window;

    /** Leaves beyond the present one that were asked for already. */
    private int ahead;

    private boolean forward;

    LeafPrefetch(PageSpace pages, int leavesMax) {
        assert leavesMax >= 0;
        this.pages = pages;
        this.memory = pages.memory();
        this.leavesMax = leavesMax;
        wantedNo = new long[leavesMax + 1];
        wantedCrc = new int[leavesMax + 1];
    }

    void restart() {
        window = Math.min(WINDOW_MIN, leavesMax);
        ahead = 0;
    }

    /** The cursor has moved on to a leaf; its path says where. The leaf stays where it is. */
    void leafEntered(long[] no, int[] frame, int[] slot, int height, boolean forward) {
        if (leavesMax == 0 || height == 0) {
            return;
        }
        if (forward != this.forward) {
            this.forward = forward;
            restart();
        }
        ahead = Math.max(0, ahead - 1);
        if (ahead > window / 2) {
            return;
        }
        gather(no, frame, slot, height);
        ahead += wanted;
        window = Math.min(leavesMax, window * 2);
        pages.pin(frame[0]);
        try {
            for (int i = 0; i < wanted; i++) {
                pages.prefetch(wantedNo[i], wantedCrc[i]);
            }
        } finally {
            pages.unpin(frame[0]);
        }
    }

    private void gather(long[] no, int[] frame, int[] slot, int height) {
        wanted = 0;
        if (pages.peek(no[1], frame[1]) != frame[1]) {
            return; // evicted by the leaf; the next step brings it back
        }
        final long parent = (long) frame[1] * PageHeader.PAGE_BYTES;
        final int n = PageHeader.count(memory, parent);
        final int left = take(parent, slot[1], n, ahead);
        if (wanted == window || height == 1 || pages.peek(no[2], frame[2]) != frame[2]) {
            return;
        }
        final long grand = (long) frame[2] * PageHeader.PAGE_BYTES;
        final int at = slot[2] + (forward ? 1 : -1);
        if (at < 0 || at >= PageHeader.count(memory, grand)) {
            return;
        }
        final long ref = InnerPage.ref(grand, at);
        final int sibling = pages.peek(InnerPage.childNo(memory, ref), InnerPage.hint(memory, ref));
        if (sibling == PageSpace.NONE) {
            want(ref); // its leaves follow when it has come
            return;
        }
        final long page = (long) sibling * PageHeader.PAGE_BYTES;
        if (PageVisits.broken(
                        memory,
                        page,
                        pages.vnode(),
                        InnerPage.childNo(memory, ref),
                        InnerPage.childCrc(memory, ref),
                        1)
                == null) {
            final int count = PageHeader.count(memory, page);
            take(page, forward ? -1 : count, count, left);
        }
    }

    /**
     * Wants children from behind {@code at} on, but for the first {@code skip}; answers what is
     * left to skip.
     */
    private int take(long page, int at, int n, int skip) {
        final int step = forward ? 1 : -1;
        final int there = forward ? n - 1 - at : at;
        final int skipped = Math.min(skip, there);
        int i = at + step * (skipped + 1);
        while (wanted < window && i >= 0 && i < n) {
            want(InnerPage.ref(page, i));
            i += step;
        }
        return skip - skipped;
    }

    private void want(long ref) {
        wantedNo[wanted] = InnerPage.childNo(memory, ref);
        wantedCrc[wanted] = InnerPage.childCrc(memory, ref);
        wanted++;
    }
}
