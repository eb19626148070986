package site.js0.jdb.testkit.arch.planted.comm;

/** Fine: this one is the clock. */
public final class SystemClock {
    /** Now, in nanoseconds. */
    public long nanos() {
        return System.nanoTime();
    }
}
