package site.js0.jdb.runtime;

import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.Decision;
import site.js0.jdb.tablet.Prepared;
import site.js0.jdb.tablet.ShardStore;

/** Second phase at one participant: logs the decision and applies the writes. */
final class DecideOperation extends Operation {
    private final Prepared prepared;
    private final Decision decision;
    private final boolean sync;
    private long lsn;

    DecideOperation(Prepared prepared, Decision decision, boolean sync) {
        this.prepared = prepared;
        this.decision = decision;
        this.sync = sync;
    }

    @Override
    int step(ShardStore store) {
        if (lsn == 0) {
            lsn = store.decide(prepared, decision, this);
            if (lsn == 0) {
                return Progress.WAIT;
            }
        }
        return sync ? store.awaitDurable(lsn, this) : Progress.DONE;
    }
}
