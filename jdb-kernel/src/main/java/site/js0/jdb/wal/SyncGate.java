package site.js0.jdb.wal;

import site.js0.jdb.comm.Waiter;

/** What must be durable before the log may be: value logs, and other logs that decisions name. */
@FunctionalInterface
public interface SyncGate {
    /** Nothing to wait for. */
    SyncGate OPEN = (targetLsn, waiter) -> site.js0.jdb.comm.Progress.DONE;

    /**
     * Makes durable what the records up to {@code targetLsn} refer to, replayed ones included: it
     * is called at start-up too, when any were. Called on the shard's thread, and again with the
     * same target after each resume until it answers {@code DONE}; then the log is synced.
     *
     * @return {@link site.js0.jdb.comm.Progress#DONE} or {@code WAIT} (then {@code waiter} is
     *     parked)
     * @throws site.js0.jdb.comm.JdbException when that failed: the log is in doubt from then on
     */
    int beforeSync(long targetLsn, Waiter waiter);
}
