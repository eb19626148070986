package site.js0.jdb.tablet;

import static site.js0.jdb.tablet.MemtableNode.CAPACITY;
import static site.js0.jdb.tablet.MemtableNode.INNER_BYTES;
import static site.js0.jdb.tablet.MemtableNode.LEAF_BYTES;
import static site.js0.jdb.tablet.MemtableNode.NONE;

import java.lang.foreign.MemorySegment;

/**
 * The B+ tree over a memtable's records: finds the leaf an entry belongs in and makes room there.
 * Its nodes are taken from the region's end downwards and given back all at once. Entries are never
 * removed, so nodes never merge.
 *
 * <p>A put is {@link #descend} (or {@link #descendLast}), {@link #bytesToInsert} and, if so many
 * bytes are free, {@link #insert}: the way down is kept between them. Owner: the memtable.
 */
final class MemtableTree {
    /** Inner nodes are split in the middle: all but the root have at least so many children. */
    private static final int CHILDREN_MIN = CAPACITY / 2;

    /** Levels of inner nodes at most. */
    private static final int HEIGHT_MAX = 7;

    /** After so many entries put at a leaf's end in a row, it is left full when it is split. */
    private static final int RUN_MIN = CAPACITY / 4;

    static {
        assert Math.pow(CHILDREN_MIN, HEIGHT_MAX - 1) > (double) Memtable.BYTES_MAX / LEAF_BYTES;
    }

    private final MemorySegment memory;
    private final long capacity;

    private long root;
    private long firstLeaf;
    private long lastLeaf;

    /** Levels of inner nodes above the leaves. */
    private int height;

    private long leafCount;
    private long innerCount;
    private long bottom;

    /**
     * The way down of the present put: at each level above 0, the leaves', the node and which child
     * was taken.
     */
    private final long[] pathNode = new long[HEIGHT_MAX + 1];

    private final int[] pathChild = new int[HEIGHT_MAX + 1];

    MemtableTree(MemorySegment memory) {
        this.memory = memory;
        this.capacity = memory.byteSize() & -MemtableNode.ALIGNMENT;
        clear();
    }

    /** One empty leaf is left. */
    void clear() {
        bottom = capacity;
        height = 0;
        leafCount = 0;
        innerCount = 0;
        root = newLeaf(0, true);
        firstLeaf = root;
        lastLeaf = root;
    }

    /** Offset of the lowest node: what is below is free for records. */
    long bottom() {
        return bottom;
    }

    /** Where nodes begin that were taken first; a few bytes less than the region has. */
    long capacity() {
        return capacity;
    }

    int height() {
        return height;
    }

    long root() {
        return root;
    }

    long firstLeaf() {
        return firstLeaf;
    }

    long lastLeaf() {
        return lastLeaf;
    }

    /** The leaf where (key, timestamp) belongs. */
    long leafOf(MemorySegment key, long keyOffset, int keyLength, long timestamp) {
        long node = root;
        for (int level = height; level > 0; level--) {
            node =
                    MemtableNode.child(
                            memory,
                            node,
                            MemtableNode.search(
                                    memory, node, key, keyOffset, keyLength, timestamp, 1));
        }
        return node;
    }

    /** {@link #leafOf} for a put. */
    long descend(MemorySegment key, long keyOffset, int keyLength, long timestamp) {
        long node = root;
        for (int level = height; level > 0; level--) {
            final int child =
                    MemtableNode.search(memory, node, key, keyOffset, keyLength, timestamp, 1);
            pathNode[level] = node;
            pathChild[level] = child;
            node = MemtableNode.child(memory, node, child);
        }
        return node;
    }

    /** {@link #descend} to the last leaf; only needed when that is full. */
    void descendLast() {
        long node = root;
        for (int level = height; level > 0; level--) {
            final int child = MemtableNode.count(memory, node);
            pathNode[level] = node;
            pathChild[level] = child;
            node = MemtableNode.child(memory, node, child);
        }
        assert node == lastLeaf;
    }

    /** Bytes of new nodes that an {@link #insert} at the end of the present path takes. */
    long bytesToInsert(long leaf) {
        if (MemtableNode.count(memory, leaf) < CAPACITY) {
            return 0;
        }
        int level = 1;
        while (level <= height && MemtableNode.count(memory, pathNode[level]) == CAPACITY) {
            level++;
        }
        final int innerSplits = level - 1;
        final int newRoots = level > height ? 1 : 0;
        return LEAF_BYTES + (long) (innerSplits + newRoots) * INNER_BYTES;
    }

    /** Bytes of new nodes that so many inserts take at most: each may split a leaf. */
    long bytesToInsertMax(long entries) {
        final long inner = innerCountMax(leafCount + entries) - innerCount;
        return entries * LEAF_BYTES + Math.max(0, inner) * INNER_BYTES;
    }

    /** Inner nodes that a tree of so many leaves has at most. */
    private static long innerCountMax(long leaves) {
        long sum = 0;
        long level = leaves;
        while (level > 1) {
            // A level has CHILDREN_MIN children for each of its nodes, or is the root alone.
            level = Math.max(1, level / CHILDREN_MIN);
            sum += level;
        }
        return sum;
    }

    /**
     * Puts the record at {@code at} of the leaf at the end of the present path; space for it has
     * been seen to.
     */
    void insert(long leaf, int at, long record) {
        final int count = MemtableNode.count(memory, leaf);
        if (count < CAPACITY) {
            final int run =
                    at == count ? Math.min(MemtableNode.run(memory, leaf) + 1, CAPACITY) : 0;
            MemtableNode.setRun(memory, leaf, run);
            MemtableNode.admit(memory, leaf, record);
            MemtableNode.insert(memory, leaf, at, record);
            return;
        }
        final long low = lowFence(0);
        final long high = highFence(0);
        final long right = split(leaf, at, record);
        final long separator = MemtableNode.record(memory, right, 0);
        MemtableNode.settle(memory, leaf, low, separator);
        MemtableNode.settle(memory, right, separator, high);
        insertChild(separator, leaf, right);
    }

    /** Splits a full leaf and puts the record in one of the halves; answers the right one. */
    private long split(long leaf, int at, long record) {
        // Where entries come in ascending order the left half would stay half empty: leave it full.
        final boolean ascending =
                at == CAPACITY && (leaf == lastLeaf || MemtableNode.run(memory, leaf) >= RUN_MIN);
        final int middle = ascending ? CAPACITY : CAPACITY / 2;
        final long right =
                newLeaf(MemtableNode.prefix(memory, leaf), MemtableNode.checked(memory, leaf));
        link(leaf, right);
        MemtableNode.setRun(memory, leaf, 0);
        if (ascending) {
            MemtableNode.start(
                    memory, right, record, MemtableNode.record(memory, leaf, CAPACITY - 1));
            return right;
        }
        MemtableNode.moveEntries(memory, leaf, middle, right);
        final long target = at < middle ? leaf : right;
        MemtableNode.admit(memory, target, record);
        MemtableNode.insert(memory, target, at < middle ? at : at - middle, record);
        return right;
    }

    private void link(long leaf, long right) {
        final long next = MemtableNode.next(memory, leaf);
        MemtableNode.setNext(memory, right, next);
        MemtableNode.setPrevious(memory, right, leaf);
        MemtableNode.setNext(memory, leaf, right);
        if (next == NONE) {
            lastLeaf = right;
        } else {
            MemtableNode.setPrevious(memory, next, right);
        }
    }

    /** Enters {@code right}, split off {@code left}, in the inner nodes along the path. */
    private void insertChild(long leafSeparator, long leaf, long leafRight) {
        long separator = leafSeparator;
        long left = leaf;
        long right = leafRight;
        for (int level = 1; level <= height; level++) {
            final long node = pathNode[level];
            final int at = pathChild[level];
            if (MemtableNode.count(memory, node) < CAPACITY) {
                MemtableNode.admit(memory, node, separator);
                MemtableNode.insertChild(memory, node, at, separator, right);
                return;
            }
            final long low = lowFence(level);
            final long high = highFence(level);
            final int middle = CAPACITY / 2;
            final long half =
                    newInner(MemtableNode.prefix(memory, node), MemtableNode.checked(memory, node));
            final long up = MemtableNode.moveChildren(memory, node, middle, half);
            final long target = at <= middle ? node : half;
            MemtableNode.admit(memory, target, separator);
            MemtableNode.insertChild(
                    memory, target, at <= middle ? at : at - middle - 1, separator, right);
            MemtableNode.settle(memory, node, low, up);
            MemtableNode.settle(memory, half, up, high);
            separator = up;
            left = node;
            right = half;
        }
        grow(separator, left, right);
    }

    private void grow(long separator, long left, long right) {
        assert left == root;
        height++;
        assert height <= HEIGHT_MAX;
        root = newInner(0, true);
        MemtableNode.setChild(memory, root, 0, left);
        MemtableNode.setChild(memory, root, 1, right);
        MemtableNode.start(memory, root, separator, MemtableNode.record(memory, left, 0));
    }

    /**
     * The separator left of the path's node at {@code level}: no entry below it is there. NONE at
     * the left edge.
     */
    private long lowFence(int level) {
        for (int l = level + 1; l <= height; l++) {
            if (pathChild[l] > 0) {
                return MemtableNode.record(memory, pathNode[l], pathChild[l] - 1);
            }
        }
        return NONE;
    }

    /**
     * The separator right of the path's node at {@code level}: all entries there are below it. NONE
     * at the right edge.
     */
    private long highFence(int level) {
        for (int l = level + 1; l <= height; l++) {
            if (pathChild[l] < MemtableNode.count(memory, pathNode[l])) {
                return MemtableNode.record(memory, pathNode[l], pathChild[l]);
            }
        }
        return NONE;
    }

    private long newLeaf(int prefix, boolean checked) {
        bottom -= LEAF_BYTES;
        leafCount++;
        MemtableNode.init(memory, bottom, prefix, checked);
        return bottom;
    }

    private long newInner(int prefix, boolean checked) {
        bottom -= INNER_BYTES;
        innerCount++;
        MemtableNode.init(memory, bottom, prefix, checked);
        return bottom;
    }
}
