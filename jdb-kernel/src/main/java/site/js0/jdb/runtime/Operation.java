package site.js0.jdb.runtime;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.proto.OneShot;
import site.js0.jdb.tablet.ShardStore;

/**
 * One request to one shard. The same object runs in place under a borrowed hold or on the shard's
 * thread; it is run from its top as often as it answers {@link Progress#WAIT}.
 *
 * <p>Life: made or taken from a pool, filled by the caller, given to {@link Shard#call} or {@link
 * Shard#send}; from then on it belongs to the shard until it is finished; then to the caller again.
 * What it needs of the caller's memory after the caller's own thread let go of the hold, it has
 * copied in {@link #detach()}.
 */
abstract class Operation extends Waiter {
    /**
     * Told when an operation that nobody waits for is over. Runs without the hold, on the thread
     * that finished it.
     */
    interface Listener {
        void finished(Operation operation);
    }

    /**
     * Intrusive link: ready list, internal queue or finished list; an operation is in one of them
     * at a time.
     */
    @Nullable Operation next;

    /** Why it failed, or null. Valid once finished. */
    @Nullable Throwable failure;

    /** Null for a caller who waits. */
    @Nullable Listener listener;

    final OneShot done = new OneShot();

    private @Nullable Shard shard;

    /**
     * Does the work, or as much as is possible now.
     *
     * @return {@link Progress#DONE}, {@link Progress#WAIT} (parked on something) or {@link
     *     Progress#MORE} (run me again when others had their turn)
     */
    abstract int step(ShardStore store);

    /**
     * Copies what still lies in the caller's memory. Called at most once, before another thread
     * runs the operation.
     */
    void detach() {}

    final void assign(Shard shard) {
        this.shard = shard;
        this.failure = null;
    }

    final Shard shard() {
        Shard s = shard;
        if (s == null) {
            throw new IllegalStateException("an operation is assigned to a shard before it runs");
        }
        return s;
    }

    @Override
    public final void resume() {
        shard().resumed(this);
    }
}
