package site.js0.jdb.runtime;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.tablet.BatchWriter;
import site.js0.jdb.tablet.BlobBatch;
import site.js0.jdb.tablet.ShardStore;

/** A batch whose writes all belong to one shard: one log record, no protocol. */
final class BatchOperation extends WriteOperation {
    private final WriteList writes;

    BatchOperation(WriteList writes, boolean sync) {
        this.writes = writes;
        begin(sync);
    }

    @Override
    void fill(BatchWriter writer, @Nullable BlobBatch blobs) {
        writes.fill(shard().store(), writer, blobs);
    }

    @Override
    @Nullable BlobBatch largeValues(ShardStore store) {
        return writes.largeValues(store);
    }
}
