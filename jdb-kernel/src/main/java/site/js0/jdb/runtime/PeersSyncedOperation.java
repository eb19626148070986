package site.js0.jdb.runtime;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.ShardStore;

/** Tells a shard that the sync of the others' logs, which it asked for, is over. */
final class PeersSyncedOperation extends Operation {
    private final @Nullable Throwable failed;

    PeersSyncedOperation(@Nullable Throwable failed) {
        this.failed = failed;
    }

    @Override
    int step(ShardStore store) {
        store.peersSynced(failed);
        return Progress.DONE;
    }
}
