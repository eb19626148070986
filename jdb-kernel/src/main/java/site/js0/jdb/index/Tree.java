package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;
import site.js0.jdb.page.PageSpace;

/**
 * A copy-on-write B+ tree over a {@link PageSpace}: the present root and the way from it to a key.
 * {@link TreeMerge} replaces the root; nothing else changes a tree.
 *
 * <p>Entries are versions: (key, timestamp, kind, value), sorted by key ascending, timestamp
 * descending. Keys and timestamps compare unsigned. An entry without timestamp is its key's last
 * version and visible to all.
 *
 * <p>Owner: holder of the shard.
 *
 * <p>Maintainers: a lookup remembers nothing between two runs. It goes down by the frame hints in
 * the parents; a hint that was right needs no more than {@code fetch}'s own check and a look at the
 * checksum in the page, everything else happens in {@link #arrive}. The key is copied to a native
 * buffer first, padded with zeros: comparing native with native memory by words is several times
 * faster than heap with native, and the head of any suffix is one read.
 */
public final class Tree {
    /** A version was found and the hit is filled. */
    public static final int FOUND = 1;

    /** No version of the key at or below the timestamp. */
    public static final int ABSENT = 0;

    /** The waiter is parked: run it again from the top. */
    public static final int WAIT = Progress.WAIT;

    /** Reads the newest version. */
    public static final long NEWEST = -1L;

    private final PageSpace pages;
    private final MemorySegment memory;
    private final PageVisits visits;
    private final KeyBuffer search = new KeyBuffer();

    private TreeRoot root;
    private long rootNo;
    private int rootCrc;
    private int rootLevel;
    private int rootHint;
    private long epoch;

    /** The tree that {@code root} names; its pages are read when they are needed. */
    public Tree(PageSpace pages, TreeRoot root) {
        this.pages = pages;
        this.memory = pages.memory();
        this.visits = new PageVisits(pages);
        this.root = root;
        take(root);
    }

    /** The present root, for a checkpoint. */
    public TreeRoot root() {
        return root;
    }

    /** The pages. */
    public PageSpace pages() {
        return pages;
    }

    /** The segment that hits and cursors point into. */
    public MemorySegment memory() {
        return memory;
    }

    /** Grows with each new root: what was remembered of an older one is void. */
    public long epoch() {
        return epoch;
    }

    /** Makes {@code next} the present root. Does not free what the old one alone refers to. */
    public void publish(TreeRoot next) {
        root = next;
        epoch++;
        take(next);
    }

    private void take(TreeRoot next) {
        if (next.level() < 0 || next.level() > TreeLimits.LEVEL_MAX || next.pageNo() < 0) {
            throw PageVisits.corrupt(pages.vnode(), next.pageNo(), "a root has level 0 to 31");
        }
        rootNo = next.pageNo();
        rootCrc = next.crc();
        rootLevel = next.level();
        rootHint = PageSpace.NONE;
    }

    /**
     * The newest version of a key at or below {@code readTimestamp}.
     *
     * @param key bytes at {@code offset}, {@code length} of them, 5..1028; read before the first
     *     possible wait and not kept
     * @param readTimestamp unsigned; {@link #NEWEST} for the newest of all
     * @param hit filled on {@link #FOUND}
     * @param waiter parked on {@link #WAIT}
     * @return {@link #FOUND}, {@link #ABSENT} or {@link #WAIT}
     * @throws site.js0.jdb.comm.JdbException Corrupt or Io
     */
    public int get(
            MemorySegment key,
            long offset,
            int length,
            long readTimestamp,
            TreeHit hit,
            Waiter waiter) {
        assert TreeLimits.keyFits(length) : "key of " + length + " bytes";
        final KeyBuffer search = this.search;
        search.set(key, offset, length);
        final MemorySegment memory = this.memory;
        final MemorySegment wanted = search.bytes;
        long no = rootNo;
        if (no == 0) {
            return ABSENT;
        }
        int crc = rootCrc;
        int hint = rootHint;
        int level = rootLevel;
        long parentNo = 0;
        int parentFrame = PageSpace.NONE;
        int child = 0;
        while (true) {
            final int frame = pages.fetch(no, crc, hint, waiter);
            if (frame == PageSpace.NONE) {
                return WAIT;
            }
            final long page = (long) frame * PageHeader.PAGE_BYTES;
            if (frame != hint || PageHeader.crc(memory, page) != crc) {
                arrive(frame, no, crc, level, parentNo, parentFrame, child);
            }
            if (level == 0) {
                final int i = LeafPage.find(memory, page, wanted, length, readTimestamp);
                return i < 0 ? ABSENT : fill(hit, page, i);
            }
            child = InnerPage.child(memory, page, wanted, length, readTimestamp);
            final long ref = InnerPage.ref(page, child);
            parentNo = no;
            parentFrame = frame;
            no = InnerPage.childNo(memory, ref);
            crc = InnerPage.childCrc(memory, ref);
            hint = InnerPage.hint(memory, ref);
            level--;
        }
    }

    private int fill(TreeHit hit, long page, int i) {
        final int n = PageHeader.count(memory, page);
        final long cell = LeafPage.cell(memory, page, n, i);
        final int header = KeyCells.headerAt(memory, cell);
        final int lead = KeyCells.lead(header);
        hit.kind = KeyCells.kind(header);
        hit.timestamp = KeyCells.timestamp(memory, cell, header, LeafPage.BARE);
        hit.offset = cell + lead;
        hit.length = (int) (page + LeafPage.offset(memory, page, n, i + 1) - cell) - lead;
        return FOUND;
    }

    /**
     * A page whose hint was missing or wrong: visits it and leaves the right hint where the next
     * one looks.
     */
    void arrive(int frame, long no, int crc, int level, long parentNo, int parentFrame, int child) {
        visits.visit(frame, no, crc, level);
        if (parentFrame == PageSpace.NONE) {
            rootHint = frame;
        } else if (pages.peek(parentNo, parentFrame) == parentFrame
                && pages.hintable(parentFrame)) { // fetching the child may have evicted the parent
            InnerPage.setHint(
                    memory,
                    InnerPage.ref((long) parentFrame * PageHeader.PAGE_BYTES, child),
                    frame);
        }
    }

    /** As {@link #arrive} for a page whose parent is not at hand. */
    void visit(int frame, long no, int crc, int level) {
        visits.visit(frame, no, crc, level);
    }

    /**
     * Fetches the root for a walk that {@code arrive}s by itself; {@link PageSpace#NONE} when
     * parked.
     */
    int fetchRoot(Waiter waiter) {
        final int frame = pages.fetch(rootNo, rootCrc, rootHint, waiter);
        if (frame != PageSpace.NONE
                && (frame != rootHint
                        || PageHeader.crc(memory, (long) frame * PageHeader.PAGE_BYTES)
                                != rootCrc)) {
            arrive(frame, rootNo, rootCrc, rootLevel, 0, PageSpace.NONE, 0);
        }
        return frame;
    }

    @Override
    public String toString() {
        return "Tree[" + root + ", epoch " + epoch + "]";
    }
}
