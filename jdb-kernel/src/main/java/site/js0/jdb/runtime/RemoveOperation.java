package site.js0.jdb.runtime;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.BatchWriter;
import site.js0.jdb.tablet.BlobBatch;
import site.js0.jdb.tablet.PointRead;
import site.js0.jdb.tablet.ShardStore;

/**
 * Deletes a key and says whether it was there: look and deletion are one step, nothing comes
 * between.
 */
final class RemoveOperation extends WriteOperation {
    private final int vnode;
    private final int table;
    private final byte[] key;
    private final PointRead read = new PointRead().existenceOnly();
    private boolean wasThere;

    RemoveOperation(int vnode, int table, byte[] key, boolean sync) {
        this.vnode = vnode;
        this.table = table;
        this.key = key.clone();
        begin(sync);
    }

    @Override
    int step(ShardStore store) {
        // Parked on room or log space after the look: look again, since others may have written
        // meanwhile.
        if (!isCommitted()) {
            int r = store.get(vnode, table, key, key.length, Long.MAX_VALUE, read, this);
            if (r != Progress.DONE) {
                return r;
            }
            wasThere = read.found();
            if (!wasThere) {
                return Progress.DONE;
            }
        }
        return super.step(store);
    }

    boolean wasThere() {
        return wasThere;
    }

    @Override
    void fill(BatchWriter writer, @Nullable BlobBatch blobs) {
        writer.delete(vnode, table, key, key.length);
    }

    @Override
    @Nullable BlobBatch largeValues(ShardStore store) {
        return null;
    }
}
