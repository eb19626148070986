package site.js0.jdb.testkit;

import site.js0.jdb.comm.Clock;

/** A clock that stands still until it is told to go on. Owner: the test's thread. */
public final class ManualClock implements Clock {
    /** 2026-01-01T00:00Z: a plausible wall for a world that has just begun. */
    public static final long EPOCH_NANOS = 1_767_225_600_000_000_000L;

    private long wallNanos;
    private long monotonicNanos;

    /** At {@link #EPOCH_NANOS}. */
    public ManualClock() {
        this(EPOCH_NANOS);
    }

    /** With the wall at {@code wallNanos}; monotonic time begins at 1. */
    public ManualClock(long wallNanos) {
        this.wallNanos = wallNanos;
        this.monotonicNanos = 1;
    }

    @Override
    public long wallNanos() {
        return wallNanos;
    }

    @Override
    public long monotonicNanos() {
        return monotonicNanos;
    }

    /** Lets {@code nanos} pass, on the wall too. */
    public void advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time goes forward only, asked for " + nanos);
        }
        monotonicNanos = Math.addExact(monotonicNanos, nanos);
        wallNanos = Math.addExact(wallNanos, nanos);
    }

    /** Sets the wall, back too, as an administrator may; monotonic time does not care. */
    public void setWall(long wallNanos) {
        this.wallNanos = wallNanos;
    }
}
