package site.js0.jdb.runtime;

import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.ShardStore;

/** The last operation of a shard that closes in order: settles, then ends the log with its mark. */
final class CloseOperation extends Operation {
    private boolean settled;

    @Override
    int step(ShardStore store) {
        if (!settled) {
            if (store.settle(this) == Progress.WAIT) {
                return Progress.WAIT;
            }
            settled = true;
        }
        return store.closeCleanly(this);
    }
}
