package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;

/**
 * What a merge has made of a round so far: a stage for each level, and the pages that were sealed.
 * Every step that can wait is one page: create, write, seal, hand its reference to the level above.
 * So a step that waited is simply done again.
 *
 * <p>Owner: the merge.
 */
final class MergeOutput {
    private final MergePages pages;
    private final MemorySegment memory;
    private final LeafStage leaves = new LeafStage();
    private final @Nullable ItemStage[] items = new @Nullable ItemStage[TreeLimits.LEVEL_MAX + 1];

    /** Sealed in this round: what an abandoned round gives back. */
    private final PageList written = new PageList();

    private long entriesWritten;

    /** By level, of the present run: pages of the old tree taken in, and pages sealed. */
    private final int[] opened = new int[TreeLimits.LEVEL_MAX + 2];

    private final int[] sealed = new int[TreeLimits.LEVEL_MAX + 2];

    private final MergeCounters counters;

    MergeOutput(MergePages pages, MergeCounters counters) {
        this.pages = pages;
        this.counters = counters;
        this.memory = pages.memory();
    }

    LeafStage leaves() {
        return leaves;
    }

    /** The stage of an inner level. */
    ItemStage items(int level) {
        ItemStage stage = items[level];
        if (stage == null) {
            stage = new ItemStage(level);
            items[level] = stage;
        }
        return stage;
    }

    LevelStage stage(int level) {
        return level == 0 ? leaves : items(level);
    }

    PageList written() {
        return written;
    }

    long entriesWritten() {
        return entriesWritten;
    }

    /** The round's tree counts: the next round starts with nothing. */
    void begin() {
        leaves.reset();
        for (ItemStage stage : items) {
            if (stage != null) {
                stage.reset();
            }
        }
        written.clear();
        entriesWritten = 0;
        Arrays.fill(opened, 0);
        Arrays.fill(sealed, 0);
    }

    /** A page of the old tree was opened: what of it stays goes into the stage of its level. */
    void opened(int level) {
        opened[level]++;
    }

    /** All of the run is sealed: a run that became longer has split pages. */
    void runEnded(int level) {
        final int splits = sealed[level] - Math.max(1, opened[level]);
        if (splits > 0) {
            if (level == 0) {
                counters.leafSplits += splits;
            } else {
                counters.innerSplits += splits;
            }
        }
        sealed[level] = 0;
        opened[level] = 0;
    }

    /** Children that wait on all levels above {@code level}. */
    int itemsAbove(int level) {
        int count = 0;
        for (int l = level + 1; l < items.length; l++) {
            final ItemStage stage = items[l];
            if (stage != null) {
                count += stage.count();
            }
        }
        return count;
    }

    /** The lowest level above {@code level} on which children wait, or 0 for none. */
    int nextPendingAbove(int level) {
        for (int l = level + 1; l < items.length; l++) {
            final ItemStage stage = items[l];
            if (stage != null && stage.pending()) {
                return l;
            }
        }
        return 0;
    }

    /**
     * Seals the closed page of a level, and before it those above that would have no room for its
     * reference.
     *
     * @return false when the waiter was parked
     */
    boolean sealFull(int level, Waiter waiter) {
        final ItemStage above = items(level + 1);
        if (above.full() && !sealFull(level + 1, waiter)) {
            return false;
        }
        final LevelStage stage = stage(level);
        final int frame = pages.create(waiter);
        if (frame == MergePages.NONE) {
            return false;
        }
        long pageNo = 0;
        try {
            stage.writeFull(memory, (long) frame * PageHeader.PAGE_BYTES, pages.vnode());
            pageNo = pages.seal(frame);
        } finally {
            if (pageNo == 0) {
                pages.discard(frame); // the device is full: the frame is still ours
            }
        }
        written.add(pageNo);
        sealed[level]++;
        if (level == 0) {
            entriesWritten += leaves.fullCount();
        }
        final boolean added =
                above.add(stage.separator(), stage.separatorTimestamp(), pageNo, pages.sealedCrc());
        assert added : "the level above has room";
        stage.fullSealed();
        return true;
    }

    /**
     * Ends the run of a level: seals all that is pending there. False when the waiter was parked.
     */
    boolean flush(int level, Waiter waiter) {
        final LevelStage stage = stage(level);
        while (stage.pending()) {
            stage.closeOpen();
            if (!sealFull(level, waiter)) {
                return false;
            }
        }
        stage.endRun();
        return true;
    }
}
