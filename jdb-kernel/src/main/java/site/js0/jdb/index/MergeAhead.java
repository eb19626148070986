package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;

/**
 * Has the leaves loaded that a merge is going to need: a second cursor over the source runs ahead
 * and finds each entry's leaf in those inner pages that are resident. One that is missing is asked
 * for, and the way ahead goes on when it is there.
 *
 * <p>Owner: the merge.
 */
final class MergeAhead {
    /** Source entries looked at in one go. */
    private static final int STEPS_MAX = 256;

    private final MergePages pages;
    private final MemorySegment memory;
    private final int leavesMax;

    private @Nullable MergeSource probe;
    private long probed;
    private long merged;

    /** The upper bound of the leaf the probe was in last. */
    private final KeyBuffer bound = new KeyBuffer();

    private long boundTimestamp;
    private boolean bounded;
    private boolean located;

    private final KeyBuffer key = new KeyBuffer();

    /**
     * The inner page checked last on each level: its number stands for its content within a root's
     * life.
     */
    private final long[] checked = new long[TreeLimits.LEVEL_MAX + 1];

    private final int[] checkedCrc = new int[TreeLimits.LEVEL_MAX + 1];

    /** For each leaf asked for and not yet reached, the source entry that falls into it first. */
    private final long[] begins;

    private int oldest;
    private int waiting;
    private boolean filling;

    MergeAhead(MergePages pages, int leavesMax) {
        assert leavesMax >= 0;
        this.pages = pages;
        this.memory = pages.memory();
        this.leavesMax = leavesMax;
        this.begins = new long[Math.max(1, leavesMax)];
    }

    void start(MergeSource source) {
        probe = leavesMax == 0 ? null : source.ahead();
        probed = 0;
        merged = 0;
        oldest = 0;
        waiting = 0;
        located = false;
    }

    void stop() {
        probe = null;
    }

    /** The merge has taken an entry. */
    void sourceAdvanced() {
        merged++;
        while (waiting > 0 && begins[oldest] < merged) {
            oldest = oldest + 1 == begins.length ? 0 : oldest + 1;
            waiting--;
        }
    }

    /**
     * Looks some entries ahead and asks for their leaves: many at a time, once half of those asked
     * for are used up, so that neighbours are read together.
     */
    void run() {
        final MergeSource p = probe;
        if (p == null) {
            return;
        }
        if (waiting <= leavesMax / 2) {
            filling = true;
        } else if (!filling) {
            return;
        }
        for (int steps = 0; steps < STEPS_MAX && waiting < leavesMax && p.valid(); steps++) {
            if (probed >= merged) { // else the merge has overtaken it
                key.set(p.memory(), p.keyOffset(), p.keyLength());
                if (!inLastLeaf(p.timestamp())) {
                    if (!locate(p.timestamp())) {
                        return;
                    }
                    begins[(oldest + waiting) % begins.length] = probed;
                    waiting++;
                }
            }
            p.advance();
            probed++;
        }
        filling = waiting < leavesMax;
        if (!p.valid()) {
            probe = null;
        }
    }

    private boolean inLastLeaf(long timestamp) {
        if (!located || !bounded) {
            return located;
        }
        final int order = key.compareTo(bound);
        return order < 0 || order == 0 && Long.compareUnsigned(timestamp, boundTimestamp) > 0;
    }

    /**
     * Asks for the leaf of the key; false when an inner page on the way is missing: asks for that.
     */
    private boolean locate(long timestamp) {
        final TreeRoot root = pages.root();
        long no = root.pageNo();
        int crc = root.crc();
        located = false;
        bounded = false;
        if (no == 0) {
            located = true;
            return true;
        }
        for (int level = root.level(); level > 0; level--) {
            final int frame = pages.pinResident(no);
            if (frame == MergePages.NONE) {
                pages.prefetch(no, crc);
                return false;
            }
            try {
                if (checked[level] != no || checkedCrc[level] != crc) {
                    PageVisits.check(memory, pages.vnode(), frame, no, crc, level);
                    checked[level] = no;
                    checkedCrc[level] = crc;
                }
                final long page = (long) frame * PageHeader.PAGE_BYTES;
                final int child = InnerPage.child(memory, page, key.bytes, key.length, timestamp);
                if (child + 1 < PageHeader.count(memory, page)) {
                    bound.length = InnerPage.copyKey(memory, page, child + 1, bound.bytes);
                    boundTimestamp = InnerPage.timestamp(memory, page, child + 1);
                    bounded = true;
                }
                final long ref = InnerPage.ref(page, child);
                no = InnerPage.childNo(memory, ref);
                crc = InnerPage.childCrc(memory, ref);
            } finally {
                pages.unpin(frame);
            }
        }
        pages.prefetch(no, crc);
        located = true;
        return true;
    }
}
