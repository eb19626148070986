package site.js0.jdb.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Bytes;
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
 * Goes through a whole tree and proves that it is one: every page keeps its format, is where and
 * what its parent says (number, checksum, level, range of keys), keys ascend over all leaves, the
 * root's entry count is right, and no page is reached twice. A page that breaks a rule is noted and
 * not entered; the others are still looked at.
 *
 * <p>Beside the rules it counts: see {@link Report}. Resumable: {@link #run} until it is done.
 *
 * <p>Owner: holder of the shard. The tree must not change meanwhile.
 */
public final class TreeCheck {
    private static final int PROBLEMS_MAX = 100;

    /** A rule that a page breaks. */
    public record Problem(long pageNo, String message) {}

    /**
     * What a check found.
     *
     * @param problems rules broken, at most {@link #PROBLEMS_MAX}
     * @param height levels; 0 for the empty tree
     * @param leaves leaf pages
     * @param inners inner pages
     * @param entries entries in all leaves
     * @param timed entries that carry a timestamp
     * @param tombstones entries that hide others
     * @param leafBytes bytes in use in all leaves
     * @param innerBytes bytes in use in all inner pages
     * @param underfull pages that take less than a quarter and would fit one page with a neighbour
     * @param pages numbers of all pages, ascending
     */
    public record Report(
            List<Problem> problems,
            int height,
            long leaves,
            long inners,
            long entries,
            long timed,
            long tombstones,
            long leafBytes,
            long innerBytes,
            long underfull,
            long[] pages) {
        /** True when no rule is broken. */
        public boolean ok() {
            return problems.isEmpty();
        }

        /** Bytes in use of all that the leaves have; 0 for the empty tree. */
        public double leafFill() {
            return leaves == 0 ? 0 : (double) leafBytes / (leaves * PageHeader.PAGE_BYTES);
        }

        @Override
        public String toString() {
            return "%s; height %d, %d leaves %.0f%% full, %d inner pages, %d entries (%d with timestamp, %d tombstones), %d under-full"
                    .formatted(
                            ok() ? "ok" : problems.toString(),
                            height,
                            leaves,
                            leafFill() * 100,
                            inners,
                            entries,
                            timed,
                            tombstones,
                            underfull);
        }
    }

    private final MergePages pages;
    private final MemorySegment memory;
    private final TreeRoot root;
    private final MergePath path;
    private final List<Problem> problems = new ArrayList<>();
    private final PageList reached = new PageList();

    /** The page left of the present one on each level: neighbours are judged together. */
    private final @Nullable MemorySegment[] left =
            new @Nullable MemorySegment[TreeLimits.LEVEL_MAX + 1];

    private final KeyBuffer a = new KeyBuffer();
    private final KeyBuffer b = new KeyBuffer();
    private boolean done;
    private long leaves;
    private long inners;
    private long entries;
    private long timed;
    private long tombstones;
    private long leafBytes;
    private long innerBytes;
    private long underfull;

    /** Of the tree's present root. */
    public TreeCheck(Tree tree) {
        pages = MergePages.of(tree);
        memory = pages.memory();
        root = tree.root();
        path = new MergePath(pages);
        path.start(root);
        done = root.isEmpty();
        if (done && root.entryCount() != 0) {
            problem(0, "an empty tree has no entries, the root says " + root.entryCount());
        }
    }

    /**
     * Looks at some pages.
     *
     * @return {@link Progress#DONE}, {@link Progress#MORE} or {@link Progress#WAIT}
     */
    public int run(int pageBudget, Waiter waiter) {
        for (int used = 0; used < pageBudget && !done; used++) {
            final MergePath.Step step = path.step();
            final int frame;
            try {
                frame = pages.pin(step.no, step.crc, waiter);
            } catch (JdbException e) {
                problem(step.no, message(e));
                leave();
                continue;
            }
            if (frame == MergePages.NONE) {
                return Progress.WAIT;
            }
            try {
                look(frame, step);
            } catch (JdbException e) {
                problem(step.no, message(e));
                leave();
            } finally {
                pages.unpin(frame);
            }
        }
        return done ? Progress.DONE : Progress.MORE;
    }

    /** What was found; whole once {@link #run} is done. */
    public Report report() {
        assert done : "a report before the end";
        final long[] sorted = new long[reached.count()];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = reached.get(i);
        }
        Arrays.sort(sorted);
        return new Report(
                List.copyOf(problems),
                root.isEmpty() ? 0 : root.level() + 1,
                leaves,
                inners,
                entries,
                timed,
                tombstones,
                leafBytes,
                innerBytes,
                underfull,
                sorted);
    }

    private static String message(JdbException e) {
        final String message = e.getMessage();
        return message == null ? e.toString() : message;
    }

    private void problem(long pageNo, String message) {
        if (problems.size() < PROBLEMS_MAX) {
            problems.add(new Problem(pageNo, message));
        }
    }

    private void look(int frame, MergePath.Step step) {
        final long page = (long) frame * PageHeader.PAGE_BYTES;
        if (!step.checked) {
            reached.add(step.no);
            path.check(frame);
            neighbour(page);
            if (path.level() == 0) {
                leaf(page);
            } else {
                inners++;
                innerBytes += InnerPage.usedBytes(memory, page);
            }
        }
        if (path.level() > 0 && step.slot < PageHeader.count(memory, page)) {
            path.descend(page, step.slot);
        } else {
            leave();
        }
    }

    private void leave() {
        if (!path.atTop()) {
            path.ascend();
            return;
        }
        done = true;
        if (problems.isEmpty() && entries != root.entryCount()) {
            problem(
                    root.pageNo(),
                    "the root says %d entries, the leaves have %d"
                            .formatted(root.entryCount(), entries));
        }
        twice();
    }

    private void twice() {
        final long[] sorted = report().pages();
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] == sorted[i - 1]) {
                problem(sorted[i], "a page has two parents");
            }
        }
    }

    private void leaf(long page) {
        final int n = PageHeader.count(memory, page);
        leaves++;
        entries += n;
        leafBytes += LeafPage.usedBytes(memory, page);
        for (int i = 0; i < n; i++) {
            final int header = KeyCells.headerAt(memory, LeafPage.cell(memory, page, n, i));
            if (KeyCells.timed(header)) {
                timed++;
            }
            if (KeyCells.kind(header) == EntryKind.TOMBSTONE) {
                tombstones++;
            }
        }
    }

    /** Counts a page that had better been joined with the one on its left. */
    private void neighbour(long page) {
        final int level = path.level();
        MemorySegment before = left[level];
        if (before == null) {
            before = Arena.ofAuto().allocate(PageHeader.PAGE_BYTES, 8);
            left[level] = before;
        } else if (Math.min(used(before, 0, level), used(memory, page, level))
                        < TreeLimits.UNDERFULL_BYTES
                && joined(before, page, level) <= PageHeader.PAGE_BYTES) {
            underfull++;
        }
        MemorySegment.copy(memory, page, before, 0, PageHeader.PAGE_BYTES);
    }

    private static int used(MemorySegment memory, long page, int level) {
        return level == 0 ? LeafPage.usedBytes(memory, page) : InnerPage.usedBytes(memory, page);
    }

    /** Bytes that one page would take for both. */
    private int joined(MemorySegment before, long page, int level) {
        final MergePath.Step step = path.step();
        final int n = PageHeader.count(before, 0);
        final int m = PageHeader.count(memory, page);
        if (level == 0) {
            a.length = LeafPage.copyKey(before, 0, 0, a.bytes);
            b.length = LeafPage.copyKey(memory, page, m - 1, b.bytes);
            final int shared = shared();
            return LeafPage.fixedBytes()
                    + shared
                    + cells(before, 0, LeafPage.heads(0), n, LeafPage.prefix(before, 0), shared)
                    + cells(
                            memory,
                            page,
                            LeafPage.heads(page),
                            m,
                            LeafPage.prefix(memory, page),
                            shared);
        }
        if (n > 1) {
            a.length = InnerPage.copyKey(before, 0, 1, a.bytes);
        } else {
            a.set(step.low);
        }
        if (m > 1) {
            b.length = InnerPage.copyKey(memory, page, m - 1, b.bytes);
        } else {
            b.set(step.low);
        }
        final int shared = shared();
        return InnerPage.fixedBytes()
                + shared
                + (n + m - 1) * InnerPage.REF_BYTES
                + cells(
                        before,
                        0,
                        InnerPage.heads(0, n),
                        n - 1,
                        InnerPage.prefix(before, 0),
                        shared)
                + cells(
                        memory,
                        page,
                        InnerPage.heads(page, m),
                        m - 1,
                        InnerPage.prefix(memory, page),
                        shared)
                + KeyCells.SLOT_BYTES
                + KeyCells.HEADER_BYTES
                + KeyCells.restBytes(step.low.length - shared)
                + (step.lowTimestamp == InnerPage.BARE ? 0 : Long.BYTES);
    }

    private int shared() {
        return Bytes.commonPrefix(a.bytes, 0, b.bytes, 0, Math.min(a.length, b.length));
    }

    /** Slots and cells of a page if its prefix were {@code shared} bytes long. */
    private static int cells(
            MemorySegment memory, long page, long heads, int n, int prefix, int shared) {
        int bytes = n * KeyCells.SLOT_BYTES;
        for (int i = 0; i < n; i++) {
            final int at = KeyCells.offset(memory, heads, n, i);
            final int suffix = KeyCells.suffixLength(KeyCells.headerAt(memory, page + at));
            bytes +=
                    KeyCells.offset(memory, heads, n, i + 1)
                            - at
                            + KeyCells.restBytes(suffix + prefix - shared)
                            - KeyCells.restBytes(suffix);
        }
        return bytes;
    }
}
