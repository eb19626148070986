package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;
import site.js0.jdb.page.PageSpace;

/**
 * Walks the raw versions of a tree in both directions. Reusable; one per scan.
 *
 * <p>{@link #seek} puts it on an entry, {@link #next} and {@link #previous} step. After {@link
 * #FOUND} the accessors answer; key and value lie in {@link #keyMemory()} and {@link Tree#memory()}
 * and are valid until the next step or the next call into the page space by anybody. After {@link
 * #WAIT}, {@link #END}, or when {@link Tree#epoch()} has grown, the cursor stands nowhere: seek
 * again from the last entry that was consumed, exclusively. Version by version that works within
 * one epoch; a new tree may have dropped versions or timestamps, so whoever resumes after one does
 * so key by key ({@link #OLDEST} exclusively forward, {@link #NEWEST} exclusively backward).
 *
 * <p>It holds no pins between calls. Each level of its path is number, checksum and slot; the frame
 * is a guess that is verified, for its own fetches may evict any page but the one just fetched.
 *
 * <p>Owner: holder of the shard.
 */
public final class TreeCursor {
    /** It stands on an entry. */
    public static final int FOUND = Tree.FOUND;

    /** No entry in that direction; it stands nowhere. */
    public static final int END = Tree.ABSENT;

    /** The waiter is parked; it stands nowhere. */
    public static final int WAIT = Progress.WAIT;

    /** The place before all versions of a key. */
    public static final long NEWEST = Tree.NEWEST;

    /** The place of a key's last version. */
    public static final long OLDEST = LeafPage.BARE;

    private static final int LEVELS = TreeLimits.LEVEL_MAX + 1;

    private final Tree tree;
    private final PageSpace pages;
    private final MemorySegment memory;
    private final LeafPrefetch prefetch;

    private final long[] no = new long[LEVELS];
    private final int[] crc = new int[LEVELS];
    private final int[] slot = new int[LEVELS];
    private final int[] frame = new int[LEVELS];
    private int height;
    private long epoch = -1;
    private boolean placed;

    // The leaf it is in; the prefix is -1 until the key buffer begins with it.
    private int leafCount;
    private int leafPrefix;
    private final KeyBuffer key = new KeyBuffer();
    private final KeyBuffer last = new KeyBuffer();
    private final KeyBuffer target = new KeyBuffer();
    private long cell;
    private int header;
    private int lead;
    private int cellBytes;

    /**
     * A cursor that reads ahead.
     *
     * @param prefetchLeaves how far, once it has moved on from its first leaf; 0 for never
     */
    public TreeCursor(Tree tree, int prefetchLeaves) {
        this.tree = tree;
        this.pages = tree.pages();
        this.memory = tree.memory();
        this.prefetch = new LeafPrefetch(pages, prefetchLeaves);
    }

    /**
     * Goes to the first entry at or behind ({@code key}, {@code timestamp}) in the order of the
     * tree, or with {@code forward} false to the last at or before it.
     *
     * @param length 0..1028; the empty key is before all others
     * @param inclusive false: an entry of exactly this key and timestamp is passed over
     * @return {@link #FOUND}, {@link #END} or {@link #WAIT}
     * @throws JdbException Corrupt or Io
     */
    public int seek(
            MemorySegment from,
            long offset,
            int length,
            long timestamp,
            boolean forward,
            boolean inclusive,
            Waiter waiter) {
        target.set(from, offset, length);
        start();
        if (tree.root().isEmpty()) {
            return END;
        }
        if (!descend(height, timestamp, waiter)) {
            return WAIT;
        }
        final long page = leaf();
        final int found = LeafPage.find(memory, page, target.bytes, length, timestamp);
        int i = found < 0 ? ~found : found;
        // The gap to start from: before the entry itself, or behind it.
        if (found >= 0 && inclusive != forward && timestampAt(page, i) == timestamp) {
            i++;
        }
        final int result = forward ? toSlot(i, waiter) : backFrom(i, waiter);
        if (result == FOUND) {
            check(length, timestamp, forward, inclusive);
        }
        return result;
    }

    /** Goes to the tree's very last entry. */
    public int seekLast(Waiter waiter) {
        start();
        if (tree.root().isEmpty()) {
            return END;
        }
        if (!descendEdge(height, false, waiter)) {
            return WAIT;
        }
        return backFrom(leafCount, waiter);
    }

    /** One entry on; as {@link #seek} answers. */
    public int next(Waiter waiter) {
        reenter();
        final int i = slot[0] + 1;
        if (i < leafCount && (pages.peek(no[0], frame[0]) == frame[0])) {
            load(i);
            return FOUND;
        }
        if (!refetchLeaf(waiter)) {
            return lost(WAIT);
        }
        return toSlot(i, waiter);
    }

    /** One entry back; as {@link #seek} answers. */
    public int previous(Waiter waiter) {
        reenter();
        if (!refetchLeaf(waiter)) {
            return lost(WAIT);
        }
        return backFrom(slot[0], waiter);
    }

    /** Holds the key of the entry, from 0 on. The cursor's own; overwritten by the next step. */
    public MemorySegment keyMemory() {
        return key.bytes;
    }

    public int keyLength() {
        return key.length;
    }

    /** Commit timestamp; {@link LeafPage#BARE} when the leaf holds none. */
    public long timestamp() {
        return KeyCells.timestamp(memory, cell, header, LeafPage.BARE);
    }

    /** One of {@link site.js0.jdb.layout.EntryKind}. */
    public int kind() {
        return KeyCells.kind(header);
    }

    /** In {@link Tree#memory()}. */
    public long valueOffset() {
        return cell + lead;
    }

    public int valueLength() {
        return cellBytes - lead;
    }

    private void start() {
        height = tree.root().level();
        no[height] = tree.root().pageNo();
        crc[height] = tree.root().crc();
        epoch = tree.epoch();
        placed = false;
        prefetch.restart();
    }

    private void reenter() {
        if (!placed || epoch != tree.epoch()) {
            throw new JdbException(
                    new JdbError.Internal(
                            "a cursor was stepped that stands nowhere; it must seek first"));
        }
    }

    private int lost(int answer) {
        placed = false;
        return answer;
    }

    private long leaf() {
        return (long) frame[0] * PageHeader.PAGE_BYTES;
    }

    private long timestampAt(long page, int i) {
        final long at = LeafPage.cell(memory, page, leafCount, i);
        return KeyCells.timestamp(memory, at, KeyCells.headerAt(memory, at), LeafPage.BARE);
    }

    /**
     * Fetches the page of a level; from the root down its parent's frame is still in {@link
     * #frame}.
     */
    private boolean fetch(int level, int hint, Waiter waiter) {
        final int found = pages.fetch(no[level], crc[level], hint, waiter);
        if (found == PageSpace.NONE) {
            return false;
        }
        if (found != hint
                || PageHeader.crc(memory, (long) found * PageHeader.PAGE_BYTES) != crc[level]) {
            if (level == height) {
                tree.arrive(found, no[level], crc[level], level, 0, PageSpace.NONE, 0);
            } else {
                tree.arrive(
                        found,
                        no[level],
                        crc[level],
                        level,
                        no[level + 1],
                        frame[level + 1],
                        slot[level + 1]);
            }
        }
        frame[level] = found;
        return true;
    }

    private boolean fetchRoot(Waiter waiter) {
        final int found = tree.fetchRoot(waiter);
        frame[height] = found;
        return found != PageSpace.NONE;
    }

    /** From the root down to the leaf whose range the target falls into. */
    private boolean descend(int from, long timestamp, Waiter waiter) {
        if (!fetchRoot(waiter)) {
            return false;
        }
        for (int level = from; level > 0; level--) {
            final long page = (long) frame[level] * PageHeader.PAGE_BYTES;
            slot[level] = InnerPage.child(memory, page, target.bytes, target.length, timestamp);
            if (!step(level, page, waiter)) {
                return false;
            }
        }
        enterLeaf();
        return true;
    }

    /** From a level whose page was just fetched (the root: which is fetched here) down one edge. */
    private boolean descendEdge(int from, boolean first, Waiter waiter) {
        if (from == height && !fetchRoot(waiter)) {
            return false;
        }
        for (int level = from; level > 0; level--) {
            final long page = (long) frame[level] * PageHeader.PAGE_BYTES;
            slot[level] = first ? 0 : PageHeader.count(memory, page) - 1;
            if (!step(level, page, waiter)) {
                return false;
            }
        }
        enterLeaf();
        return true;
    }

    /** From the page of {@code level} to the child in its slot. */
    private boolean step(int level, long page, Waiter waiter) {
        final long ref = InnerPage.ref(page, slot[level]);
        no[level - 1] = InnerPage.childNo(memory, ref);
        crc[level - 1] = InnerPage.childCrc(memory, ref);
        return fetch(level - 1, InnerPage.hint(memory, ref), waiter);
    }

    private void enterLeaf() {
        final long page = leaf();
        leafCount = PageHeader.count(memory, page);
        leafPrefix = -1;
    }

    private boolean refetchLeaf(Waiter waiter) {
        if (pages.peek(no[0], frame[0]) == frame[0]) {
            return true;
        }
        return refetch(0, waiter);
    }

    /** Fetches a page of the path again; its parent is not looked at, for it may be gone. */
    private boolean refetch(int level, Waiter waiter) {
        final int found = pages.fetch(no[level], crc[level], frame[level], waiter);
        if (found == PageSpace.NONE) {
            return false;
        }
        if (found != frame[level]) {
            tree.visit(found, no[level], crc[level], level);
            frame[level] = found;
        }
        return true;
    }

    private int toSlot(int i, Waiter waiter) {
        if (i < leafCount) {
            load(i);
            return FOUND;
        }
        rememberEnd(leafCount - 1);
        final int moved = neighbour(true, waiter);
        if (moved != FOUND) {
            return lost(moved);
        }
        load(0);
        if (last.compareTo(key) > 0) {
            throw disorder();
        }
        return FOUND;
    }

    private int backFrom(int i, Waiter waiter) {
        if (i > 0) {
            load(i - 1);
            return FOUND;
        }
        rememberEnd(0);
        final int moved = neighbour(false, waiter);
        if (moved != FOUND) {
            return lost(moved);
        }
        load(leafCount - 1);
        if (last.compareTo(key) < 0) {
            throw disorder();
        }
        return FOUND;
    }

    /** Keeps the key at the end it leaves, so that keys of the next leaf can be held against it. */
    private void rememberEnd(int i) {
        last.length = LeafPage.copyKey(memory, leaf(), i, last.bytes);
    }

    /** The path moves to the next or previous leaf. */
    private int neighbour(boolean forward, Waiter waiter) {
        for (int level = 1; level <= height; level++) {
            if (!refetch(level, waiter)) {
                return WAIT;
            }
            final long page = (long) frame[level] * PageHeader.PAGE_BYTES;
            final int to = slot[level] + (forward ? 1 : -1);
            if (to < 0 || to >= PageHeader.count(memory, page)) {
                continue;
            }
            slot[level] = to;
            if (!step(level, page, waiter)) {
                return WAIT;
            }
            if (level > 1 && !descendEdge(level - 1, forward, waiter)) {
                return WAIT;
            }
            enterLeaf();
            prefetch.leafEntered(no, frame, slot, height, forward);
            return FOUND;
        }
        return END;
    }

    /** Reads entry {@code i} of the leaf. */
    private void load(int i) {
        final long page = leaf();
        final int n = leafCount;
        if (leafPrefix < 0) {
            leafPrefix = LeafPage.prefix(memory, page);
            key.length = LeafPage.copyKey(memory, page, i, key.bytes);
        } else {
            key.length =
                    KeyCells.copySuffix(
                            memory, page, LeafPage.heads(page), n, leafPrefix, i, key.bytes);
        }
        cell = LeafPage.cell(memory, page, n, i);
        cellBytes = (int) (page + LeafPage.offset(memory, page, n, i + 1) - cell);
        header = KeyCells.headerAt(memory, cell);
        lead = KeyCells.lead(header);
        slot[0] = i;
        placed = true;
    }

    /** What a seek found lies where it was asked to: else resuming from it could go in circles. */
    private void check(int length, long timestamp, boolean forward, boolean inclusive) {
        int order = key.compareTo(target.bytes, 0, length);
        if (order == 0) {
            order = Long.compareUnsigned(timestamp, timestamp());
        }
        if (order == 0 ? !inclusive : order > 0 != forward) {
            throw disorder();
        }
    }

    private JdbException disorder() {
        placed = false;
        return PageVisits.corrupt(
                pages.vnode(), no[0], "the keys of a leaf lie within its parent's separators");
    }
}
