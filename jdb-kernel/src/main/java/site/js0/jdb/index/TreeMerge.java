package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;

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

    /** Replaced pages per round, in rounds' pages: deleting writes little and replaces much. */
    private static final int REPLACED_FACTOR = 4;

    /** A page may pull its right neighbour in so often in one run; then it may stay as it is. */
    private static final int ABSORBED_MAX = 4;

    private static final int IDLE = 0;
    private static final int BEGIN = 1;
    private static final int WALK = 2;
    private static final int FINISH = 3;
    private static final int COLLAPSE = 4;

    /** What a step of the loop says; the other answer is WAIT. */
    private static final int GOING = 5;

    private final MergePages pages;
    private final MemorySegment memory;
    private final int pagesPerRoot;
    private final MergeOutput out;
    private final LeafStage leaves;
    private final VersionMerge versions;
    private final MergePath path;
    private final MergeAhead ahead;
    private final PageList replaced = new PageList();

    private int phase = IDLE;
    private @Nullable MergeSource source;
    private boolean loaded;
    private final KeyBuffer sourceKey = new KeyBuffer();
    private long sourceTimestamp;

    /** Source entries before this key are in the published tree. */
    private final KeyBuffer cut = new KeyBuffer();

    private final KeyBuffer entryKey = new KeyBuffer();

    private TreeRoot oldRoot = TreeRoot.EMPTY;
    private boolean cutting;
    private boolean stopped;
    private long entriesRead;
    private long mergedInRound;
    private int absorbed;
    private int finishLevel;
    private long newRootNo;
    private int newRootCrc;
    private int newRootLevel;
    private int used;

    private long entriesMerged;
    private long leavesRead;
    private long pagesWritten;

    /**
     * A merge that stands still.
     *
     * @param pages of the tree that is merged into; see {@link MergePages#of}
     * @param pagesPerRoot pages written after which a root is published, 256 or so
     * @param prefetchLeaves how many leaves that will be needed are read ahead, 32 to 64; 0 for
     *     none
     */
    public TreeMerge(MergePages pages, int pagesPerRoot, int prefetchLeaves) {
        assert pagesPerRoot > 0;
        this.pages = pages;
        this.memory = pages.memory();
        this.pagesPerRoot = pagesPerRoot;
        this.out = new MergeOutput(pages);
        this.leaves = out.leaves();
        this.versions = new VersionMerge(leaves);
        this.path = new MergePath(pages);
        this.ahead = new MergeAhead(pages, prefetchLeaves);
    }

    /**
     * Begins to merge.
     *
     * @param source not at the first call of {@link #run} but here already at its first entry
     * @param floors timestamps at which snapshots are registered, ascending unsigned; copied. A
     *     snapshot registered later must read at or above every timestamp of the source
     * @param horizon no reader is below it
     * @param drops hears of pointers that no reader needs any more
     */
    public void start(MergeSource source, long[] floors, long horizon, DropSink drops) {
        if (phase != IDLE) {
            throw new JdbException(new JdbError.Internal("a merge was started while one runs"));
        }
        this.source = source;
        loaded = false;
        versions.start(floors, horizon, drops);
        ahead.start(source);
        cut.clear();
        entriesMerged = 0;
        leavesRead = 0;
        pagesWritten = 0;
        phase = BEGIN;
    }

    /** True from {@link #start} until it is done or has failed. */
    public boolean running() {
        return phase != IDLE;
    }

    /** Source entries taken in since the start, in the unpublished round too. */
    public long entriesMerged() {
        return entriesMerged;
    }

    /** Old leaves gone through since the start. */
    public long leavesRead() {
        return leavesRead;
    }

    /** Pages sealed since the start. */
    public long pagesWritten() {
        return pagesWritten;
    }

    /**
     * All source entries before this key are in the published tree: where a merge that failed can
     * go on.
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
        source = null;
        ahead.stop();
        replaced.clear();
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
                        case IDLE ->
                                throw new JdbException(
                                        new JdbError.Internal("no merge was started"));
                        case BEGIN -> begin();
                        case WALK -> path.level() == 0 ? leaf(waiter) : inner(waiter);
                        case FINISH -> finish(waiter);
                        default -> collapse(waiter);
                    };
            if (answer != GOING) {
                return answer;
            }
        }
        return MORE;
    }

    private MergeSource source() {
        return Objects.requireNonNull(source, "a merge that runs has a source");
    }

    /** The next source entry is in {@link #sourceKey}; false at the end. */
    private boolean load() {
        if (loaded) {
            return true;
        }
        final MergeSource s = source();
        if (!s.valid()) {
            return false;
        }
        final int length = s.keyLength();
        if (!TreeLimits.keyFits(length)
                || s.valueLength() < 0
                || s.kind() == EntryKind.VALUE && !TreeLimits.inline(length, s.valueLength())) {
            throw new JdbException(
                    new JdbError.Internal(
                            "a source entry of %d + %d bytes does not fit a leaf"
                                    .formatted(length, s.valueLength())));
        }
        sourceKey.set(s.memory(), s.keyOffset(), length);
        sourceTimestamp = s.timestamp();
        loaded = true;
        return true;
    }

    private void advance() {
        source().advance();
        loaded = false;
        entriesMerged++;
        mergedInRound++;
        ahead.sourceAdvanced();
    }

    private int begin() {
        if (!load()) {
            phase = IDLE;
            source = null;
            ahead.stop();
            return DONE;
        }
        out.begin();
        replaced.clear();
        entriesRead = 0;
        mergedInRound = 0;
        cutting = false;
        stopped = false;
        absorbed = 0;
        oldRoot = pages.root();
        path.start(oldRoot);
        if (!oldRoot.isEmpty()) {
            replaced.add(oldRoot.pageNo());
        }
        phase = WALK;
        return GOING;
    }

    // ---- inner pages

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
        if (next == step.slot) {
            descend(page, step.slot);
            return GOING;
        }
        assert next > step.slot : "the source is sorted";
        if (versions.open() && continues(page, step)) {
            descend(page, step.slot);
            return GOING;
        }
        versions.close();
        final int level = path.level();
        for (int l = 0; l < level; l++) {
            final LevelStage stage = out.stage(l);
            if (stage.pending() && absorbed < ABSORBED_MAX && stage.underfull()) {
                if (l == level - 1) {
                    absorbed++;
                }
                descend(page, step.slot);
                return GOING;
            }
            if (stage.pending() && !flush(l, waiter)) {
                return WAIT;
            }
        }
        leaves.endRun();
        absorbed = 0;
        return keep(page, step, next, waiter) ? GOING : WAIT;
    }

    /** The child that the next source entry falls into; {@code n} for none of this page. */
    private int childOfSource(long page, MergePath.Step step, int n) {
        return !cutDue() && load() && step.holds(sourceKey, sourceTimestamp)
                ? InnerPage.child(memory, page, sourceKey.bytes, sourceKey.length, sourceTimestamp)
                : n;
    }

    /** True from when the round has done enough: no more of the source but the key it is at. */
    private boolean cutDue() {
        if (!cutting) {
            cutting =
                    mergedInRound > 0
                            && (out.written().count() >= pagesPerRoot
                                    || replaced.count() >= REPLACED_FACTOR * pagesPerRoot);
        }
        return cutting;
    }

    /**
     * True when a source entry is there that the present leaf takes in this round. After the cut
     * only the versions of the key it is at: and once it has passed that key, none, even if the
     * tree comes to the source's next key, for some of that key's versions may be behind it
     * already.
     */
    private boolean sourceFalls(MergePath.Step step) {
        if (stopped || !load() || !step.holds(sourceKey, sourceTimestamp)) {
            return false;
        }
        stopped = cutDue() && !versions.openFor(sourceKey);
        return !stopped;
    }

    /** True when the next child begins within the versions of a key. */
    private boolean continues(long page, MergePath.Step step) {
        final long low =
                step.slot == 0 ? step.lowTimestamp : InnerPage.timestamp(memory, page, step.slot);
        return low != InnerPage.BARE;
    }

    private void descend(long page, int child) {
        final MergePath.Step step = path.descend(page, child);
        replaced.add(step.no);
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
                entryKey.set(step.low);
            } else {
                entryKey.length = InnerPage.copyKey(memory, page, i, entryKey.bytes);
                timestamp = InnerPage.timestamp(memory, page, i);
            }
            if (items.add(
                    entryKey,
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
            phase = FINISH;
            finishLevel = 0;
        } else {
            path.ascend();
        }
    }

    // ---- leaves

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
            if (!step.checked) {
                path.check(frame);
                leavesRead++;
                entriesRead += PageHeader.count(memory, (long) frame * PageHeader.PAGE_BYTES);
            }
            if (!leaves.running()) {
                leaves.begin(step.low, step.lowTimestamp);
            }
            if (leafAt((long) frame * PageHeader.PAGE_BYTES, step)) {
                used++;
                leavePage();
                return GOING;
            }
        } finally {
            pages.unpin(frame);
        }
        return seal(0, waiter) ? GOING : WAIT;
    }

    /** Goes through the leaf; false when the stage is full first. */
    private boolean leafAt(long page, MergePath.Step step) {
        boolean other = false; // true when the next entry is known not to be of the open key
        final int n = PageHeader.count(memory, page);
        final boolean timed = LeafPage.timed(memory, page);
        while (sourceFalls(step)) {
            final int found =
                    LeafPage.find(memory, page, sourceKey.bytes, sourceKey.length, sourceTimestamp);
            final int at = found < 0 ? ~found : found;
            if (!copyTo(page, step, n, at, timed, other)
                    || !versions.offerSource(sourceKey, source())) {
                return false;
            }
            if (found >= 0 && timed && timestampAt(page, n, at) == sourceTimestamp) {
                final long cell = LeafPage.cell(memory, page, n, at);
                final int header = KeyCells.headerAt(memory, cell);
                versions.replaced(memory, KeyCells.kind(header), cell + KeyCells.lead(header));
                step.slot++;
            }
            advance();
            other = found < 0;
            if (found >= 0 && !timed && !(load() && versions.openFor(sourceKey))) {
                if (!offerLast(page, step, n)) {
                    return false; // and copyTo meets it once more
                }
                other = true;
            }
        }
        return copyTo(page, step, n, n, timed, other);
    }

    private long timestampAt(long page, int n, int i) {
        final long cell = LeafPage.cell(memory, page, n, i);
        return KeyCells.timestamp(memory, cell, KeyCells.headerAt(memory, cell), LeafPage.BARE);
    }

    /** The next entry is the open key's last version. */
    private boolean offerLast(long page, MergePath.Step step, int n) {
        final long cell = LeafPage.cell(memory, page, n, step.slot);
        final int header = KeyCells.headerAt(memory, cell);
        final long value = cell + KeyCells.lead(header);
        final long end = page + LeafPage.offset(memory, page, n, step.slot + 1);
        if (!versions.offerLast(KeyCells.kind(header), memory, value, (int) (end - value))) {
            return false;
        }
        step.slot++;
        return true;
    }

    /**
     * Takes over the leaf's entries before {@code to}. Where no entry has a timestamp each key has
     * one version only, so all but one that belongs to the key being decided go as they are.
     */
    private boolean copyTo(
            long page, MergePath.Step step, int n, int to, boolean timed, boolean other) {
        while (step.slot < to) {
            if (!timed && !versions.open()) {
                final int copied = leaves.addRun(memory, page, step.slot, to);
                if (copied == 0) {
                    return false;
                }
                step.slot += copied;
                continue;
            }
            final int i = step.slot;
            if (!timed && other) {
                versions.close();
                continue;
            }
            entryKey.length = LeafPage.copyKey(memory, page, i, entryKey.bytes);
            if (!timed && !versions.openFor(entryKey)) {
                versions.close();
                continue;
            }
            final long cell = LeafPage.cell(memory, page, n, i);
            final int header = KeyCells.headerAt(memory, cell);
            final long value = cell + KeyCells.lead(header);
            final long end = page + LeafPage.offset(memory, page, n, i + 1);
            if (!versions.offerTree(
                    entryKey,
                    KeyCells.timestamp(memory, cell, header, LeafPage.BARE),
                    KeyCells.kind(header),
                    memory,
                    value,
                    (int) (end - value))) {
                return false;
            }
            step.slot++;
        }
        return true;
    }

    /** The first leaves of all. */
    private int emptyTree(MergePath.Step step, Waiter waiter) {
        if (!leaves.running()) {
            leaves.begin(step.low, step.lowTimestamp);
        }
        while (sourceFalls(step)) {
            if (!versions.offerSource(sourceKey, source())) {
                return seal(0, waiter) ? GOING : WAIT;
            }
            advance();
        }
        leavePage();
        return GOING;
    }

    // ---- the end of a round

    private int finish(Waiter waiter) {
        versions.close();
        final int level = finishLevel;
        final LevelStage stage = out.stage(level);
        while (stage.pending() && !stage.full() && stage.underfull()) {
            final int above = out.nextPendingAbove(level);
            if (above == 0) {
                break;
            }
            if (!pullBack(above, level, waiter)) {
                return WAIT;
            }
        }
        if (!flush(level, waiter)) {
            return WAIT;
        }
        final int items = out.itemsAbove(level);
        if (items == 0) {
            return publish(TreeRoot.EMPTY);
        }
        final ItemStage above = out.items(level + 1);
        if (items == 1 && above.count() == 1) {
            newRootNo = above.lastNo();
            newRootCrc = above.lastCrc();
            newRootLevel = level;
            phase = COLLAPSE;
            return GOING;
        }
        finishLevel++;
        return GOING;
    }

    /**
     * The last page of a level would be under-full: the one before it, kept or just written, is
     * opened and goes in front. When that is a subtree of a higher level, one level of it only.
     */
    private boolean pullBack(int above, int level, Waiter waiter) {
        final ItemStage items = out.items(above);
        final long pageNo = items.lastNo();
        final int crc = items.lastCrc();
        final int frame = pages.pin(pageNo, crc, waiter);
        if (frame == MergePages.NONE) {
            return false;
        }
        try {
            used++;
            PageVisits.check(memory, pages.vnode(), frame, pageNo, crc, above - 1);
            final long page = (long) frame * PageHeader.PAGE_BYTES;
            final long timestamp = items.lastSeparator(entryKey);
            items.removeLast();
            replaced.add(pageNo);
            if (above == 1) {
                entriesRead += PageHeader.count(memory, page);
                leaves.prepend(memory, page, entryKey, timestamp);
            } else {
                assert above - 1 >= level;
                out.items(above - 1).prepend(memory, page, entryKey, timestamp);
            }
        } finally {
            pages.unpin(frame);
        }
        return true;
    }

    /** A root with a single child is none: its child is. */
    private int collapse(Waiter waiter) {
        if (newRootLevel > 0) {
            final int frame = pages.pin(newRootNo, newRootCrc, waiter);
            if (frame == MergePages.NONE) {
                return WAIT;
            }
            try {
                final long page = (long) frame * PageHeader.PAGE_BYTES;
                PageVisits.check(memory, pages.vnode(), frame, newRootNo, newRootCrc, newRootLevel);
                if (PageHeader.count(memory, page) == 1) {
                    replaced.add(newRootNo);
                    final long ref = InnerPage.ref(page, 0);
                    newRootNo = InnerPage.childNo(memory, ref);
                    newRootCrc = InnerPage.childCrc(memory, ref);
                    newRootLevel--;
                    return GOING;
                }
            } finally {
                pages.unpin(frame);
            }
        }
        return publish(
                new TreeRoot(
                        newRootNo,
                        newRootCrc,
                        newRootLevel,
                        oldRoot.entryCount() - entriesRead + out.entriesWritten()));
    }

    private int publish(TreeRoot root) {
        pages.publish(root);
        pagesWritten += out.written().count();
        out.begin();
        while (replaced.count() > 0) {
            pages.free(replaced.removeLast());
        }
        phase = BEGIN;
        if (load()) {
            cut.set(sourceKey);
            return ROOT;
        }
        return GOING;
    }
}
