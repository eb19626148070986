package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.PageHeader;

/**
 * Merges sorted entries into a tree, in bulk and in slices: {@link #start}, then {@link #run} until
 * it answers {@link #DONE}. Reusable; one per VNode.
 *
 * <p>The source is gone through once, in key order, and the old tree beside it. Subtrees that no
 * source entry falls into are kept by reference; the others are written anew, packed, and their
 * parents with them. Every {@code pagesPerRoot} pages the merge finishes early: everything behind
 * the cut is kept as it is, a whole new tree is published and the pages it replaced are freed. That
 * is a round. Then the next round begins where the cut was.
 *
 * <p>When {@code run} throws, what was published stays, and the pages of the unfinished round are
 * given back; the merge ends. Start it again with a source that begins anywhere at or before {@link
 * #cutKey}: merging entries twice changes nothing.
 *
 * <p>Owner: one thread at a time; see {@link MergePages} for the hold.
 *
 * <p>Maintainers, how it moves: a cursor ({@link MergePath}) stands on a page of the old tree. On
 * an inner page it keeps the children before the one that the next source entry falls into, and
 * goes down into that. On a leaf it copies runs of entries up to each source entry's place. At the
 * end of a page it goes up. New pages grow in the stages of {@link MergeOutput}, one per level;
 * whatever has not been kept is in them or still ahead of the cursor.
 *
 * <ol>
 *   <li>A subtree of level c may only be kept when the stages 0..c are empty, for its reference
 *       goes into stage c + 1 behind theirs. They are flushed before.
 *   <li>If one of them would leave an under-full page, the cursor goes down into the subtree
 *       instead, as far as that level, and so takes the neighbour in.
 *   <li>A subtree whose lower separator has a timestamp goes on with the key before it: it is not
 *       kept while that key's versions are being decided.
 *   <li>Nothing waits between a change of state and the next: each iteration of the loop fetches
 *       the one page it needs, or creates the one it writes, and then cannot fail to get on.
 * </ol>
 */
public final class TreeMerge {
    /** All of the source is in the published tree. */
    public static final int DONE = Progress.DONE;

    /** The budget is used up. */
    public static final int MORE = Progress.MORE;

    /** The waiter is parked. */
    public static final int WAIT = Progress.WAIT;

    /**
     * A new root was published and the source is not at its end: a good moment for a checkpoint.
     */
    public static final int ROOT = 2;

    /** A page may take its right neighbour in so often in one run; then it may stay as it is. */
    private static final int ABSORBED_MAX = 4;

    private static final int IDLE = 0;
    private static final int BEGIN = 1;
    private static final int WALK = 2;
    private static final int END = 3;

    /** What a step of the loop says when it neither waits nor ends a round. */
    private static final int GOING = 3;

    private final MergePages pages;
    private final MemorySegment memory;
    private final MergeOutput out;
    private final LeafStage leaves;
    private final VersionMerge versions;
    private final MergePath path;
    private final MergeAhead ahead;
    private final MergeHead head;
    private final MergeRound round;
    private final LeafMerge leafMerge;
    private final MergeEnd end;
    private final KeyBuffer itemKey = new KeyBuffer();

    /** Source entries before this key are in the published tree. */
    private final KeyBuffer cut = new KeyBuffer();

    private int phase = IDLE;
    private int absorbed;
    private int used;
    private final MergeCounters counters = new MergeCounters();
    private long leavesReadBefore;
    private long pagesWrittenBefore;

    /**
     * A merge that stands still.
     *
     * @param pages of the tree that is merged into; see {@link MergePages#of}
     * @param pagesPerRoot pages written after which a root is published, 256 or so
     * @param prefetchLeaves how many leaves that will be needed are read ahead, 64 to 256; 0 for
     *     none. Takes effect with sources that have {@link MergeSource#ahead}
     */
    public TreeMerge(MergePages pages, int pagesPerRoot, int prefetchLeaves) {
        this.pages = pages;
        this.memory = pages.memory();
        this.out = new MergeOutput(pages, counters);
        this.leaves = out.leaves();
        this.versions = new VersionMerge(leaves);
        this.path = new MergePath(pages);
        this.ahead = new MergeAhead(pages, prefetchLeaves);
        this.head = new MergeHead(ahead);
        this.round = new MergeRound(out, head, pagesPerRoot);
        this.leafMerge = new LeafMerge(memory, head, round, versions, leaves);
        this.end = new MergeEnd(pages, out, round, counters);
    }

    /**
     * Begins to merge.
     *
     * @param source stands at its first entry
     * @param floors timestamps at which snapshots are registered, ascending unsigned; copied. A
     *     snapshot registered later must read at or above every timestamp of the source
     * @param horizon no reader is below it
     * @param drops hears of pointers that no reader needs any more
     */
    public void start(MergeSource source, long[] floors, long horizon, DropSink drops) {
        if (phase != IDLE) {
            throw new JdbException(new JdbError.Internal("a merge was started while one runs"));
        }
        versions.start(floors, horizon, drops);
        head.start(source);
        cut.clear();
        leavesReadBefore = counters.leavesRead;
        pagesWrittenBefore = counters.pagesWritten;
        phase = BEGIN;
    }

    /** True from {@link #start} until it is done or has failed. */
    public boolean running() {
        return phase != IDLE;
    }

    /** Source entries taken in since the start, in the unpublished round too. */
    public long entriesMerged() {
        return head.taken();
    }

    /** Old leaves gone through since the start. */
    public long leavesRead() {
        return counters.leavesRead - leavesReadBefore;
    }

    /** Pages in the roots published since the start. */
    public long pagesWritten() {
        return counters.pagesWritten - pagesWrittenBefore;
    }

    /** What all merges of this object have done. */
    public MergeCounters counters() {
        return counters;
    }

    /**
     * All source entries before this key are in the published tree: where a merge that failed can
     * go on. Empty before the first {@link #ROOT}.
     */
    public MemorySegment cutKey() {
        return cut.bytes.asSlice(0, cut.length);
    }

    /** Ends it: the present round is given back, what was published stays. */
    public void cancel() {
        if (phase != IDLE) {
            abandon();
        }
    }

    /**
     * One slice of work.
     *
     * @param leafBudget leaves and inner pages read or written before it answers {@link #MORE}
     * @param waiter parked on {@link #WAIT}
     * @return {@link #DONE}, {@link #MORE}, {@link #WAIT} or {@link #ROOT}
     * @throws JdbException Corrupt, Io, DiskFull: the round is given back and the merge has ended
     */
    public int run(int leafBudget, Waiter waiter) {
        boolean survived = false;
        try {
            final int answer = go(leafBudget, waiter);
            survived = true;
            return answer;
        } finally {
            if (!survived) {
                abandon();
            }
        }
    }

    private void abandon() {
        phase = IDLE;
        head.stop();
        final PageList written = out.written();
        while (written.count() > 0) {
            pages.free(written.removeLast());
        }
        out.begin();
    }

    private int go(int leafBudget, Waiter waiter) {
        used = 0;
        while (used < leafBudget) {
            final int answer =
                    switch (phase) {
                        case BEGIN -> begin();
                        case WALK -> path.level() == 0 ? leaf(waiter) : inner(waiter);
                        case END -> end.run(waiter) ? publish() : WAIT;
                        default ->
                                throw new JdbException(
                                        new JdbError.Internal("no merge was started"));
                    };
            if (answer != GOING) {
                return answer;
            }
        }
        return MORE;
    }

    private int begin() {
        if (!head.load()) {
            phase = IDLE;
            head.stop();
            return DONE;
        }
        final TreeRoot root = pages.root();
        round.begin(root);
        path.start(root);
        if (!root.isEmpty()) {
            out.opened(root.level());
        }
        absorbed = 0;
        phase = WALK;
        return GOING;
    }

    private int publish() {
        pages.publish(end.root());
        counters.pagesWritten += out.written().count();
        counters.roots++;
        out.begin();
        final PageList replaced = round.replaced();
        while (replaced.count() > 0) {
            pages.free(replaced.removeLast());
        }
        phase = BEGIN;
        if (!head.load()) {
            return GOING;
        }
        cut.set(head.key);
        return ROOT;
    }

    private int inner(Waiter waiter) {
        ahead.run();
        final MergePath.Step step = path.step();
        final int frame = pages.pin(step.no, step.crc, waiter);
        if (frame == MergePages.NONE) {
            return WAIT;
        }
        try {
            path.check(frame);
            return innerAt((long) frame * PageHeader.PAGE_BYTES, step, waiter);
        } finally {
            pages.unpin(frame);
        }
    }

    private int innerAt(long page, MergePath.Step step, Waiter waiter) {
        final int n = PageHeader.count(memory, page);
        if (step.slot == n) {
            used++;
            leavePage();
            return GOING;
        }
        final int next = childOfSource(page, step, n);
        assert next >= step.slot : "the source is sorted";
        if (next == step.slot || (versions.open() && continues(page, step))) {
            descend(page, step.slot);
            return GOING;
        }
        versions.close();
        final int level = path.level();
        for (int below = 0; below < level; below++) {
            final LevelStage stage = out.stage(below);
            if (stage.pending() && absorbed < ABSORBED_MAX && stage.underfull()) {
                absorbed += below == level - 1 ? 1 : 0;
                counters.absorbed++;
                descend(page, step.slot);
                return GOING;
            }
            if (stage.pending() && !flush(below, waiter)) {
                return WAIT;
            }
            out.runEnded(below);
        }
        leaves.endRun();
        absorbed = 0;
        return keep(page, step, next, waiter) ? GOING : WAIT;
    }

    /** The child that the next source entry falls into; {@code n} for none of this page. */
    private int childOfSource(long page, MergePath.Step step, int n) {
        return !round.cutDue() && head.load() && step.holds(head.key, head.timestamp)
                ? InnerPage.child(memory, page, head.key.bytes, head.key.length, head.timestamp)
                : n;
    }

    /** True when the next child begins within the versions of a key. */
    private boolean continues(long page, MergePath.Step step) {
        final long low =
                step.slot == 0 ? step.lowTimestamp : InnerPage.timestamp(memory, page, step.slot);
        return low != InnerPage.BARE;
    }

    private void descend(long page, int child) {
        round.replace(path.descend(page, child).no);
        out.opened(path.level());
    }

    /** Keeps children up to {@code next} by reference. False when the waiter was parked. */
    private boolean keep(long page, MergePath.Step step, int next, Waiter waiter) {
        final int level = path.level();
        final ItemStage items = out.items(level);
        while (step.slot < next) {
            final int i = step.slot;
            final long ref = InnerPage.ref(page, i);
            long timestamp = step.lowTimestamp;
            if (i == 0) {
                itemKey.set(step.low);
            } else {
                itemKey.length = InnerPage.copyKey(memory, page, i, itemKey.bytes);
                timestamp = InnerPage.timestamp(memory, page, i);
            }
            if (items.add(
                    itemKey,
                    timestamp,
                    InnerPage.childNo(memory, ref),
                    InnerPage.childCrc(memory, ref))) {
                step.slot++;
            } else if (!seal(level, waiter)) {
                return false;
            }
        }
        return true;
    }

    private boolean seal(int level, Waiter waiter) {
        used++;
        return out.sealFull(level, waiter);
    }

    private boolean flush(int level, Waiter waiter) {
        used++;
        return out.flush(level, waiter);
    }

    private void leavePage() {
        if (path.atTop()) {
            versions.close();
            end.begin();
            phase = END;
        } else {
            path.ascend();
        }
    }

    private int leaf(Waiter waiter) {
        final MergePath.Step step = path.step();
        if (step.no == 0) {
            return emptyTree(step, waiter);
        }
        final int frame = pages.pin(step.no, step.crc, waiter);
        if (frame == MergePages.NONE) {
            return WAIT;
        }
        try {
            final long page = (long) frame * PageHeader.PAGE_BYTES;
            if (!step.checked) {
                path.check(frame);
                round.leafRead(PageHeader.count(memory, page));
                counters.leavesRead++;
            }
            if (!leaves.running()) {
                leaves.begin(step.low, step.lowTimestamp);
            }
            if (leafMerge.run(page, step)) {
                used++;
                leavePage();
                return GOING;
            }
        } finally {
            pages.unpin(frame);
        }
        return seal(0, waiter) ? GOING : WAIT;
    }

    /** The first leaves of all. */
    private int emptyTree(MergePath.Step step, Waiter waiter) {
        if (!leaves.running()) {
            leaves.begin(step.low, step.lowTimestamp);
        }
        while (round.takesSource(step, versions)) {
            if (!versions.offerSource(head.key, head.source())) {
                return seal(0, waiter) ? GOING : WAIT;
            }
            head.advance();
        }
        leavePage();
        return GOING;
    }
}
