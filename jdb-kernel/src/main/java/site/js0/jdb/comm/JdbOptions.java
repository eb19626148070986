package site.js0.jdb.comm;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;

/**
 * How a database is opened. Immutable; {@link #defaults()} and the {@code with...} verbs that
 * answer changed copies.
 */
public record JdbOptions(
        long memoryBytes,
        int shards,
        int vnodes,
        int ioDepth,
        DriverChoice driver,
        boolean borrow,
        int inlineValueBytesMax,
        int walSegmentBytes,
        boolean pinThreads,
        boolean createIfMissing,
        boolean debugLeaks,
        Optional<Executor> executor) {
    /** Which {@code fs} driver serves the shards. */
    public enum DriverChoice {
        /** io_uring where the system lets us, else nio. */
        AUTO,
        URING,
        NIO
    }

    public static final int INLINE_VALUE_BYTES_MAX = 1024;

    /** The most shards. */
    public static final int SHARDS_MAX = 1024;

    /** The most VNodes. */
    public static final int VNODES_MAX = 4096;

    public JdbOptions {
        check(memoryBytes > 0, "memory", "more than 0 bytes", memoryBytes);
        check(
                shards >= 0 && shards <= SHARDS_MAX,
                "shards",
                "0 (one per core) to " + SHARDS_MAX,
                shards);
        check(
                vnodes >= 0 && vnodes <= VNODES_MAX,
                "vnodes",
                "0 (one per shard at creation) to " + VNODES_MAX,
                vnodes);
        check(ioDepth >= 8 && ioDepth <= 4096, "ioDepth", "8 to 4096", ioDepth);
        check(
                inlineValueBytesMax >= 0 && inlineValueBytesMax <= INLINE_VALUE_BYTES_MAX,
                "inlineValueBytesMax",
                "0 to " + INLINE_VALUE_BYTES_MAX,
                inlineValueBytesMax);
        check(
                walSegmentBytes >= 64 << 10
                        && walSegmentBytes <= 1 << 30
                        && Integer.bitCount(walSegmentBytes) == 1,
                "walSegmentBytes",
                "a power of two from 64 KiB to 1 GiB",
                walSegmentBytes);
        Objects.requireNonNull(driver);
        Objects.requireNonNull(executor);
    }

    private static void check(boolean ok, String what, String expected, long found) {
        if (!ok) {
            throw new JdbException(new JdbError.BadArgument(what, expected, Long.toString(found)));
        }
    }

    /**
     * 1 GiB or a quarter of the machine's memory, whichever is less; a shard and a VNode per core;
     * AUTO driver.
     */
    public static JdbOptions defaults() {
        return new JdbOptions(
                Math.min(1L << 30, PhysicalMemory.bytes() / 4),
                0,
                0,
                128,
                DriverChoice.AUTO,
                true,
                INLINE_VALUE_BYTES_MAX,
                16 << 20,
                false,
                true,
                false,
                Optional.empty());
    }

    /** All off-heap memory the kernel may use. */
    public JdbOptions withMemory(long bytes) {
        return new JdbOptions(
                bytes,
                shards,
                vnodes,
                ioDepth,
                driver,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** Shards: threads, rings and logs; 0 for one per core. */
    public JdbOptions withShards(int count) {
        return new JdbOptions(
                memoryBytes,
                count,
                vnodes,
                ioDepth,
                driver,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** VNodes at creation; 0 for one per shard. Ignored when the database exists. */
    public JdbOptions withVnodes(int count) {
        return new JdbOptions(
                memoryBytes,
                shards,
                count,
                ioDepth,
                driver,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** The driver. */
    public JdbOptions withDriver(DriverChoice choice) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                ioDepth,
                choice,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** False: callers never run their requests themselves, all go through the channel. */
    public JdbOptions withBorrow(boolean allowed) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                ioDepth,
                driver,
                allowed,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** Size of a log segment. */
    public JdbOptions withWalSegmentBytes(int bytes) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                ioDepth,
                driver,
                borrow,
                inlineValueBytesMax,
                bytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** False: a path that is not there is an error. */
    public JdbOptions withCreateIfMissing(boolean create) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                ioDepth,
                driver,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                create,
                debugLeaks,
                executor);
    }

    /** I/O operations in flight per shard. */
    public JdbOptions withIoDepth(int depth) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                depth,
                driver,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** Larger values go to the value log. */
    public JdbOptions withInlineValueBytesMax(int bytes) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                ioDepth,
                driver,
                borrow,
                bytes,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** True: each shard's thread stays on a core of its own, where the system lets it. */
    public JdbOptions withPinThreads(boolean pin) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                ioDepth,
                driver,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pin,
                createIfMissing,
                debugLeaks,
                executor);
    }

    /** True: a leaked scan or snapshot is reported with the place that opened it; costs time. */
    public JdbOptions withDebugLeaks(boolean report) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                ioDepth,
                driver,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                report,
                executor);
    }

    /** Where asynchronous calls complete; the common pool when not given. */
    public JdbOptions withExecutor(Executor named) {
        return new JdbOptions(
                memoryBytes,
                shards,
                vnodes,
                ioDepth,
                driver,
                borrow,
                inlineValueBytesMax,
                walSegmentBytes,
                pinThreads,
                createIfMissing,
                debugLeaks,
                Optional.of(named));
    }

    /** The executor in force. */
    public Executor executorOrDefault() {
        return executor.orElseGet(ForkJoinPool::commonPool);
    }

    /** Shards in force on this machine. */
    public int shardsOrDefault() {
        return shards == 0 ? Runtime.getRuntime().availableProcessors() : shards;
    }

    /** VNodes that a new database gets on this machine. */
    public int vnodesOrDefault() {
        return vnodes == 0 ? shardsOrDefault() : vnodes;
    }

    /**
     * Reads {@code 1073741824}, {@code 512m}, {@code 1g}, {@code 64MiB}; for command lines and
     * files.
     */
    public static long parseBytes(String what, String text) {
        String t = text.trim().toLowerCase(Locale.ROOT);
        String number = t.replaceFirst("(k|m|g|t)?(ib|b)?$", "");
        String unit = t.substring(number.length()).replaceFirst("(ib|b)$", "");
        int shift =
                switch (unit) {
                    case "" -> 0;
                    case "k" -> 10;
                    case "m" -> 20;
                    case "g" -> 30;
                    case "t" -> 40;
                    default -> -1;
                };
        try {
            long n = Long.parseLong(number);
            if (n >= 0 && shift >= 0 && n <= Long.MAX_VALUE >> shift) {
                return n << shift;
            }
        } catch (NumberFormatException e) {
            // said below, with the whole text
        }
        throw new JdbException(
                new JdbError.BadArgument(what, "a size such as 512m, 1g or 1048576", text));
    }
}
