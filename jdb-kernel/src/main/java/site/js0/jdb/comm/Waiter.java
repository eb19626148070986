package site.js0.jdb.comm;

import org.jspecify.annotations.Nullable;

/**
 * An operation that can be parked on something a shard waits for (a page, a completion, free space)
 * and be run again from its top. It waits for one thing at a time: whoever answered {@link
 * Progress#WAIT} has linked it and will call {@link #resume()} exactly once. Owner: whoever holds
 * the shard.
 */
public abstract class Waiter {
    /** Intrusive link of the list this waiter is parked in. */
    public @Nullable Waiter nextWaiter;

    /** Puts the operation where it will be run again; never runs it in place. */
    public abstract void resume();
}
