package site.js0.jdb.runtime;

import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.ShardStore;

/**
 * Makes everything that this shard's log holds when the operation first runs durable against power
 * loss.
 */
final class SyncOperation extends Operation {
    private long target = -1;

    @Override
    int step(ShardStore store) {
        if (target < 0) {
            target = store.appendedLsn();
        }
        return target == 0 ? Progress.DONE : store.awaitLogDurable(target, this);
    }
}
