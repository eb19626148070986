package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Bytes;

/**
 * The sorted keys of a tree page, as leaves and inner pages share them: one common prefix, a dense
 * array of 4-byte key heads, and a cell with the rest of each. Little-endian but for the heads.
 *
 * <pre>
 *  what     size      rule
 *  heads    4 * n     big-endian: the first four bytes of the key behind the prefix, short ones
 *                     filled up with zeros; so a binary search stays in one or two cache lines
 *  offsets  2 * (n+1) of each cell from the start of the page, ascending; the last is the cells' end
 *  prefix   p         what all n keys begin with
 *  cells              without gaps, in key order; from the cells' end to the page's end all is zero
 *
 *  cell     size      rule
 *  header   2         bits 0-10 length of the key behind the prefix, bits 11-12 kind,
 *                     bit 13 a timestamp follows, bits 14-15 zero
 *  rest               the key behind prefix and head: length - 4 bytes, none when it is shorter
 *  time     0 or 8    timestamp, u64; in a leaf never 0
 *  payload            up to the next cell's offset
 * </pre>
 *
 * <p>Order: key ascending, as unsigned bytes; of one key, timestamp descending, unsigned. A cell
 * without timestamp has the timestamp {@code bare}: 0 in a leaf (older than all), all ones in an
 * inner page (before all versions of the key).
 *
 * <p>Two heads that differ decide the order of their keys. Equal heads with a key that ends within
 * them: the shorter key is a prefix of the longer one, so the lengths decide.
 *
 * <p>A key to be searched lies at offset 0 of a native segment and is followed by {@link
 * #PAD_BYTES} zero bytes. Stateless; allocates nothing.
 */
public final class KeyCells {
    public static final int HEAD_BYTES = 4;
    public static final int OFFSET_BYTES = 2;
    public static final int SLOT_BYTES = HEAD_BYTES + OFFSET_BYTES;
    public static final int HEADER_BYTES = 2;

    /** Zeros behind a key in a buffer, so that its head is one read. */
    public static final int PAD_BYTES = 8;

    /** The longest key or suffix the header can say. */
    public static final int SUFFIX_MAX = (1 << 11) - 1;

    public static final int TIMED = 1 << 13;

    private static final int KIND_SHIFT = 11;
    private static final int KIND_MASK = 3;
    private static final int RESERVED = 3 << 14;

    /** Heads are key bytes in their own order. */
    public static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private KeyCells() {}

    /** The header of a cell. */
    public static int header(int suffixLength, int kind, boolean timed) {
        assert suffixLength >= 0 && suffixLength <= SUFFIX_MAX;
        return suffixLength | kind << KIND_SHIFT | (timed ? TIMED : 0);
    }

    /** Length of the key behind the prefix. */
    public static int suffixLength(int header) {
        return header & SUFFIX_MAX;
    }

    /** Bytes of the key in the cell, behind its header. */
    public static int restBytes(int suffixLength) {
        return Math.max(0, suffixLength - HEAD_BYTES);
    }

    public static int kind(int header) {
        return header >>> KIND_SHIFT & KIND_MASK;
    }

    public static boolean timed(int header) {
        return (header & TIMED) != 0;
    }

    /** Bytes in front of the payload. */
    public static int lead(int header) {
        return HEADER_BYTES
                + restBytes(suffixLength(header))
                + ((header & TIMED) >>> 13) * Long.BYTES;
    }

    static int u16(MemorySegment memory, long at) {
        return Short.toUnsignedInt(memory.get(LE_SHORT, at));
    }

    /** The cell header at {@code cell}. */
    public static int headerAt(MemorySegment memory, long cell) {
        return u16(memory, cell);
    }

    /** Offset of cell {@code i} from the start of the page; {@code i == n} is the cells' end. */
    public static int offset(MemorySegment memory, long heads, int n, int i) {
        return u16(memory, heads + (long) HEAD_BYTES * n + (long) OFFSET_BYTES * i);
    }

    /** Where the common prefix lies. */
    public static long prefixAt(long heads, int n) {
        return heads + (long) SLOT_BYTES * n + OFFSET_BYTES;
    }

    /** The timestamp of a cell, or {@code bare}. */
    public static long timestamp(MemorySegment memory, long cell, int header, long bare) {
        return timed(header)
                ? memory.get(LE_LONG, cell + HEADER_BYTES + restBytes(suffixLength(header)))
                : bare;
    }

    /**
     * Writes the whole key of cell {@code i} to {@code to} at 0, zeros behind it, and answers its
     * length.
     */
    public static int copyKey(
            MemorySegment memory,
            long page,
            long heads,
            int n,
            int prefix,
            int i,
            MemorySegment to) {
        copyShort(memory, prefixAt(heads, n), to, 0, prefix);
        return copySuffix(memory, page, heads, n, prefix, i, to);
    }

    /** As {@link #copyKey} for a buffer that begins with the prefix already. */
    public static int copySuffix(
            MemorySegment memory,
            long page,
            long heads,
            int n,
            int prefix,
            int i,
            MemorySegment to) {
        final long cell = page + offset(memory, heads, n, i);
        final int suffix = suffixLength(u16(memory, cell));
        to.set(BE_INT, prefix, memory.get(BE_INT, heads + (long) HEAD_BYTES * i));
        final int rest = suffix - HEAD_BYTES;
        if (rest > 0) {
            copyShort(memory, cell + HEADER_BYTES, to, prefix + HEAD_BYTES, rest);
        }
        final int length = prefix + suffix;
        to.set(LE_LONG, length, 0L);
        return length;
    }

    /** Copies a few bytes: a loop over words beats a call for what keys and small values have. */
    public static void copyShort(
            MemorySegment from, long fromAt, MemorySegment to, long toAt, int bytes) {
        if (bytes > 64) {
            MemorySegment.copy(from, fromAt, to, toAt, bytes);
            return;
        }
        int i = 0;
        for (; i <= bytes - Long.BYTES; i += Long.BYTES) {
            to.set(LE_LONG, toAt + i, from.get(LE_LONG, fromAt + i));
        }
        if (i == bytes) {
            return;
        }
        if (bytes >= Long.BYTES) {
            final long last = bytes - Long.BYTES;
            to.set(LE_LONG, toAt + last, from.get(LE_LONG, fromAt + last));
            return;
        }
        if (bytes >= Integer.BYTES) {
            final long last = bytes - Integer.BYTES;
            final int head = from.get(BE_INT, fromAt);
            to.set(BE_INT, toAt + last, from.get(BE_INT, fromAt + last));
            to.set(BE_INT, toAt, head);
            return;
        }
        if (bytes > 0) { // one to three bytes: first, middle, last
            final long middle = bytes >>> 1;
            final long last = bytes - 1;
            to.set(BYTE, toAt, from.get(BYTE, fromAt));
            to.set(BYTE, toAt + middle, from.get(BYTE, fromAt + middle));
            to.set(BYTE, toAt + last, from.get(BYTE, fromAt + last));
        }
    }

    /**
     * Order of a search key against the prefix: below 0 when it sorts before every key of the page,
     * above 0 when behind every one, 0 when it begins with the prefix.
     */
    static int comparePrefix(
            MemorySegment memory, long prefixAt, int prefix, MemorySegment key, int keyLength) {
        final int common =
                Bytes.commonPrefix(key, 0, memory, prefixAt, Math.min(prefix, keyLength));
        if (common == prefix) {
            return 0;
        }
        if (common == keyLength) {
            return -1;
        }
        return Byte.compareUnsigned(key.get(BYTE, common), memory.get(BYTE, prefixAt + common));
    }

    /** The first of cells {@code [from, to)} whose head is not below {@code head}. */
    static int lowerHead(MemorySegment memory, long heads, int from, int to, int head) {
        final long wanted = Integer.toUnsignedLong(head);
        int low = from;
        int n = to - from;
        while (n > 0) {
            // All ones when the middle head is below; no branch, for nobody could foretell it.
            final int half = n + 1 >>> 1;
            final long middle = memory.get(BE_INT, heads + (long) HEAD_BYTES * (low + half - 1));
            final int below = (int) ((middle & 0xFFFF_FFFFL) - wanted >> 63);
            low += half & below;
            n -= half;
        }
        return low;
    }

    /**
     * Behind the last of cells {@code [from, to)} that has {@code head}; cell {@code from} has it.
     */
    static int afterHead(MemorySegment memory, long heads, int from, int to, int head) {
        final int next = from + 1;
        if (next == to || memory.get(BE_INT, heads + (long) HEAD_BYTES * next) != head) {
            return next; // mostly
        }
        return head == -1 ? to : lowerHead(memory, heads, next, to, head + 1);
    }

    /** Order of a cell's key against a search key when prefix and heads are equal. */
    static int compareRest(
            MemorySegment memory,
            long cell,
            int suffix,
            MemorySegment key,
            int keyLength,
            int prefix) {
        final int wanted = keyLength - prefix;
        if (suffix > HEAD_BYTES && wanted > HEAD_BYTES) {
            return Bytes.compare(
                    memory,
                    cell + HEADER_BYTES,
                    suffix - HEAD_BYTES,
                    key,
                    prefix + HEAD_BYTES,
                    wanted - HEAD_BYTES);
        }
        return suffix - wanted;
    }

    /**
     * The first rule that the cells of a page break, or null: offsets and lengths within the page,
     * reserved bits, strict order, payloads. After it, no read of the page leaves the page.
     *
     * @param n cells; bounded by the caller so that heads and offsets lie within the page
     * @param leaf entries with kinds and payloads; else separators, which have neither
     */
    static @Nullable String broken(
            MemorySegment memory, long page, long heads, int n, int prefix, boolean leaf) {
        final int first = (int) (prefixAt(heads, n) - page) + prefix;
        if (first > PageHeader.PAGE_BYTES || offset(memory, heads, n, 0) != first) {
            return "the first cell follows the prefix";
        }
        final int keyMin = leaf ? TreeLimits.KEY_BYTES_MIN : 1;
        int at = first;
        int before = 0;
        for (int i = 0; i < n; i++) {
            final int next = offset(memory, heads, n, i + 1);
            if (next < at + HEADER_BYTES || next > PageHeader.PAGE_BYTES) {
                return "offsets ascend within the page";
            }
            final int header = u16(memory, page + at);
            final int suffix = suffixLength(header);
            final int key = prefix + suffix;
            final int payload = next - at - lead(header);
            if ((header & RESERVED) != 0) {
                return "reserved bits of a cell are zero";
            }
            if (key < keyMin || key > TreeLimits.KEY_BYTES_MAX || payload < 0) {
                return "the key lies within its cell and limits";
            }
            if (leaf && key + payload > TreeLimits.ENTRY_BYTES_MAX) {
                return "an entry is at most a third of a leaf";
            }
            final String rule =
                    leaf
                            ? brokenEntry(memory, page + at, header, payload)
                            : kind(header) != 0 || payload != 0
                                    ? "a separator has no kind and no payload"
                                    : null;
            if (rule != null) {
                return rule;
            }
            final int head = memory.get(BE_INT, heads + (long) HEAD_BYTES * i);
            if (suffix < HEAD_BYTES && head << suffix * Byte.SIZE != 0) {
                return "a short head is filled up with zeros";
            }
            if (i > 0
                    && (head == before
                            ? !ascends(memory, page, heads, n, i, leaf)
                            : Integer.compareUnsigned(head, before) < 0)) {
                return "keys ascend, versions descend";
            }
            before = head;
            at = next;
        }
        return null;
    }

    private static @Nullable String brokenEntry(
            MemorySegment memory, long cell, int header, int payload) {
        final int kind = kind(header);
        if (kind == EntryKind.VALUE
                ? payload > TreeLimits.VALUE_BYTES_MAX
                : payload != (kind == EntryKind.POINTER ? ValPtr.BYTES : 0)) {
            return "the payload fits the kind";
        }
        if (!EntryKind.known(kind)) {
            return "the kind of an entry is 1 to 3";
        }
        return timed(header) && timestamp(memory, cell, header, 0) == 0
                ? "the timestamp of an entry is not 0"
                : null;
    }

    /** True when cell {@code i} is behind the one before it, which has the same head. */
    private static boolean ascends(
            MemorySegment memory, long page, long heads, int n, int i, boolean leaf) {
        final long a = page + offset(memory, heads, n, i - 1);
        final long b = page + offset(memory, heads, n, i);
        final int headerA = u16(memory, a);
        final int headerB = u16(memory, b);
        final int suffixA = suffixLength(headerA);
        final int suffixB = suffixLength(headerB);
        final int order =
                suffixA > HEAD_BYTES && suffixB > HEAD_BYTES
                        ? Bytes.compare(
                                memory,
                                a + HEADER_BYTES,
                                suffixA - HEAD_BYTES,
                                memory,
                                b + HEADER_BYTES,
                                suffixB - HEAD_BYTES)
                        : suffixA - suffixB;
        if (order != 0) {
            return order < 0;
        }
        final long bare = leaf ? LeafPage.BARE : InnerPage.BARE;
        return Long.compareUnsigned(
                        timestamp(memory, a, headerA, bare), timestamp(memory, b, headerB, bare))
                > 0;
    }
}
