package site.js0.jdb.runtime;

import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.Prepared;
import site.js0.jdb.tablet.ShardStore;

/**
 * Lets go of a prepare whose transaction will never be decided. Nothing is logged: no decision
 * means aborted.
 */
final class AbortOperation extends Operation {
    private final Prepared prepared;

    AbortOperation(Prepared prepared) {
        this.prepared = prepared;
    }

    @Override
    int step(ShardStore store) {
        store.abort(prepared);
        return Progress.DONE;
    }
}
