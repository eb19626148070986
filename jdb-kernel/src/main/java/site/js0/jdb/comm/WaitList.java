package site.js0.jdb.comm;

import org.jspecify.annotations.Nullable;

/**
 * Waiters in order of arrival, linked through themselves: adding allocates nothing. Owner: holder
 * of the shard.
 */
public final class WaitList {
    private @Nullable Waiter first;
    private @Nullable Waiter last;

    /** Parks {@code waiter} at the end. */
    public void add(Waiter waiter) {
        assert waiter.nextWaiter == null && waiter != last
                : "a waiter waits for one thing at a time";
        if (last == null) {
            first = waiter;
        } else {
            last.nextWaiter = waiter;
        }
        last = waiter;
    }

    /** True when nobody waits. */
    public boolean isEmpty() {
        return first == null;
    }

    /** Resumes all that wait now; what they park again waits for the next time. */
    public void resumeAll() {
        Waiter w = first;
        first = null;
        last = null;
        while (w != null) {
            Waiter next = w.nextWaiter;
            w.nextWaiter = null;
            w.resume();
            w = next;
        }
    }
}
