package site.js0.jdb.runtime;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import site.js0.jdb.tablet.RowSink;

/**
 * Rows of one chunk of a scan, packed into one array: filled by the shard, then read by the scan's
 * caller. Reused chunk by chunk.
 */
final class RowBuffer implements RowSink {
    private static final int INITIAL_BYTES = 8 << 10;
    private static final int INITIAL_ROWS = 64;
    private static final int ROW_FIELDS = 3;

    /** Kept from scan to scan at most. */
    private static final int KEPT_BYTES_MAX = 32 << 10;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private MemorySegment segment = MemorySegment.ofArray(bytes);
    private int end;

    /**
     * Per row: where its key begins, and the lengths of key and value; the value follows the key.
     */
    private int[] rows = new int[ROW_FIELDS * INITIAL_ROWS];

    private int count;

    void clear() {
        end = 0;
        count = 0;
    }

    /** Empties it, and gives up what a long scan made it grow to. */
    void shrink() {
        clear();
        if (bytes.length > KEPT_BYTES_MAX) {
            bytes = new byte[INITIAL_BYTES];
            segment = MemorySegment.ofArray(bytes);
            rows = new int[ROW_FIELDS * INITIAL_ROWS];
        }
    }

    int count() {
        return count;
    }

    int bytesUsed() {
        return end;
    }

    @Override
    public void row(
            MemorySegment key,
            long keyOffset,
            int keyLength,
            MemorySegment value,
            long valueOffset,
            int valueLength) {
        reserve((long) keyLength + valueLength);
        MemorySegment.copy(key, keyOffset, segment, end, keyLength);
        MemorySegment.copy(value, valueOffset, segment, end + keyLength, valueLength);
        index(keyLength, valueLength);
    }

    @Override
    public void row(MemorySegment key, long keyOffset, int keyLength, byte[] value) {
        reserve((long) keyLength + value.length);
        MemorySegment.copy(key, keyOffset, segment, end, keyLength);
        System.arraycopy(value, 0, bytes, end + keyLength, value.length);
        index(keyLength, value.length);
    }

    private void index(int keyLength, int valueLength) {
        if (ROW_FIELDS * count == rows.length) {
            rows = Arrays.copyOf(rows, rows.length * 2);
        }
        int at = ROW_FIELDS * count++;
        rows[at] = end;
        rows[at + 1] = keyLength;
        rows[at + 2] = valueLength;
        end += keyLength + valueLength;
    }

    private void reserve(long more) {
        if (end + more > bytes.length) {
            long needed = Math.max(end + more, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, Math.toIntExact(Math.min(needed, Integer.MAX_VALUE - 8)));
            segment = MemorySegment.ofArray(bytes);
        }
    }

    byte[] bytes() {
        return bytes;
    }

    int keyOffset(int row) {
        return rows[ROW_FIELDS * row];
    }

    int keyLength(int row) {
        return rows[ROW_FIELDS * row + 1];
    }

    int valueOffset(int row) {
        return rows[ROW_FIELDS * row] + rows[ROW_FIELDS * row + 1];
    }

    int valueLength(int row) {
        return rows[ROW_FIELDS * row + 2];
    }
}
