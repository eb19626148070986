package site.js0.jdb.fs.nio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Finished requests on their way from the workers to the owner, and the owner's sleep.
 *
 * <p>A lock-free stack that many push to and one empties at once. No ABA: nodes leave only all
 * together.
 *
 * <p>Sleep without lost wake-ups is Dekker's pattern on volatile variables: the owner publishes
 * {@code sleeper} and then looks at {@code head} and {@code wakeup}; the others write one of those
 * and then look at {@code sleeper}. Whichever order the two sides meet in, one of them sees the
 * other.
 */
final class Completions {
    private static final VarHandle HEAD;
    private static final VarHandle WAKEUP;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(Completions.class, "head", Request.class);
            WAKEUP = lookup.findVarHandle(Completions.class, "wakeup", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile @Nullable Request head;
    private volatile boolean wakeup;
    private volatile @Nullable Thread sleeper;

    /** Any worker. The volatile CAS publishes the request's fields. */
    void push(Request request) {
        Request seen;
        do {
            seen = head;
            request.next = seen;
        } while (!HEAD.compareAndSet(this, seen, request));
        unparkSleeper();
    }

    /** Owner only: takes all, oldest first. */
    @Nullable Request takeAll() {
        if (head == null) {
            return null;
        }
        Request stack = (Request) HEAD.getAndSet(this, null);
        Request queue = null;
        while (stack != null) {
            Request below = stack.next;
            stack.next = queue;
            queue = stack;
            stack = below;
        }
        return queue;
    }

    /** Any thread: ends the present or the next {@link #await}. */
    void wakeup() {
        wakeup = true; // always stored: what the caller wrote before becomes visible to the owner
        unparkSleeper();
    }

    private void unparkSleeper() {
        Thread thread = sleeper;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Owner only: sleeps until there is something to take, {@link #wakeup} was called, or the time
     * is over (negative: no limit). An interrupt of the owner ends one sleep and is kept, but does
     * not turn the next ones into a busy loop.
     */
    void await(long timeoutNanos) {
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + Math.max(timeoutNanos, 0);
        sleeper = Thread.currentThread();
        try {
            while (head == null && !wakeup) {
                if (timeoutNanos < 0) {
                    LockSupport.park(this);
                } else {
                    long left = deadline - System.nanoTime();
                    if (left <= 0) {
                        break;
                    }
                    LockSupport.parkNanos(this, left);
                }
                if (Thread.interrupted()) {
                    interrupted = true;
                    break;
                }
            }
        } finally {
            sleeper = null;
            WAKEUP.getAndSet(this, false); // reads too, so that it synchronises with wakeup()
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
