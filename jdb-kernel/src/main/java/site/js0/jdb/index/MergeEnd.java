package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.PageHeader;

/**
 * The end of a round: the old tree is gone through, what is left in the stages becomes pages, level
 * by level, until one page is left: the root. Each step either gets on or waits and is done again.
 * Owner: the merge.
 */
final class MergeEnd {
    private final MergePages pages;
    private final MemorySegment memory;
    private final MergeOutput out;
    private final MergeRound round;
    private final MergeCounters counters;
    private final KeyBuffer key = new KeyBuffer();

    private int level;

    /** The root, once there is one page left; it may still have a single child. */
    private boolean rooted;

    private long rootNo;
    private int rootCrc;

    MergeEnd(MergePages pages, MergeOutput out, MergeRound round, MergeCounters counters) {
        this.counters = counters;
        this.pages = pages;
        this.memory = pages.memory();
        this.out = out;
        this.round = round;
    }

    void begin() {
        level = 0;
        rooted = false;
        rootNo = 0;
    }

    /** All is sealed: {@link #root} answers. False when the waiter was parked. */
    boolean run(Waiter waiter) {
        while (!rooted) {
            if (!joinLast(waiter) || !out.flush(level, waiter)) {
                return false;
            }
            out.runEnded(level);
            final int items = out.itemsAbove(level);
            final ItemStage above = out.items(level + 1);
            if (items == 0) {
                rooted = true;
            } else if (items == 1 && above.count() == 1) {
                rooted = true;
                rootNo = above.lastNo();
                rootCrc = above.lastCrc();
            } else {
                level++;
            }
        }
        return collapse(waiter);
    }

    /** The new root, with all entries. */
    TreeRoot root() {
        return rootNo == 0 ? TreeRoot.EMPTY : new TreeRoot(rootNo, rootCrc, level, round.entries());
    }

    /**
     * If the last page of the level would be under-full, the one before it, kept or just written,
     * is opened and goes in front. When that is in a subtree of a higher level, one level of it
     * only.
     */
    private boolean joinLast(Waiter waiter) {
        final LevelStage stage = out.stage(level);
        while (stage.pending() && !stage.full() && stage.underfull()) {
            final int above = out.nextPendingAbove(level);
            if (above == 0) {
                return true;
            }
            if (!openLast(out.items(above), above, waiter)) {
                return false;
            }
        }
        return true;
    }

    private boolean openLast(ItemStage items, int above, Waiter waiter) {
        final long no = items.lastNo();
        final int crc = items.lastCrc();
        final int frame = pages.pin(no, crc, waiter);
        if (frame == MergePages.NONE) {
            return false;
        }
        try {
            PageVisits.check(memory, pages.vnode(), frame, no, crc, above - 1);
            final long page = (long) frame * PageHeader.PAGE_BYTES;
            final long timestamp = items.lastSeparator(key);
            items.removeLast();
            round.replace(no);
            out.opened(above - 1);
            counters.absorbed++;
            if (above == 1) {
                round.leafRead(PageHeader.count(memory, page));
                out.leaves().prepend(memory, page, key, timestamp);
            } else {
                out.items(above - 1).prepend(memory, page, key, timestamp);
            }
        } finally {
            pages.unpin(frame);
        }
        return true;
    }

    /** A root with a single child is none: its child is. */
    private boolean collapse(Waiter waiter) {
        while (rootNo != 0 && level > 0) {
            final int frame = pages.pin(rootNo, rootCrc, waiter);
            if (frame == MergePages.NONE) {
                return false;
            }
            try {
                final long page = (long) frame * PageHeader.PAGE_BYTES;
                PageVisits.check(memory, pages.vnode(), frame, rootNo, rootCrc, level);
                if (PageHeader.count(memory, page) > 1) {
                    return true;
                }
                round.replace(rootNo);
                final long ref = InnerPage.ref(page, 0);
                rootNo = InnerPage.childNo(memory, ref);
                rootCrc = InnerPage.childCrc(memory, ref);
                level--;
            } finally {
                pages.unpin(frame);
            }
        }
        return true;
    }
}
