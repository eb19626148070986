package site.js0.jdb.fs;

/**
 * What a driver has done: operations, bytes and latency, by {@link FileRole} and {@link Verb}.
 *
 * <p>Written by the driver's owner thread only, readable by any thread; a reader may see a count a moment old.
 * Latencies fall into a fixed array of buckets, so that recording allocates nothing.
 */
public final class IoMetrics {
    /** What kinds of operations are told apart. */
    public enum Verb {
        READ,
        WRITE,
        SYNC
    }
}
