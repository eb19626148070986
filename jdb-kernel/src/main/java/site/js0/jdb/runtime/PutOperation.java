package site.js0.jdb.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Limits;
import site.js0.jdb.tablet.BatchWriter;
import site.js0.jdb.tablet.BlobBatch;
import site.js0.jdb.tablet.ShardStore;

/** One put or delete. Until {@link #detach()} key and value are the caller's own arrays. */
final class PutOperation extends WriteOperation {
    private static final byte[] NOTHING = new byte[0];

    private final byte[] ownKey = new byte[Limits.KEY_BYTES_MAX];
    private final byte[] ownValue = new byte[Limits.INLINE_VALUE_BYTES_MAX];

    private int vnode;
    private int table;
    private byte[] key = ownKey;
    private int keyLength;
    private byte[] value = NOTHING;
    private int valueLength;
    private boolean delete;
    private boolean detached;

    PutOperation ofPut(int vnode, int table, byte[] key, byte[] value, boolean sync) {
        of(vnode, table, key, sync);
        this.value = value;
        this.valueLength = value.length;
        this.delete = false;
        return this;
    }

    PutOperation ofDelete(int vnode, int table, byte[] key, boolean sync) {
        of(vnode, table, key, sync);
        this.value = NOTHING;
        this.valueLength = 0;
        this.delete = true;
        return this;
    }

    private void of(int vnode, int table, byte[] key, boolean sync) {
        begin(sync);
        this.detached = false;
        this.vnode = vnode;
        this.table = table;
        this.key = key;
        this.keyLength = key.length;
    }

    @Override
    void detach() {
        detached = true;
        System.arraycopy(key, 0, ownKey, 0, keyLength);
        key = ownKey;
        if (valueLength <= ownValue.length) {
            System.arraycopy(value, 0, ownValue, 0, valueLength);
            value = ownValue;
        } else {
            value = value.clone();
        }
    }

    @Override
    void fill(BatchWriter writer, @Nullable BlobBatch blobs) {
        if (delete) {
            writer.delete(vnode, table, key, keyLength);
        } else if (blobs != null) {
            writer.pointer(vnode, table, key, keyLength, blobs.pointer(0));
        } else {
            writer.put(vnode, table, key, keyLength, value, valueLength);
        }
    }

    @Override
    @Nullable BlobBatch largeValues(ShardStore store) {
        if (store.inline(keyLength, valueLength)) {
            return null;
        }
        BlobBatch large = new BlobBatch();
        // The caller, interrupted, might change his array while it is being written.
        byte[] stable =
                detached && value.length == valueLength ? value : Arrays.copyOf(value, valueLength);
        large.add(vnode, Arrays.copyOf(key, keyLength), stable);
        return large;
    }

    /** Lets go of the caller's arrays before the operation is kept for its next use. */
    void forget() {
        key = ownKey;
        value = NOTHING;
    }
}
