package site.js0.jdb.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.tablet.BatchWriter;
import site.js0.jdb.tablet.BlobBatch;
import site.js0.jdb.tablet.ShardStore;

/**
 * The writes of a batch that belong to one shard. Filled by the caller, then read by the shard;
 * arrays are not copied.
 */
final class WriteList {
    private int[] vnodes = new int[8];
    private int[] tables = new int[8];
    private byte[][] keys = new byte[8][];
    private byte[] @Nullable [] values = new byte[8][];
    private int count;

    /**
     * @param value null for a deletion
     */
    void add(int vnode, int table, byte[] key, byte @Nullable [] value) {
        if (count == vnodes.length) {
            int more = count * 2;
            vnodes = Arrays.copyOf(vnodes, more);
            tables = Arrays.copyOf(tables, more);
            keys = Arrays.copyOf(keys, more);
            values = Arrays.copyOf(values, more);
        }
        vnodes[count] = vnode;
        tables[count] = table;
        keys[count] = key;
        values[count] = value;
        count++;
    }

    int count() {
        return count;
    }

    @Nullable BlobBatch largeValues(ShardStore store) {
        BlobBatch large = null;
        for (int i = 0; i < count; i++) {
            byte[] value = values[i];
            if (value != null && !store.inline(keys[i].length, value.length)) {
                if (large == null) {
                    large = new BlobBatch();
                }
                large.add(vnodes[i], keys[i], value);
            }
        }
        return large;
    }

    void fill(ShardStore store, BatchWriter writer, @Nullable BlobBatch large) {
        int nextLarge = 0;
        for (int i = 0; i < count; i++) {
            byte[] key = keys[i];
            byte[] value = values[i];
            if (value == null) {
                writer.delete(vnodes[i], tables[i], key, key.length);
            } else if (large != null && !store.inline(key.length, value.length)) {
                writer.pointer(vnodes[i], tables[i], key, key.length, large.pointer(nextLarge++));
            } else {
                writer.put(vnodes[i], tables[i], key, key.length, value, value.length);
            }
        }
    }

    /** Bytes of the batch as the log takes it, at the most. */
    long encodedBytes() {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            byte[] value = values[i];
            int valueBytes =
                    value == null
                            ? 0
                            : Math.min(value.length, ShardStore.INLINE_OR_POINTER_BYTES_MAX);
            bytes += BatchWriter.bytesOf(keys[i].length, valueBytes);
        }
        return bytes;
    }
}
