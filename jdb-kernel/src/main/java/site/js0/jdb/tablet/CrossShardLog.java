package site.js0.jdb.tablet;

import java.util.ArrayDeque;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;

/**
 * What a shard's log has to do with the others' logs: which of its decisions name prepares that may
 * not be durable elsewhere, and which decisions another shard's recovery may still need.
 *
 * <p>Recovery after power loss cuts a log before a decision whose prepares are missing. So a record
 * counts as durable only when the decisions before it have their prepares on the device, and those
 * prepares are not themselves cut off: that holds once every log has been synced up to where it was
 * when our decision was logged, since a decision only names older records.
 *
 * <p>A decision is needed until every participant has its own copy on the device; then no log is in
 * doubt about it.
 *
 * <p>Owner: holder of the shard.
 */
final class CrossShardLog {
    private record Needed(long lsn, Decision decision) {}

    /** The newest decision in this log. */
    private long newestDecision;

    /** Decisions up to here have their prepares on the device. */
    private long syncedTo;

    /** While a sync of the peers is running: what it will make {@link #syncedTo}. */
    private long syncingTo;

    private boolean running;

    /**
     * How many of {@link #needed}, from the oldest, were logged everywhere when the running sync
     * began.
     */
    private int settling;

    private final ArrayDeque<Needed> needed = new ArrayDeque<>();
    private final WaitList waiters = new WaitList();

    /** A decision was logged here. */
    void decided(long lsn, Decision decision) {
        newestDecision = lsn;
        needed.add(new Needed(lsn, decision));
    }

    /** True when records up to {@code lsn}, though on the device, may be cut off by a decision. */
    boolean needsPeers(long lsn) {
        return newestDecision > syncedTo && lsn > syncedTo;
    }

    /** Parks a waiter until the peers are synced. True when that sync has to be begun now. */
    boolean park(Waiter waiter, long appendedLsn) {
        waiters.add(waiter);
        if (running) {
            return false;
        }
        running = true;
        syncingTo = appendedLsn;
        settling = 0;
        for (Needed n : needed) {
            if (!n.decision.loggedEverywhere()) {
                break;
            }
            settling++;
        }
        return true;
    }

    /** The sync is over. */
    void peersSynced(boolean succeeded) {
        running = false;
        if (succeeded) {
            syncedTo = syncingTo;
            for (int i = 0; i < settling; i++) {
                needed.remove();
            }
        }
        waiters.resumeAll();
    }

    void resumeAll() {
        waiters.resumeAll();
    }

    /** The oldest decision that must stay; {@code Long.MAX_VALUE} when there is none. */
    long oldestNeeded() {
        Needed first = needed.peek();
        return first == null ? Long.MAX_VALUE : first.lsn;
    }
}
