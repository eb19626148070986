package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import site.js0.jdb.comm.Bytes;

/**
 * A node of a memtable's B+ tree as it lies in the region; in memory only, native byte order. A
 * node is named by its offset in the region, a multiple of 64; where four bytes name one they hold
 * offset / 64.
 *
 * <pre>
 *  offset size field     rule
 *       0    2 count     entries (leaf), separators (inner; it has one child more)
 *       2    2 prefix    bytes that all keys in the node begin with; the heads leave them out
 *       4    1 checked   1: a key may come by that does not begin with the prefix
 *       6    2 run       leaf: how many of the last puts each followed the one before it
 *       8    4 next      leaf: the leaf after it, or NONE
 *      12    4 previous  leaf: the leaf before it, or NONE
 *      16 12*C entries   of each entry or separator, in order:
 *            8   head    63 bits of the key after the prefix, big-endian, filled up with zeros
 *            4   record  offset / 4; of a separator: the first record right of it
 * 16+12*C  4*(C+1)       inner only: the children
 * </pre>
 *
 * <p>A search looks at heads alone and reads a record only where heads are equal, for a record is a
 * cache miss. The prefix makes heads differ where keys share their beginnings (all keys of a table
 * share its id). Heads are counted one after the other and not halved: a cold leaf's lines are then
 * fetched together, where each step of a halving would wait for one, and no branch is guessed
 * wrong. Separator i is the least entry that child i + 1 may hold, by (key, timestamp descending),
 * as is every order here.
 *
 * <p>Invariants: (1) all keys in a node begin with its prefix; (2) unless checked, so does every
 * key that a descent can bring here, since it lies between two separators that share it; (3)
 * entries ascend strictly.
 */
final class MemtableNode {
    /** Entries of a leaf and separators of an inner node, at most. */
    static final int CAPACITY = 64;

    /** No neighbour. */
    static final long NONE = -1;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    static final int ALIGNMENT = 64;
    private static final int NODE_SHIFT = 6;
    private static final int RECORD_SHIFT = 2;
    private static final int REF_NONE = -1;

    private static final long COUNT = 0;
    private static final long PREFIX = 2;
    private static final long CHECKED = 4;
    private static final long RUN = 6;
    private static final long NEXT = 8;
    private static final long PREVIOUS = 12;
    private static final long ENTRIES = 16;
    private static final int ENTRY_BYTES = 12;
    private static final long ENTRY_RECORD = 8;
    private static final long CHILDREN = ENTRIES + ENTRY_BYTES * CAPACITY;

    static final int LEAF_BYTES = (int) (CHILDREN + ALIGNMENT - 1) & -ALIGNMENT;
    static final int INNER_BYTES =
            (int) (CHILDREN + Integer.BYTES * (CAPACITY + 1) + ALIGNMENT - 1) & -ALIGNMENT;

    static {
        assert 1 << NODE_SHIFT == ALIGNMENT;
        assert 1 << RECORD_SHIFT == MemtableRecord.ALIGNMENT;
    }

    private MemtableNode() {}

    /** Makes an empty node without neighbours. */
    static void init(MemorySegment memory, long node, int prefix, boolean checked) {
        memory.set(SHORT, node + COUNT, (short) 0);
        memory.set(SHORT, node + PREFIX, (short) prefix);
        setChecked(memory, node, checked);
        memory.set(SHORT, node + RUN, (short) 0);
        memory.set(INT, node + NEXT, REF_NONE);
        memory.set(INT, node + PREVIOUS, REF_NONE);
    }

    static int count(MemorySegment memory, long node) {
        return memory.get(SHORT, node + COUNT);
    }

    private static void setCount(MemorySegment memory, long node, int count) {
        memory.set(SHORT, node + COUNT, (short) count);
    }

    static int prefix(MemorySegment memory, long node) {
        return memory.get(SHORT, node + PREFIX);
    }

    static boolean checked(MemorySegment memory, long node) {
        return memory.get(BYTE, node + CHECKED) != 0;
    }

    static void setChecked(MemorySegment memory, long node, boolean checked) {
        memory.set(BYTE, node + CHECKED, (byte) (checked ? 1 : 0));
    }

    static int run(MemorySegment memory, long leaf) {
        return memory.get(SHORT, leaf + RUN);
    }

    static void setRun(MemorySegment memory, long leaf, int run) {
        memory.set(SHORT, leaf + RUN, (short) run);
    }

    static long next(MemorySegment memory, long leaf) {
        return neighbour(memory.get(INT, leaf + NEXT));
    }

    static void setNext(MemorySegment memory, long leaf, long next) {
        memory.set(INT, leaf + NEXT, next == NONE ? REF_NONE : (int) (next >>> NODE_SHIFT));
    }

    static long previous(MemorySegment memory, long leaf) {
        return neighbour(memory.get(INT, leaf + PREVIOUS));
    }

    static void setPrevious(MemorySegment memory, long leaf, long previous) {
        memory.set(
                INT,
                leaf + PREVIOUS,
                previous == NONE ? REF_NONE : (int) (previous >>> NODE_SHIFT));
    }

    private static long neighbour(int ref) {
        return ref == REF_NONE ? NONE : Integer.toUnsignedLong(ref) << NODE_SHIFT;
    }

    private static long entry(long node, int at) {
        return node + ENTRIES + (long) at * ENTRY_BYTES;
    }

    static long head(MemorySegment memory, long node, int at) {
        return memory.get(LONG, entry(node, at));
    }

    private static void setHead(MemorySegment memory, long node, int at, long record, int prefix) {
        memory.set(LONG, entry(node, at), MemtableRecord.headAfter(memory, record, prefix));
    }

    /** The record of entry {@code at}, or the one that separator {@code at} is made of. */
    static long record(MemorySegment memory, long node, int at) {
        return Integer.toUnsignedLong(memory.get(INT, entry(node, at) + ENTRY_RECORD))
                << RECORD_SHIFT;
    }

    static void setRecord(MemorySegment memory, long node, int at, long record) {
        memory.set(INT, entry(node, at) + ENTRY_RECORD, (int) (record >>> RECORD_SHIFT));
    }

    static long child(MemorySegment memory, long node, int at) {
        return Integer.toUnsignedLong(memory.get(INT, node + CHILDREN + (long) at * Integer.BYTES))
                << NODE_SHIFT;
    }

    static void setChild(MemorySegment memory, long node, int at, long child) {
        memory.set(INT, node + CHILDREN + (long) at * Integer.BYTES, (int) (child >>> NODE_SHIFT));
    }

    /**
     * The first entry of {@code leaf} at or after (key, timestamp), its count when there is none;
     * or the child of an inner node where (key, timestamp) belongs.
     *
     * @param bias 0 in a leaf, 1 in an inner node: there an equal separator is left behind
     */
    static int search(
            MemorySegment memory,
            long node,
            MemorySegment key,
            long keyOffset,
            int keyLength,
            long timestamp,
            int bias) {
        final int count = count(memory, node);
        final int prefix = prefix(memory, node);
        if (checked(memory, node) && count > 0) {
            final int order = comparePrefix(memory, node, prefix, key, keyOffset, keyLength);
            if (order != 0) {
                return order < 0 ? 0 : count;
            }
        }
        final long head = MemtableRecord.head(key, keyOffset + prefix, keyLength - prefix);
        final int at = headsBelow(memory, node, count, head);
        if (at == count || head(memory, node, at) != head) {
            return at;
        }
        return searchRun(
                memory, node, at, count, prefix, head, key, keyOffset, keyLength, timestamp, bias);
    }

    /**
     * Below 0, 0 or above 0 as the key is before, among or after all keys that begin with the
     * node's prefix.
     */
    private static int comparePrefix(
            MemorySegment memory,
            long node,
            int prefix,
            MemorySegment key,
            long keyOffset,
            int keyLength) {
        final long first = MemtableRecord.keyOffset(record(memory, node, 0));
        return Bytes.compare(key, keyOffset, Math.min(keyLength, prefix), memory, first, prefix);
    }

    /** How many of the heads are below {@code head}: the first entry that isn't. */
    private static int headsBelow(MemorySegment memory, long node, int count, long head) {
        int below = 0;
        for (int i = 0; i < count; i++) {
            // Heads have 63 bits, so the difference has its sign where it is negative, and only
            // there.
            below += (int) ((memory.get(LONG, entry(node, i)) - head) >>> 63);
        }
        return below;
    }

    /** Decides among the entries from {@code from} on that have this head, by their records. */
    private static int searchRun(
            MemorySegment memory,
            long node,
            int from,
            int count,
            int prefix,
            long head,
            MemorySegment key,
            long keyOffset,
            int keyLength,
            long timestamp,
            int bias) {
        int low = from;
        int high = count;
        // Runs are mostly of one: look at the first before halving.
        int middle = from;
        while (low < high) {
            if (head(memory, node, middle) == head
                    && Integer.signum(
                                            MemtableRecord.compare(
                                                    key,
                                                    keyOffset,
                                                    keyLength,
                                                    timestamp,
                                                    memory,
                                                    record(memory, node, middle),
                                                    prefix))
                                    + bias
                            > 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
            middle = (low + high) >>> 1;
        }
        return low;
    }

    /**
     * False when the heads alone tell that entry {@code at} of the leaf has another key than this.
     */
    static boolean headEquals(
            MemorySegment memory,
            long leaf,
            int at,
            MemorySegment key,
            long keyOffset,
            int keyLength) {
        final int rest = keyLength - prefix(memory, leaf);
        return rest >= 0
                && head(memory, leaf, at)
                        == MemtableRecord.head(key, keyOffset + keyLength - rest, rest);
    }

    /**
     * Makes room at {@code at} and puts the record there. The node isn't full and its prefix fits
     * the key.
     */
    static void insert(MemorySegment memory, long node, int at, long record) {
        final int count = count(memory, node);
        assert count < CAPACITY;
        assert at >= 0 && at <= count;
        final int moved = count - at;
        if (moved > 0) {
            moveWithin(memory, node + ENTRIES, at, at + 1, moved, ENTRY_BYTES);
        }
        setHead(memory, node, at, record, prefix(memory, node));
        setRecord(memory, node, at, record);
        setCount(memory, node, count + 1);
    }

    /**
     * Puts the first record in; the prefix is what its key shares with that of {@code like}, a
     * neighbour.
     */
    static void start(MemorySegment memory, long node, long record, long like) {
        assert count(memory, node) == 0;
        setPrefix(memory, node, MemtableRecord.commonPrefix(memory, record, like));
        setChecked(memory, node, true);
        insert(memory, node, 0, record);
    }

    /** Puts a separator at {@code at} and its right child behind it. */
    static void insertChild(MemorySegment memory, long node, int at, long separator, long child) {
        final int moved = count(memory, node) - at;
        moveWithin(memory, node + CHILDREN, at + 1, at + 2, moved, Integer.BYTES);
        setChild(memory, node, at + 1, child);
        insert(memory, node, at, separator);
    }

    private static void moveWithin(
            MemorySegment memory, long array, int from, int to, int count, int size) {
        MemorySegment.copy(
                memory,
                array + (long) from * size,
                memory,
                array + (long) to * size,
                (long) count * size);
    }

    /** Moves the entries of a leaf from {@code from} on to the empty leaf {@code right}. */
    static void moveEntries(MemorySegment memory, long node, int from, long right) {
        final int moved = count(memory, node) - from;
        copyAcross(memory, node + ENTRIES, from, right + ENTRIES, moved, ENTRY_BYTES);
        setCount(memory, right, moved);
        setCount(memory, node, from);
    }

    /**
     * Moves the separators of an inner node after {@code at} to the empty node {@code right}, and
     * the children right of {@code at}; separator {@code at} itself is in neither then.
     *
     * @return the record of separator {@code at}
     */
    static long moveChildren(MemorySegment memory, long node, int at, long right) {
        final long separator = record(memory, node, at);
        final int children = count(memory, node) - at;
        copyAcross(memory, node + CHILDREN, at + 1, right + CHILDREN, children, Integer.BYTES);
        moveEntries(memory, node, at + 1, right);
        setCount(memory, node, at);
        return separator;
    }

    private static void copyAcross(
            MemorySegment memory, long array, int from, long to, int count, int size) {
        MemorySegment.copy(memory, array + (long) from * size, memory, to, (long) count * size);
    }

    /**
     * Lets the prefix shrink until {@code record}, about to come in, begins with it; no other may
     * come in.
     */
    static void admit(MemorySegment memory, long node, long record) {
        if (!checked(memory, node)) {
            return;
        }
        if (count(memory, node) == 0) {
            setPrefix(memory, node, MemtableRecord.keyLength(memory, record));
            return;
        }
        final int prefix = prefix(memory, node);
        final int common = MemtableRecord.commonPrefix(memory, record(memory, node, 0), record);
        if (common < prefix) {
            setPrefix(memory, node, common);
        }
    }

    /**
     * Sets {@code checked} after a split, and lengthens the prefix if the heads tell too few
     * entries apart.
     *
     * @param low the separator left of the node, or NONE
     * @param high the separator right of it, or NONE
     */
    static void settle(MemorySegment memory, long node, long low, long high) {
        final boolean bounded = low != NONE && high != NONE;
        // What two separators share, every key between them has too.
        final int shared = bounded ? MemtableRecord.commonPrefix(memory, low, high) : 0;
        if (alike(memory, node)) {
            final int count = count(memory, node);
            final int longest =
                    bounded
                            ? shared
                            : MemtableRecord.commonPrefix(
                                    memory,
                                    record(memory, node, 0),
                                    record(memory, node, count - 1));
            if (longest > prefix(memory, node)) {
                setPrefix(memory, node, longest);
            }
        }
        setChecked(memory, node, prefix(memory, node) > shared);
    }

    /** True when a quarter of the entries have the head of the one before. */
    private static boolean alike(MemorySegment memory, long node) {
        final int count = count(memory, node);
        int same = 0;
        for (int i = 1; i < count; i++) {
            if (head(memory, node, i - 1) == head(memory, node, i)) {
                same++;
            }
        }
        return same > count / 4;
    }

    /** Changes the prefix and works the heads out again. */
    private static void setPrefix(MemorySegment memory, long node, int prefix) {
        memory.set(SHORT, node + PREFIX, (short) prefix);
        final int count = count(memory, node);
        for (int i = 0; i < count; i++) {
            setHead(memory, node, i, record(memory, node, i), prefix);
        }
    }
}
