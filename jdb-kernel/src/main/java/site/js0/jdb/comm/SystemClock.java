package site.js0.jdb.comm;

import java.time.Instant;

/** The machine's clocks. */
public final class SystemClock implements Clock {
    @Override
    public long wallNanos() {
        Instant now = Instant.now();
        return Math.addExact(
                Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
    }

    @Override
    public long monotonicNanos() {
        return System.nanoTime();
    }
}
