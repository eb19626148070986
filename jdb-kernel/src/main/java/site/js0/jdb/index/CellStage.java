package site.js0.jdb.index;

import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Bytes;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;

/**
 * The keys of one page while it is built: cells in key order behind a shared prefix, as {@link
 * KeyCells} lays them out, but with room to grow. Knows at any time how many bytes the page takes,
 * so that pages are closed by bytes, never by entries.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>All keys begin with the {@link #prefix} bytes in the prefix buffer.
 *   <li>{@link #bytes()} is at most a page.
 *   <li>Unless {@link #loose}, the prefix is the longest possible.
 * </ol>
 *
 * <p>A key that shares less than the prefix widens all cells; runs copied from an old leaf keep
 * that leaf's prefix and leave the stage loose; {@link #tighten} shortens all cells again. That is
 * why a run is one copy of bytes as long as neither happens.
 *
 * <p>Owner: the merge.
 */
final class CellStage {
    private static final long HEADS = 0;
    private static final long PREFIX = 2048;
    private static final long CELLS = PREFIX + KeyBuffer.BYTES;

    static {
        assert (long) TreeLimits.CELLS_MAX * KeyCells.HEAD_BYTES <= PREFIX;
    }

    private final MemorySegment memory =
            Arena.ofAuto().allocate(CELLS + PageHeader.PAGE_BYTES + Long.BYTES, 16);

    /** A key on its way in. */
    private final KeyBuffer work = new KeyBuffer();

    /** Keys of cells that move. */
    private final KeyBuffer moved = new KeyBuffer();

    private final KeyBuffer end = new KeyBuffer();
    private final int fixedBytes;
    private final int slotBytes;

    /** Where cell i begins, from CELLS; the last is their end. */
    private final int[] offsets = new int[TreeLimits.CELLS_MAX + 2];

    private int n;
    private int prefix;
    private boolean loose;

    /**
     * An empty stage.
     *
     * @param fixedBytes of the page, whatever is in it
     * @param slotBytes of the page for each cell, besides the cell
     */
    CellStage(int fixedBytes, int slotBytes) {
        this.fixedBytes = fixedBytes;
        this.slotBytes = slotBytes;
    }

    int count() {
        return n;
    }

    /** Page bytes in use; the fixed ones count. */
    int bytes() {
        return fixedBytes + slotBytes * n + prefix + offsets[n];
    }

    void reset() {
        n = 0;
        prefix = 0;
        loose = false;
        offsets[0] = 0;
    }

    /**
     * Appends a cell; false, and nothing but perhaps the prefix has changed, when the page is full.
     */
    boolean add(
            KeyBuffer key,
            long timestamp,
            boolean timed,
            int kind,
            MemorySegment from,
            long at,
            int length) {
        final int shared =
                n == 0
                        ? key.length
                        : Bytes.commonPrefix(
                                key.bytes, 0, memory, PREFIX, Math.min(prefix, key.length));
        final int suffix = key.length - shared;
        final int lead =
                KeyCells.HEADER_BYTES + KeyCells.restBytes(suffix) + (timed ? Long.BYTES : 0);
        final int size =
                fixedBytes
                        + slotBytes * (n + 1)
                        + shared
                        + offsets[n]
                        + growth(shared)
                        + lead
                        + length;
        if (size > PageHeader.PAGE_BYTES) {
            return loose && tighten() && add(key, timestamp, timed, kind, from, at, length);
        }
        if (n == 0) {
            KeyCells.copyShort(key.bytes, 0, memory, PREFIX, shared);
            prefix = shared;
            loose = false;
        } else if (shared < prefix) {
            widen(shared);
        }
        final long cell = CELLS + offsets[n];
        putKey(n, cell, key, suffix, KeyCells.header(suffix, kind, timed));
        if (timed) {
            memory.set(LE_LONG, cell + lead - Long.BYTES, timestamp);
        }
        if (length > 0) {
            KeyCells.copyShort(from, at, memory, cell + lead, length);
        }
        offsets[n + 1] = offsets[n] + lead + length;
        n++;
        return true;
    }

    /** Appends cell {@code i} of another stage. */
    boolean addFrom(CellStage other, int i) {
        other.copyKey(i, other.work);
        final long cell = CELLS + other.offsets[i];
        final int header = KeyCells.headerAt(other.memory, cell);
        final int lead = KeyCells.lead(header);
        return add(
                other.work,
                KeyCells.timestamp(other.memory, cell, header, 0),
                KeyCells.timed(header),
                KeyCells.kind(header),
                other.memory,
                cell + lead,
                other.offsets[i + 1] - other.offsets[i] - lead);
    }

    /**
     * Appends entries {@code [from, to)} of a sealed leaf as they are, or as many as fit.
     *
     * @return how many
     */
    int addRun(MemorySegment leafMemory, long page, int from, int to) {
        final int count = PageHeader.count(leafMemory, page);
        final int leafPrefix = LeafPage.prefix(leafMemory, page);
        final long prefixAt = KeyCells.prefixAt(LeafPage.heads(page), count);
        if (n == 0) {
            KeyCells.copyShort(leafMemory, prefixAt, memory, PREFIX, leafPrefix);
            prefix = leafPrefix;
            loose = true;
        }
        if (prefix >= leafPrefix
                && Bytes.commonPrefix(leafMemory, prefixAt, memory, PREFIX, leafPrefix)
                        == leafPrefix
                && bytes() + growth(leafPrefix) <= PageHeader.PAGE_BYTES) {
            if (prefix > leafPrefix) {
                widen(leafPrefix);
                loose = true;
            }
            final int whole = fitting(leafMemory, page, count, from, to);
            copyRun(leafMemory, page, count, from, from + whole);
            return from + whole == to
                    ? whole
                    : whole + addOneByOne(leafMemory, page, count, from + whole, to);
        }
        return addOneByOne(leafMemory, page, count, from, to);
    }

    /** How many of the cells fit with the present prefix. */
    private int fitting(MemorySegment leafMemory, long page, int count, int from, int to) {
        final int room = PageHeader.PAGE_BYTES - bytes();
        final int start = LeafPage.offset(leafMemory, page, count, from);
        int low = 0;
        int high = to - from;
        while (low < high) {
            final int mid = low + high + 1 >>> 1;
            final int cells = LeafPage.offset(leafMemory, page, count, from + mid) - start;
            if (cells + slotBytes * mid <= room) {
                low = mid;
            } else {
                high = mid - 1;
            }
        }
        return low;
    }

    private void copyRun(MemorySegment leafMemory, long page, int count, int from, int to) {
        if (from == to) {
            return;
        }
        final int added = to - from;
        final int start = LeafPage.offset(leafMemory, page, count, from);
        final int end = LeafPage.offset(leafMemory, page, count, to);
        MemorySegment.copy(
                leafMemory,
                LeafPage.heads(page) + (long) KeyCells.HEAD_BYTES * from,
                memory,
                HEADS + (long) KeyCells.HEAD_BYTES * n,
                (long) KeyCells.HEAD_BYTES * added);
        MemorySegment.copy(leafMemory, page + start, memory, CELLS + offsets[n], end - start);
        final int shift = offsets[n] - start;
        for (int i = 1; i <= added; i++) {
            offsets[n + i] = LeafPage.offset(leafMemory, page, count, from + i) + shift;
        }
        n += added;
    }

    private int addOneByOne(MemorySegment leafMemory, long page, int count, int from, int to) {
        for (int i = from; i < to; i++) {
            work.length = LeafPage.copyKey(leafMemory, page, i, work.bytes);
            final long cell = LeafPage.cell(leafMemory, page, count, i);
            final int header = KeyCells.headerAt(leafMemory, cell);
            final int lead = KeyCells.lead(header);
            final long end = page + LeafPage.offset(leafMemory, page, count, i + 1);
            if (!add(
                    work,
                    KeyCells.timestamp(leafMemory, cell, header, 0),
                    KeyCells.timed(header),
                    KeyCells.kind(header),
                    leafMemory,
                    cell + lead,
                    (int) (end - cell) - lead)) {
                return i - from;
            }
        }
        return to - from;
    }

    /** Drops the cells from {@code count} on. */
    void truncate(int count) {
        assert count <= n;
        if (count == 0) {
            reset();
        } else if (count < n) {
            n = count;
            loose = true;
        }
    }

    /** Writes the key of cell {@code i} to {@code to}. */
    void copyKey(int i, KeyBuffer to) {
        KeyCells.copyShort(memory, PREFIX, to.bytes, 0, prefix);
        final long cell = CELLS + offsets[i];
        final int suffix = KeyCells.suffixLength(KeyCells.headerAt(memory, cell));
        to.bytes.set(
                KeyCells.BE_INT,
                prefix,
                memory.get(KeyCells.BE_INT, HEADS + (long) KeyCells.HEAD_BYTES * i));
        final int rest = KeyCells.restBytes(suffix);
        KeyCells.copyShort(
                memory, cell + KeyCells.HEADER_BYTES, to.bytes, prefix + KeyCells.HEAD_BYTES, rest);
        to.length = prefix + suffix;
        to.bytes.set(LE_LONG, to.length, 0L);
    }

    int kind(int i) {
        return KeyCells.kind(KeyCells.headerAt(memory, CELLS + offsets[i]));
    }

    /** Timestamp of cell {@code i}, or {@code bare}. */
    long timestamp(int i, long bare) {
        final long cell = CELLS + offsets[i];
        return KeyCells.timestamp(memory, cell, KeyCells.headerAt(memory, cell), bare);
    }

    /** What cell {@code i} takes of a page whose prefix is {@code p} bytes long, slot included. */
    int bytesAt(int i, int p) {
        final int suffix = KeyCells.suffixLength(KeyCells.headerAt(memory, CELLS + offsets[i]));
        return slotBytes
                + offsets[i + 1]
                - offsets[i]
                + KeyCells.restBytes(suffix + prefix - p)
                - KeyCells.restBytes(suffix);
    }

    /**
     * Writes heads, offsets, prefix and cells into a page and zeros to its end. Answers the prefix'
     * length.
     */
    int write(MemorySegment to, long page, long heads) {
        if (loose) {
            tighten();
        }
        MemorySegment.copy(memory, HEADS, to, heads, (long) KeyCells.HEAD_BYTES * n);
        final long at = heads + (long) KeyCells.HEAD_BYTES * n;
        final long prefixAt = KeyCells.prefixAt(heads, n);
        final int first = (int) (prefixAt - page) + prefix;
        for (int i = 0; i <= n; i++) {
            to.set(LE_SHORT, at + (long) KeyCells.OFFSET_BYTES * i, (short) (first + offsets[i]));
        }
        MemorySegment.copy(memory, PREFIX, to, prefixAt, prefix);
        MemorySegment.copy(memory, CELLS, to, page + first, offsets[n]);
        final int end = first + offsets[n];
        assert end == bytes() && end <= PageHeader.PAGE_BYTES : end + " bytes in a page";
        to.asSlice(page + end, PageHeader.PAGE_BYTES - end).fill((byte) 0);
        return prefix;
    }

    /** True when some cell carries a timestamp. */
    boolean timed() {
        int seen = 0;
        for (int i = 0; i < n; i++) {
            seen |= KeyCells.headerAt(memory, CELLS + offsets[i]);
        }
        return KeyCells.timed(seen);
    }

    /** What all cells grow by when the prefix shrinks to {@code shared} bytes. */
    private int growth(int shared) {
        final int less = prefix - shared;
        if (n == 0 || less == 0) {
            return 0;
        }
        int growth = 0;
        for (int i = 0; i < n; i++) {
            final int suffix = KeyCells.suffixLength(KeyCells.headerAt(memory, CELLS + offsets[i]));
            growth += KeyCells.restBytes(suffix + less) - KeyCells.restBytes(suffix);
        }
        return growth;
    }

    /** The prefix shrinks to {@code shared} bytes: the cells move up, the last one first. */
    private void widen(int shared) {
        int oldEnd = offsets[n];
        offsets[n] += growth(shared);
        for (int i = n - 1; i >= 0; i--) {
            final int oldStart = offsets[i];
            copyKey(i, moved);
            final int header = KeyCells.headerAt(memory, CELLS + oldStart);
            final int growth =
                    KeyCells.restBytes(moved.length - shared)
                            - KeyCells.restBytes(KeyCells.suffixLength(header));
            offsets[i] = offsets[i + 1] - (oldEnd - oldStart) - growth;
            recut(i, oldStart, oldEnd, shared);
            oldEnd = oldStart;
        }
        assert offsets[0] == 0;
        prefix = shared;
    }

    /**
     * Lengthens the prefix as far as possible; the cells move down. False when it is so already.
     */
    private boolean tighten() {
        loose = false;
        if (n == 0) {
            return false;
        }
        copyKey(0, moved);
        copyKey(n - 1, end);
        final int shared =
                Bytes.commonPrefix(
                        moved.bytes, 0, end.bytes, 0, Math.min(moved.length, end.length));
        if (shared == prefix) {
            return false;
        }
        int oldStart = 0;
        for (int i = 0; i < n; i++) {
            final int oldEnd = offsets[i + 1];
            final int newStart = offsets[i];
            offsets[i] = oldStart; // where copyKey finds it
            copyKey(i, moved);
            offsets[i] = newStart;
            offsets[i + 1] = newStart + recut(i, oldStart, oldEnd, shared);
            oldStart = oldEnd;
        }
        KeyCells.copyShort(moved.bytes, 0, memory, PREFIX, shared);
        prefix = shared;
        return true;
    }

    /**
     * Writes cell {@code i}, whose key is in {@link #moved}, to where {@link #offsets} says, for a
     * prefix of {@code shared} bytes.
     *
     * @return its new length
     */
    private int recut(int i, int oldStart, int oldEnd, int shared) {
        final int header = KeyCells.headerAt(memory, CELLS + oldStart);
        final int tail =
                oldStart
                        + KeyCells.HEADER_BYTES
                        + KeyCells.restBytes(KeyCells.suffixLength(header));
        final int suffix = moved.length - shared;
        final long cell = CELLS + offsets[i];
        final int newTail = KeyCells.HEADER_BYTES + KeyCells.restBytes(suffix);
        // First the tail: it may lie where the key is going to be.
        MemorySegment.copy(memory, CELLS + tail, memory, cell + newTail, oldEnd - tail);
        putKey(
                i,
                cell,
                moved,
                suffix,
                KeyCells.header(suffix, KeyCells.kind(header), KeyCells.timed(header)));
        return newTail + oldEnd - tail;
    }

    /**
     * Head, header and rest of a key of which the last {@code suffix} bytes are not in the prefix.
     */
    private void putKey(int i, long cell, KeyBuffer key, int suffix, int header) {
        final int at = key.length - suffix;
        memory.set(
                KeyCells.BE_INT,
                HEADS + (long) KeyCells.HEAD_BYTES * i,
                key.bytes.get(KeyCells.BE_INT, at));
        memory.set(LE_SHORT, cell, (short) header);
        final int rest = KeyCells.restBytes(suffix);
        if (rest > 0) {
            KeyCells.copyShort(
                    key.bytes,
                    at + KeyCells.HEAD_BYTES,
                    memory,
                    cell + KeyCells.HEADER_BYTES,
                    rest);
        }
    }
}
