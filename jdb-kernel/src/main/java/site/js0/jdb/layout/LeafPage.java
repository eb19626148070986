package site.js0.jdb.layout;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A leaf of the tree: entries in order, written once. {@link PageHeader} of type 1, level 0, then
 * {@link KeyCells}, little-endian.
 *
 * <pre>
 *  offset   size      field    rule
 *       0   24        header   count n = 1..508; typeUse: bits 0-10 prefix length p,
 *                              bit 15 some entry has a timestamp, the others zero
 *      24   4n        heads
 *  24+ 4n   2(n+1)    offsets
 *  26+ 6n   p         prefix
 *  26+ 6n+p           cells    payload: a value of 0..1024 bytes, 16 bytes of {@link ValPtr},
 *                              or nothing (tombstone); kind is one of {@link EntryKind}
 * </pre>
 *
 * <p>An entry without timestamp is visible to every reader and is its key's last version.
 *
 * <p>Stateless; owner: holder of the shard. A page must have passed {@link #broken} once before the
 * other methods read it.
 */
public final class LeafPage {
    /** Timestamp of an entry that carries none: older than all. */
    public static final long BARE = 0;

    private static final int PREFIX_MASK = KeyCells.SUFFIX_MAX;
    private static final int TIMED = 1 << 15;

    private LeafPage() {}

    /** {@code typeUse} of the header. */
    public static int typeUse(int prefix, boolean timed) {
        return prefix | (timed ? TIMED : 0);
    }

    /** Page bytes that are no entry's: header and the closing offset. */
    public static int fixedBytes() {
        return PageHeader.BYTES + KeyCells.OFFSET_BYTES;
    }

    /** Length of the common prefix. */
    public static int prefix(MemorySegment memory, long page) {
        return PageHeader.typeUse(memory, page) & PREFIX_MASK;
    }

    /** True when some entry has a timestamp. */
    public static boolean timed(MemorySegment memory, long page) {
        return (PageHeader.typeUse(memory, page) & TIMED) != 0;
    }

    /** Where the heads lie. */
    public static long heads(long page) {
        return page + PageHeader.BYTES;
    }

    /** Offset of entry {@code i}'s cell in the page; of the cells' end when {@code i == n}. */
    public static int offset(MemorySegment memory, long page, int n, int i) {
        return KeyCells.offset(memory, heads(page), n, i);
    }

    /** Where the cell of entry {@code i} lies in {@code memory}. */
    public static long cell(MemorySegment memory, long page, int n, int i) {
        return page + KeyCells.offset(memory, heads(page), n, i);
    }

    /** Bytes in use. */
    public static int usedBytes(MemorySegment memory, long page) {
        final int n = PageHeader.count(memory, page);
        return offset(memory, page, n, n);
    }

    /**
     * Writes the key of entry {@code i} to {@code to} at 0, zeros behind it; answers its length.
     */
    public static int copyKey(MemorySegment memory, long page, int i, MemorySegment to) {
        final int n = PageHeader.count(memory, page);
        return KeyCells.copyKey(memory, page, heads(page), n, prefix(memory, page), i, to);
    }

    /**
     * The first entry not before ({@code key}, {@code timestamp}): that is, the newest version of
     * the key at or below the timestamp, or an entry of a greater key, or none.
     *
     * @param key at 0, followed by {@link KeyCells#PAD_BYTES} zeros
     * @return its index when it is of that very key, else {@code ~index}; {@code ~n} for none
     */
    public static int find(
            MemorySegment memory, long page, MemorySegment key, int keyLength, long timestamp) {
        final int n = PageHeader.count(memory, page);
        final int prefix = prefix(memory, page);
        final long heads = page + PageHeader.BYTES;
        if (prefix > 0) {
            final int order =
                    KeyCells.comparePrefix(
                            memory, KeyCells.prefixAt(heads, n), prefix, key, keyLength);
            if (order != 0) {
                return order < 0 ? ~0 : ~n;
            }
        }
        final int head = key.get(KeyCells.BE_INT, prefix);
        final int low = KeyCells.lowerHead(memory, heads, 0, n, head);
        if (low == n
                || memory.get(KeyCells.BE_INT, heads + (long) KeyCells.HEAD_BYTES * low) != head) {
            return ~low;
        }
        final int high = KeyCells.afterHead(memory, heads, low, n, head);
        return findEqualHeads(memory, page, n, low, high, key, keyLength, prefix, timestamp);
    }

    private static int findEqualHeads(
            MemorySegment memory,
            long page,
            int n,
            int from,
            int to,
            MemorySegment key,
            int keyLength,
            int prefix,
            long timestamp) {
        final long heads = page + PageHeader.BYTES;
        int low = from;
        int high = to;
        boolean same = false;
        while (low < high) {
            final int mid = low + high >>> 1;
            final long cell = page + KeyCells.offset(memory, heads, n, mid);
            final int header = KeyCells.headerAt(memory, cell);
            final int order =
                    KeyCells.compareRest(
                            memory, cell, KeyCells.suffixLength(header), key, keyLength, prefix);
            if (order < 0) {
                low = mid + 1;
            } else if (order == 0
                    && Long.compareUnsigned(
                                    KeyCells.timestamp(memory, cell, header, BARE), timestamp)
                            > 0) {
                low = mid + 1; // a version newer than asked for
            } else {
                high = mid;
                same = order == 0; // the entry that ends up at low is the last that came here
            }
        }
        return same ? low : ~low;
    }

    /** The first rule of the format that the page breaks, or null. Header fields first. */
    public static @Nullable String broken(MemorySegment memory, long page) {
        final int n = PageHeader.count(memory, page);
        final int use = PageHeader.typeUse(memory, page);
        final int prefix = use & PREFIX_MASK;
        if (PageHeader.type(memory, page) != PageHeader.TYPE_LEAF) {
            return "a leaf has type 1";
        }
        if (PageHeader.level(memory, page) != 0) {
            return "a leaf has level 0";
        }
        if (n == 0 || n > TreeLimits.CELLS_MAX) {
            return "a leaf has 1 to 508 entries";
        }
        if ((use & ~(PREFIX_MASK | TIMED)) != 0 || prefix > TreeLimits.KEY_BYTES_MAX) {
            return "typeUse is a prefix length and the timestamp flag";
        }
        final String rule = KeyCells.broken(memory, page, heads(page), n, prefix, true);
        if (rule != null) {
            return rule;
        }
        int headers = 0;
        for (int i = 0; i < n; i++) {
            headers |= KeyCells.headerAt(memory, cell(memory, page, n, i));
        }
        return KeyCells.timed(headers) == ((use & TIMED) != 0)
                ? null
                : "the timestamp flag says what the entries have";
    }
}
