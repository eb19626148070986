package site.js0.jdb.proto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Tells one waiting thread that its operation is finished. It carries nothing: the result is in the
 * operation, written before {@link #complete} and read after the wait. Used again and again;
 * nothing is allocated.
 *
 * <p>One use: the caller calls {@link #reset} and hands the operation over; whoever runs it calls
 * {@link #complete} exactly once, and touches the operation no more; the caller waits, on a
 * platform or virtual thread, and owns the operation again. Until then the operation and its
 * buffers are not his, interrupted or not: {@link #await} may end early, but then he must still
 * {@link #awaitUninterruptibly} before he uses or frees them.
 */
public final class OneShot {
    /** {@link #await}: finished. */
    public static final int COMPLETED = 0;

    /** {@link #await}: the thread was interrupted; not finished yet. */
    public static final int INTERRUPTED = 1;

    /*
     * state   null     running, nobody waits
     *         thread   running, this thread waits
     *         DONE     finished
     *
     *   null   -> thread   await: CAS by the caller
     *   null   -> DONE     complete: exchange by the runner, nobody to wake
     *   thread -> DONE     complete: exchange by the runner, who then unparks the thread he got
     *   DONE   -> null     reset by the caller, who is alone with it then
     *
     * No wake-up is lost. Both steps are atomic on one word, so one is first:
     * - the exchange: then the caller's CAS fails, since state is DONE, and he does not park;
     * - the CAS: then the exchange answers his thread and he is unparked. Had he not parked yet, the permit makes the next
     *   park return; if something else used the permit up (a spurious return, an interrupt), he was running after it and
     *   looks at state before each park. A park can only follow a look that saw no DONE; the unpark comes after DONE is
     *   stored, hence after that look or before it: then the look saw DONE.
     *
     * The runner's exchange releases what he wrote; each look at state acquires it. After the exchange the runner uses
     * nothing of this object but the thread he got from it, for the caller may be using it anew. Such a late unpark leaves
     * a permit with a thread that does not wait here any more; whoever parks has to expect that.
     */
    private static final Object DONE = new Object();

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(OneShot.class, "state", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through STATE
    private @Nullable Object state;

    /**
     * Makes ready for another use. The caller, while the operation is his; handing it over
     * publishes this.
     */
    public void reset() {
        STATE.set(this, null);
    }

    /** Finishes: exactly once a use, by whoever ran the operation. Any thread. */
    public void complete() {
        final Object before = STATE.getAndSet(this, DONE);
        assert before != DONE : "completed twice";
        if (before instanceof Thread waiter) {
            LockSupport.unpark(waiter);
        }
    }

    /** True once finished; the operation is the caller's again then. */
    public boolean completed() {
        return STATE.getAcquire(this) == DONE;
    }

    /**
     * Waits until finished or interrupted.
     *
     * @param spins how often to look before parking: some hundreds if a core is free for whoever
     *     runs the operation, 0 if not
     * @return {@link #COMPLETED}, with the thread's interrupt status as it was, or {@link
     *     #INTERRUPTED}, with the status cleared: {@link #awaitUninterruptibly} must follow, then
     *     the interrupt be passed on
     */
    public int await(int spins) {
        if (spin(spins)) {
            return COMPLETED;
        }
        enlist();
        while (!completed()) {
            if (Thread.interrupted()) {
                return INTERRUPTED;
            }
            LockSupport.park(this);
        }
        return COMPLETED;
    }

    /**
     * Waits until finished, whatever comes; an interrupt meanwhile is in the thread's status
     * afterwards.
     */
    public void awaitUninterruptibly(int spins) {
        if (spin(spins)) {
            return;
        }
        enlist();
        boolean interrupted = false;
        while (!completed()) {
            interrupted |=
                    Thread.interrupted(); // a set status would make park return at once, again
            // and again
            LockSupport.park(this);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean spin(int spins) {
        for (int i = 0; i < spins; i++) {
            if (completed()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return completed();
    }

    /** Lets the runner know whom to wake. */
    private void enlist() {
        final Thread self = Thread.currentThread();
        final Object witness = STATE.compareAndExchange(this, null, self);
        assert witness == null || witness == DONE || witness == self
                : "two threads wait for one operation";
    }

    @Override
    public String toString() {
        final Object now = STATE.getAcquire(this);
        return now == DONE ? "done" : now == null ? "running" : "running, awaited by " + now;
    }
}
