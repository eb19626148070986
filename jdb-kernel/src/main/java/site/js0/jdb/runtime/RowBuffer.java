package site.js0.jdb.runtime;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.tablet.BlobFetch;
import site.js0.jdb.tablet.RowSink;

/**
 * Rows of one chunk of a scan, packed into one array: filled by the shard, then read by the scan's
 * caller. Reused chunk by chunk.
 */
final class RowBuffer implements RowSink {
    private static final int INITIAL_BYTES = 8 << 10;
    private static final int INITIAL_ROWS = 64;
    private static final int ROW_FIELDS = 3;
    private static final @Nullable BlobFetch[] NO_BLOBS = {};

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

    /** Per row: its value, where it came from the value log. May be shorter than there are rows. */
    private @Nullable BlobFetch[] blobs = NO_BLOBS;

    private long blobBytes;
    private int blobsAwaited;

    void clear() {
        if (blobBytes > 0) {
            blobs = NO_BLOBS;
            blobBytes = 0;
        }
        blobsAwaited = 0;
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

    /** Of keys and values. */
    long bytesUsed() {
        return end + blobBytes;
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
    public void row(MemorySegment key, long keyOffset, int keyLength, BlobFetch value) {
        reserve(keyLength);
        MemorySegment.copy(key, keyOffset, segment, end, keyLength);
        if (blobs.length <= count) {
            blobs = Arrays.copyOf(blobs, Math.max(INITIAL_ROWS, 2 * count));
        }
        blobs[count] = value;
        blobBytes += value.length();
        index(keyLength, 0);
    }

    /**
     * Waits until the values that came from the value log are all here. Holder.
     *
     * @return {@link Progress#DONE}, or {@link Progress#WAIT}: the waiter is parked
     */
    int awaitBlobs(Waiter waiter) {
        for (; blobsAwaited < Math.min(count, blobs.length); blobsAwaited++) {
            BlobFetch blob = blobs[blobsAwaited];
            if (blob != null && blob.poll(waiter) == null) {
                return Progress.WAIT;
            }
        }
        return Progress.DONE;
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

    /** Where keys are. */
    byte[] bytes() {
        return bytes;
    }

    int keyOffset(int row) {
        return rows[ROW_FIELDS * row];
    }

    int keyLength(int row) {
        return rows[ROW_FIELDS * row + 1];
    }

    /** Where the row's value is. */
    byte[] valueBytes(int row) {
        byte[] blob = blob(row);
        return blob == null ? bytes : blob;
    }

    int valueOffset(int row) {
        return blob(row) == null ? rows[ROW_FIELDS * row] + rows[ROW_FIELDS * row + 1] : 0;
    }

    int valueLength(int row) {
        byte[] blob = blob(row);
        return blob == null ? rows[ROW_FIELDS * row + 2] : blob.length;
    }

    private byte @Nullable [] blob(int row) {
        BlobFetch blob = row < blobs.length ? blobs[row] : null;
        return blob == null ? null : blob.value();
    }
}
