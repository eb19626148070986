package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * An inner page of the tree: n children and the n - 1 separators between them. {@link PageHeader}
 * of type 2, then child references, then {@link KeyCells} of the separators, little-endian.
 *
 * <pre>
 *  offset      size    field       rule
 *       0      24      header      count n = 1..169; level 1..31; typeUse: prefix length p
 *      24      16n     children    pageNo u64 (never 0), crc32c u32 of the child, hint u32
 *  24+16n      4(n-1)  heads       of separator 1..n-1
 *  20+20n      2n      offsets
 *  20+22n      p       prefix
 *  20+22n+p            cells       no payload; kind is 0
 * </pre>
 *
 * <p>Separator i stands between child i - 1 and child i: entries before it are in the children on
 * the left, it and those after it on the right. It is the shortest key that does so. It carries a
 * timestamp only where the versions of one key straddle two leaves: then versions with a greater
 * timestamp are on the left. Without one it stands before all versions of its key.
 *
 * <p>A hint is the frame the child was last seen in, plus 1; 0 means none. It is written only while
 * nobody reads the page's bytes for the device, is always 0 there, and so needs no care in
 * checksums.
 *
 * <p>Stateless; owner: holder of the shard. A page must have passed {@link #broken} once before the
 * other methods read it.
 */
public final class InnerPage {
    /** Timestamp of a separator that carries none: newer than all. */
    public static final long BARE = -1;

    public static final int REF_BYTES = 16;

    /** The most children: separators with nothing but their header. */
    public static final int CHILDREN_MAX =
            1
                    + (PageHeader.PAGE_BYTES - PageHeader.BYTES - REF_BYTES - KeyCells.OFFSET_BYTES)
                            / (REF_BYTES + KeyCells.SLOT_BYTES + KeyCells.HEADER_BYTES);

    private static final long REF_CRC = 8;
    private static final long REF_HINT = 12;

    static {
        assert CHILDREN_MAX == 169;
    }

    private InnerPage() {}

    /** Page bytes that are no separator's: header, the first child, the closing offset. */
    public static int fixedBytes() {
        return PageHeader.BYTES + REF_BYTES + KeyCells.OFFSET_BYTES;
    }

    /** Length of the prefix that all separators have. */
    public static int prefix(MemorySegment memory, long page) {
        return PageHeader.typeUse(memory, page);
    }

    /** Where the heads lie. */
    public static long heads(long page, int n) {
        return page + PageHeader.BYTES + (long) REF_BYTES * n;
    }

    /** Where the reference to child {@code i} lies. */
    public static long ref(long page, int i) {
        return page + PageHeader.BYTES + (long) REF_BYTES * i;
    }

    public static long childNo(MemorySegment memory, long ref) {
        return memory.get(LE_LONG, ref);
    }

    public static int childCrc(MemorySegment memory, long ref) {
        return memory.get(LE_INT, ref + REF_CRC);
    }

    /** The frame the child was last seen in, or -1. */
    public static int hint(MemorySegment memory, long ref) {
        return memory.get(LE_INT, ref + REF_HINT) - 1;
    }

    /** Only while {@code PageSpace.hintable}. */
    public static void setHint(MemorySegment memory, long ref, int frame) {
        memory.set(LE_INT, ref + REF_HINT, frame + 1);
    }

    /** Writes a reference without hint. */
    public static void setRef(MemorySegment memory, long ref, long childNo, int crc) {
        memory.set(LE_LONG, ref, childNo);
        memory.set(LE_INT, ref + REF_CRC, crc);
        memory.set(LE_INT, ref + REF_HINT, 0);
    }

    /** Bytes in use. */
    public static int usedBytes(MemorySegment memory, long page) {
        final int n = PageHeader.count(memory, page);
        return KeyCells.offset(memory, heads(page, n), n - 1, n - 1);
    }

    /** Where the cell of separator {@code i} (1..n-1) lies in {@code memory}. */
    public static long cell(MemorySegment memory, long page, int n, int i) {
        return page + KeyCells.offset(memory, heads(page, n), n - 1, i - 1);
    }

    /**
     * Writes the key of separator {@code i} (1..n-1) to {@code to} at 0, zeros behind it; answers
     * its length.
     */
    public static int copyKey(MemorySegment memory, long page, int i, MemorySegment to) {
        final int n = PageHeader.count(memory, page);
        return KeyCells.copyKey(
                memory, page, heads(page, n), n - 1, prefix(memory, page), i - 1, to);
    }

    /** Timestamp of separator {@code i} (1..n-1), or {@link #BARE}. */
    public static long timestamp(MemorySegment memory, long page, int i) {
        final long cell = cell(memory, page, PageHeader.count(memory, page), i);
        return KeyCells.timestamp(memory, cell, KeyCells.headerAt(memory, cell), BARE);
    }

    /**
     * The child in whose range ({@code key}, {@code timestamp}) falls: the number of separators
     * that are not after it.
     *
     * @param key at 0, followed by {@link KeyCells#PAD_BYTES} zeros
     */
    public static int child(
            MemorySegment memory, long page, MemorySegment key, int keyLength, long timestamp) {
        final int n = PageHeader.count(memory, page);
        final int separators = n - 1;
        final int prefix = prefix(memory, page);
        final long heads = heads(page, n);
        if (prefix > 0) {
            final int order =
                    KeyCells.comparePrefix(
                            memory, KeyCells.prefixAt(heads, separators), prefix, key, keyLength);
            if (order != 0) {
                return order < 0 ? 0 : separators;
            }
        }
        final int head = key.get(KeyCells.BE_INT, prefix);
        final int low = KeyCells.lowerHead(memory, heads, 0, separators, head);
        if (low == separators
                || memory.get(KeyCells.BE_INT, heads + (long) KeyCells.HEAD_BYTES * low) != head) {
            return low;
        }
        final int high = KeyCells.afterHead(memory, heads, low, separators, head);
        return childEqualHeads(memory, page, n, low, high, key, keyLength, prefix, timestamp);
    }

    private static int childEqualHeads(
            MemorySegment memory,
            long page,
            int n,
            int from,
            int to,
            MemorySegment key,
            int keyLength,
            int prefix,
            long timestamp) {
        final long heads = heads(page, n);
        int low = from;
        int high = to;
        while (low < high) {
            final int mid = low + high >>> 1;
            final long cell = page + KeyCells.offset(memory, heads, n - 1, mid);
            final int header = KeyCells.headerAt(memory, cell);
            final int order =
                    KeyCells.compareRest(
                            memory, cell, KeyCells.suffixLength(header), key, keyLength, prefix);
            if (order < 0
                    || order == 0
                            && Long.compareUnsigned(
                                            KeyCells.timestamp(memory, cell, header, BARE),
                                            timestamp)
                                    >= 0) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }

    /**
     * The first rule of the format that the page breaks, or null. Header fields first; hints are
     * not looked at.
     */
    public static @Nullable String broken(MemorySegment memory, long page) {
        final int n = PageHeader.count(memory, page);
        final int level = PageHeader.level(memory, page);
        final int prefix = prefix(memory, page);
        if (PageHeader.type(memory, page) != PageHeader.TYPE_INNER) {
            return "an inner page has type 2";
        }
        if (level < 1 || level > TreeLimits.LEVEL_MAX) {
            return "an inner page has level 1 to 31";
        }
        if (n == 0 || n > CHILDREN_MAX) {
            return "an inner page has 1 to 169 children";
        }
        if (prefix > TreeLimits.KEY_BYTES_MAX || n == 1 && prefix != 0) {
            return "typeUse is the separators' prefix length";
        }
        for (int i = 0; i < n; i++) {
            if (childNo(memory, ref(page, i)) <= 0) {
                return "a child has a page number";
            }
        }
        return KeyCells.broken(memory, page, heads(page, n), n - 1, prefix, false);
    }
}
