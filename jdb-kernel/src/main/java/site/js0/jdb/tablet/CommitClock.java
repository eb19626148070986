package site.js0.jdb.tablet;

import site.js0.jdb.comm.Clock;

/**
 * The one source of commit and snapshot timestamps of a process: nanoseconds, starting at the wall
 * clock or just above everything that was ever committed here, whichever is later, and monotonic
 * from then on. No state is shared but these constants, so any thread may read it.
 *
 * <p>Every timestamp that was given to a commit is at or below {@link #now()} by the time the
 * commit is acknowledged: {@link #after} waits the nanosecond or so that this may take. So a
 * snapshot taken at {@code now()} sees all that was acknowledged before.
 */
public final class CommitClock {
    private static final int SPINS_MAX = 1_000_000;

    private final Clock clock;
    private final long base;
    private final long monotonicAtBase;

    /**
     * @param committed no timestamp above this was ever given out; from superblocks and logs
     */
    public CommitClock(Clock clock, long committed) {
        this.clock = clock;
        this.base = Math.max(clock.wallNanos(), committed + 1);
        this.monotonicAtBase = clock.monotonicNanos();
    }

    /** The present timestamp. */
    public long now() {
        return base + (clock.monotonicNanos() - monotonicAtBase);
    }

    /** A timestamp above {@code last} that is not in the future. */
    public long after(long last) {
        for (int i = 0; i < SPINS_MAX; i++) {
            long now = now();
            if (now > last) {
                return now;
            }
            Thread.onSpinWait();
        }
        throw new IllegalStateException(
                "the clock stands still at "
                        + now()
                        + ", at or below the last commit's timestamp "
                        + last);
    }
}
