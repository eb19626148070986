package site.js0.jdb.runtime;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.BatchWriter;
import site.js0.jdb.tablet.BlobBatch;
import site.js0.jdb.tablet.ShardStore;

/**
 * An atomic batch on one shard, in the steps every write takes: large values to the value log, one
 * log record, the memtables, and, for a sync write, the wait for durability.
 */
abstract class WriteOperation extends Operation {
    /** Wait for durability against power loss. */
    private boolean sync;

    /** 0 until committed. */
    private long lsn;

    private @Nullable BlobBatch blobs;
    private long paceNanos;

    final void begin(boolean sync) {
        this.sync = sync;
        this.lsn = 0;
        this.blobs = null;
        this.paceNanos = 0;
    }

    private long commit(ShardStore store) {
        try {
            return store.commit(this);
        } catch (JdbException e) {
            if (blobs != null) {
                blobs.abandon();
            }
            throw e;
        }
    }

    /** How long the caller should wait before his next write, in nanoseconds; merging is behind. */
    final long paceNanos() {
        return paceNanos;
    }

    /** True once the log record is written. */
    final boolean isCommitted() {
        return lsn != 0;
    }

    /**
     * Adds every write to {@code writer}; value {@code i} of {@code blobs} stands in for the i-th
     * large value.
     */
    abstract void fill(BatchWriter writer, @Nullable BlobBatch blobs);

    /**
     * The values that go to the value log, in the order of the writes, or null when there is none.
     */
    abstract @Nullable BlobBatch largeValues(ShardStore store);

    @Override
    int step(ShardStore store) {
        if (lsn == 0) {
            store.refuseWhenInDoubt();
            if (blobs == null) {
                blobs = largeValues(store);
            }
            if (blobs != null && store.writeBlobs(blobs, this) == Progress.WAIT) {
                return Progress.WAIT;
            }
            BatchWriter writer = store.writer();
            writer.begin();
            fill(writer, blobs);
            lsn = commit(store);
            if (lsn == 0) {
                return Progress.WAIT;
            }
            paceNanos = store.takePaceNanos();
        }
        return sync ? store.awaitDurable(lsn, this) : Progress.DONE;
    }
}
