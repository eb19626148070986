package site.js0.jdb.comm;

/** The only source of time in the kernel; tests replace it. Any thread. */
public interface Clock {
    /** Nanoseconds since 1970-01-01T00:00Z by the wall; may step back between runs. */
    long wallNanos();

    /** Nanoseconds of a clock that never goes back within this process; its zero means nothing. */
    long monotonicNanos();
}
