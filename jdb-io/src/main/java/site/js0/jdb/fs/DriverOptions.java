package site.js0.jdb.fs;

import java.util.Locale;
import java.util.Objects;

/**
 * How {@link Drivers#open} makes a driver. Immutable; start from {@link #defaults()} and change
 * with the {@code with} methods.
 *
 * @param kind which driver; the system property {@code jdb.driver}, or the environment variable
 *     {@code JDB_DRIVER}, overrides it
 * @param queueDepth requests that the system holds at once, 1 to {@value #QUEUE_DEPTH_MAX}: ring
 *     entries of {@code uring}, and the bound on what {@code nio} has running; what goes beyond
 *     waits inside the driver
 * @param registeredBuffers whether {@link IoDriver#registerBuffers} registers memory with the
 *     kernel where it can
 * @param workers threads of the {@code nio} driver, 0 for its own choice; others ignore it
 * @param threadName what the driver's helper threads are named after
 */
public record DriverOptions(
        Kind kind, int queueDepth, boolean registeredBuffers, int workers, String threadName) {
    /** Which driver to open. */
    public enum Kind {
        /** {@code uring} where the system allows it, else {@code nio}. */
        AUTO,
        /** Raw io_uring; opening fails where it is forbidden or unknown. */
        URING,
        /** Worker threads over FileChannel; works everywhere. */
        NIO;

        /** The kind named {@code text}, in any case. */
        public static Kind parse(String text) {
            for (Kind kind : values()) {
                if (kind.name().equals(text.toUpperCase(Locale.ROOT))) {
                    return kind;
                }
            }
            throw new IllegalArgumentException(
                    "driver must be auto, uring or nio, was '" + text + "'");
        }
    }

    /** The largest ring the kernel makes (IORING_MAX_ENTRIES). */
    public static final int QUEUE_DEPTH_MAX = 32_768;

    private static final int QUEUE_DEPTH_DEFAULT = 256;

    /** Checks the ranges. */
    public DriverOptions {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(threadName);
        if (queueDepth < 1 || queueDepth > QUEUE_DEPTH_MAX) {
            throw new IllegalArgumentException(
                    "queueDepth must be 1 to " + QUEUE_DEPTH_MAX + ", was " + queueDepth);
        }
        if (workers < 0) {
            throw new IllegalArgumentException("workers must be >= 0, was " + workers);
        }
    }

    /** AUTO, 256 deep, buffers registered. */
    public static DriverOptions defaults() {
        return new DriverOptions(Kind.AUTO, QUEUE_DEPTH_DEFAULT, true, 0, "jdb-io");
    }

    /** The same with another kind. */
    public DriverOptions withKind(Kind other) {
        return new DriverOptions(other, queueDepth, registeredBuffers, workers, threadName);
    }

    /** The same with another queue depth. */
    public DriverOptions withQueueDepth(int other) {
        return new DriverOptions(kind, other, registeredBuffers, workers, threadName);
    }

    /** The same with registered buffers on or off. */
    public DriverOptions withRegisteredBuffers(boolean other) {
        return new DriverOptions(kind, queueDepth, other, workers, threadName);
    }

    /** The same with another number of {@code nio} workers. */
    public DriverOptions withWorkers(int other) {
        return new DriverOptions(kind, queueDepth, registeredBuffers, other, threadName);
    }

    /** The same with other thread names. */
    public DriverOptions withThreadName(String other) {
        return new DriverOptions(kind, queueDepth, registeredBuffers, workers, other);
    }
}
