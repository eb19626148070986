package site.js0.jdb.runtime;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.BatchWriter;
import site.js0.jdb.tablet.BlobBatch;
import site.js0.jdb.tablet.Prepared;
import site.js0.jdb.tablet.ShardStore;

/**
 * First phase of a commit over several shards, at one participant: logs its writes and proposes a
 * timestamp.
 */
final class PrepareOperation extends Operation {
    private final long txnHigh;
    private final long txnLow;
    private final WriteList writes;
    private @Nullable BlobBatch blobs;
    private @Nullable Prepared prepared;

    PrepareOperation(long txnHigh, long txnLow, WriteList writes) {
        this.txnHigh = txnHigh;
        this.txnLow = txnLow;
        this.writes = writes;
    }

    @Override
    int step(ShardStore store) {
        store.refuseWhenInDoubt();
        if (blobs == null) {
            blobs = writes.largeValues(store);
        }
        if (blobs != null && store.writeBlobs(blobs, this) == Progress.WAIT) {
            return Progress.WAIT;
        }
        BatchWriter writer = store.writer();
        writer.beginPrepare(txnHigh, txnLow);
        writes.fill(store, writer, blobs);
        prepared = store.prepare(this);
        return prepared == null ? Progress.WAIT : Progress.DONE;
    }

    /** What was prepared, or null when that failed. */
    @Nullable Prepared prepared() {
        return prepared;
    }
}
