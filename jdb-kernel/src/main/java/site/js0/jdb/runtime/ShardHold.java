package site.js0.jdb.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * The hold of a shard: whoever has it, and nobody else, may touch the shard's state. The shard's
 * own thread takes it for its turns with {@link #acquire}; any other thread may borrow it with
 * {@link #tryAcquire} for a short piece of work that cannot block, and goes to the channel when it
 * doesn't get it. What one holder wrote the next one sees.
 *
 * <p>Barging is bounded. Once the shard's thread wants the hold, no borrower gets it before him: he
 * waits for one borrowed turn at most. Borrowers never wait for the hold, so they cannot starve
 * each other here: those who are refused are served by the shard's thread, in the channel's order.
 */
public final class ShardHold implements ExclusiveHold {
    /*
     * state   FREE             nobody has it
     *         HELD             somebody has it
     *         HELD | WANTED    a borrower has it, the shard's thread waits
     *         WANTED           handed to the shard's thread, who hasn't taken it yet
     *
     *   FREE -> HELD                    tryAcquire by a borrower, acquire by the shard's thread    CAS
     *   HELD -> FREE                    release, nobody waits                                      CAS
     *   HELD -> HELD | WANTED           acquire by the shard's thread, before it waits             CAS
     *   HELD | WANTED -> WANTED         release by the borrower, who then unparks the thread       store
     *   WANTED -> HELD                  acquire by the shard's thread                              CAS
     *
     * 1. Mutual exclusion: HELD is only ever set by a CAS from a state without it, and only its setter takes it away.
     * 2. Preference: tryAcquire succeeds from FREE alone; while WANTED is set only the shard's thread, who alone waits,
     *    gets on.
     * 3. No lost wake-up: the thread parks only after it saw HELD | WANTED. From there the state changes by release alone,
     *    to WANTED, and the unpark follows; it looks again after every park.
     * 4. What is written under the hold is seen by the next holder: each acquisition is a CAS (acquire) that reads what a
     *    release (CAS or release store) wrote.
     *
     * holder is written by the holder only, after he got the hold and before he lets go. Read by another thread it may be
     * anything but that thread itself: each thread's last store to it before letting go was null, and a thread never reads
     * something older than its own store (opaque access is coherent).
     */
    private static final int FREE = 0;
    private static final int HELD = 1;
    private static final int WANTED = 2;

    /**
     * Looks before the shard's thread parks: a borrowed turn takes a microsecond, unless the
     * borrower lost his core.
     */
    private static final int SPINS = 200;

    private static final VarHandle STATE;
    private static final VarHandle HOLDER;
    private static final VarHandle ATTENTION;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(ShardHold.class, "state", int.class);
            HOLDER = lookup.findVarHandle(ShardHold.class, "holder", Thread.class);
            ATTENTION = lookup.findVarHandle(ShardHold.class, "attention", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through STATE
    private int state = FREE;

    @SuppressWarnings("unused") // through HOLDER
    private @Nullable Thread holder;

    /** The shard's thread. */
    private @Nullable Thread owner;

    @SuppressWarnings("unused") // through ATTENTION
    private boolean attention;

    /**
     * Names the shard's thread. Called once, by that thread, before its first {@link #acquire};
     * others may borrow before and after.
     */
    public void own() {
        assert owner == null : "a shard has one thread";
        owner = Thread.currentThread();
    }

    /**
     * Borrows the hold if it is free and the shard's thread does not want it. Any thread but the
     * shard's; never waits.
     *
     * @throws JdbException Reentrant, when the calling thread has it already
     */
    public boolean tryAcquire() {
        if (!STATE.compareAndSet(this, FREE, HELD)) {
            if (held()) {
                throw reentrant();
            }
            return false;
        }
        HOLDER.setOpaque(this, Thread.currentThread());
        return true;
    }

    /**
     * Takes the hold, before any borrower who hasn't got it yet. The shard's thread only; waits for
     * the end of a borrowed turn.
     *
     * @throws JdbException Reentrant, when it has it already
     */
    @Override
    public void acquire() {
        assert Thread.currentThread() == owner;
        if (!STATE.compareAndSet(this, FREE, HELD)) {
            if (held()) {
                throw reentrant();
            }
            acquireAfterBorrower();
        }
        HOLDER.setOpaque(this, Thread.currentThread());
    }

    private void acquireAfterBorrower() {
        boolean interrupted = false;
        int spins = SPINS;
        while (true) {
            final int now = (int) STATE.getAcquire(this);
            if ((now & HELD) == 0) {
                if (STATE.compareAndSet(this, now, HELD)) {
                    break;
                }
            } else if ((now & WANTED) == 0) {
                STATE.compareAndSet(this, now, HELD | WANTED);
            } else if (spins > 0) {
                spins--;
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
                interrupted |= Thread.interrupted(); // a set status would keep park from parking
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets go. The holder only. */
    @Override
    public void release() {
        assert held();
        HOLDER.setOpaque(this, null);
        if (!STATE.compareAndSet(this, HELD, FREE)) {
            // Only the shard's thread changes the state of a held hold, and only once: it waits.
            assert (int) STATE.getOpaque(this) == (HELD | WANTED);
            STATE.setRelease(this, WANTED);
            LockSupport.unpark(owner);
        }
    }

    /** True when the calling thread has the hold. */
    @Override
    public boolean held() {
        return HOLDER.getOpaque(this) == Thread.currentThread();
    }

    /** True when some thread has the hold, or has had it a moment ago: for reports and guesses. */
    public boolean busy() {
        return (int) STATE.getOpaque(this) != FREE;
    }

    /**
     * Tells the shard's thread that there is work for it. The holder only, before he lets go; he
     * then wakes the thread ({@code IoDriver.wakeup}).
     */
    public void callAttention() {
        assert held();
        ATTENTION.setVolatile(this, true);
    }

    /**
     * True when a borrower left work. Exact for the holder; the shard's thread asks before it
     * sleeps, too.
     */
    public boolean attention() {
        return (boolean) ATTENTION.getVolatile(this);
    }

    /** Answers {@link #attention} and takes it back. The shard's thread only, holding. */
    public boolean takeAttention() {
        assert held();
        final boolean called = attention();
        if (called) {
            ATTENTION.setRelease(this, false); // under the hold: nobody else writes
        }
        return called;
    }

    private static JdbException reentrant() {
        return new JdbException(new JdbError.Reentrant("a database call"));
    }

    @Override
    public String toString() {
        final int now = (int) STATE.getOpaque(this);
        return switch (now) {
            case FREE -> "free";
            case WANTED -> "handed to the shard's thread";
            case HELD -> "held by " + HOLDER.getOpaque(this);
            default -> "held by " + HOLDER.getOpaque(this) + ", wanted by the shard's thread";
        };
    }
}
