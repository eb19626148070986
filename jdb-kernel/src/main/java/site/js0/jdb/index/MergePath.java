package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;

/**
 * Where a merge is in the old tree: the pages from the root down to the present one, by number and
 * checksum, the next slot in each, and the range of keys that the parents promise for it. Holds no
 * frame. Owner: the merge.
 */
final class MergePath {
    private final MergePages pages;
    private final MemorySegment memory;
    private final @Nullable Step[] steps = new @Nullable Step[TreeLimits.LEVEL_MAX + 1];
    private final KeyBuffer work = new KeyBuffer();
    private int top;
    private int level;

    /** One page on the way. */
    static final class Step {
        long no;
        int crc;

        /** The next child, or the next entry. */
        int slot;

        boolean checked;

        /** All entries are at or behind low and before high. */
        final KeyBuffer low = new KeyBuffer();

        long lowTimestamp;
        final KeyBuffer high = new KeyBuffer();
        long highTimestamp;
        boolean highest;

        /** True when (key, timestamp) is before the upper bound. */
        boolean holds(KeyBuffer key, long timestamp) {
            if (highest) {
                return true;
            }
            final int order = key.compareTo(high);
            return order < 0 || order == 0 && Long.compareUnsigned(timestamp, highTimestamp) > 0;
        }

        private boolean reaches(KeyBuffer key, long timestamp) {
            final int order = key.compareTo(low);
            return order > 0 || order == 0 && Long.compareUnsigned(timestamp, lowTimestamp) <= 0;
        }
    }

    MergePath(MergePages pages) {
        this.pages = pages;
        this.memory = pages.memory();
    }

    /** At the root; in a tree without pages on a leaf with the number 0. */
    void start(TreeRoot root) {
        top = root.level();
        level = top;
        final Step step = step();
        step.no = root.pageNo();
        step.crc = root.crc();
        step.slot = 0;
        step.checked = false;
        step.low.clear();
        step.lowTimestamp = InnerPage.BARE;
        step.highest = true;
    }

    int level() {
        return level;
    }

    boolean atTop() {
        return level == top;
    }

    /** The present page. */
    Step step() {
        return stepAt(level);
    }

    private Step stepAt(int at) {
        Step step = steps[at];
        if (step == null) {
            step = new Step();
            steps[at] = step;
        }
        return step;
    }

    /** Down to child {@code i} of the present page, which lies at {@code page}. */
    Step descend(long page, int i) {
        final int n = PageHeader.count(memory, page);
        final Step from = step();
        final Step to = stepAt(--level);
        final long ref = InnerPage.ref(page, i);
        to.no = InnerPage.childNo(memory, ref);
        to.crc = InnerPage.childCrc(memory, ref);
        to.slot = 0;
        to.checked = false;
        if (i == 0) {
            to.low.set(from.low);
            to.lowTimestamp = from.lowTimestamp;
        } else {
            to.low.length = InnerPage.copyKey(memory, page, i, to.low.bytes);
            to.lowTimestamp = InnerPage.timestamp(memory, page, i);
        }
        if (i == n - 1) {
            to.highest = from.highest;
            to.high.set(from.high);
            to.highTimestamp = from.highTimestamp;
        } else {
            to.highest = false;
            to.high.length = InnerPage.copyKey(memory, page, i + 1, to.high.bytes);
            to.highTimestamp = InnerPage.timestamp(memory, page, i + 1);
        }
        return to;
    }

    /** Back to the parent, behind the child that is finished. */
    void ascend() {
        assert !atTop();
        level++;
        step().slot++;
    }

    /**
     * At the first sight of the present page: all its rules, and that its keys are in the range.
     */
    void check(int frame) {
        final Step step = step();
        if (step.checked) {
            return;
        }
        PageVisits.check(memory, pages.vnode(), frame, step.no, step.crc, level);
        final long page = (long) frame * PageHeader.PAGE_BYTES;
        final int n = PageHeader.count(memory, page);
        if (level == 0) {
            checkRange(step, page, 0);
            checkRange(step, page, n - 1);
        } else if (n > 1) {
            checkRange(step, page, 1);
            checkRange(step, page, n - 1);
        }
        step.checked = true;
    }

    private void checkRange(Step step, long page, int i) {
        final long timestamp;
        if (level == 0) {
            work.length = LeafPage.copyKey(memory, page, i, work.bytes);
            final long cell = LeafPage.cell(memory, page, PageHeader.count(memory, page), i);
            timestamp =
                    KeyCells.timestamp(
                            memory, cell, KeyCells.headerAt(memory, cell), LeafPage.BARE);
        } else {
            work.length = InnerPage.copyKey(memory, page, i, work.bytes);
            timestamp = InnerPage.timestamp(memory, page, i);
        }
        if (!step.reaches(work, timestamp) || !step.holds(work, timestamp)) {
            throw PageVisits.corrupt(
                    pages.vnode(), step.no, "keys lie between the parent's separators");
        }
    }
}
