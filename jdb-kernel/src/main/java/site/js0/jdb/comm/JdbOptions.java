package site.js0.jdb.comm;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;

/**
 * How a database is opened. Immutable; {@link #defaults()} and the {@code with...} verbs that
 * answer changed copies, or refuse with BadArgument what is out of bounds.
 */
public final class JdbOptions {
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

    private final Values values;

    /** Each option and what it is when nobody says otherwise. Never changed once it is owned. */
    private static final class Values implements Cloneable {
        private long memoryBytes = Math.min(1L << 30, PhysicalMemory.bytes() / 4);
        private int shards;
        private int vnodes;
        private int ioDepth = 128;
        private DriverChoice driver = DriverChoice.AUTO;
        private boolean borrow = true;
        private int inlineValueBytesMax = INLINE_VALUE_BYTES_MAX;
        private int walSegmentBytes = 16 << 20;
        private boolean syncEveryCommit;
        private boolean pinThreads;
        private boolean createIfMissing = true;
        private boolean debugLeaks;
        private Optional<Executor> executor = Optional.empty();

        private Values copy() {
            try {
                return (Values) clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private JdbOptions(Values values) {
        this.values = values;
    }

    private JdbOptions with(Consumer<Values> change) {
        Values changed = values.copy();
        change.accept(changed);
        return new JdbOptions(changed);
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
        return new JdbOptions(new Values());
    }

    /** All off-heap memory the kernel may use. */
    public JdbOptions withMemory(long bytes) {
        check(bytes > 0, "memory", "more than 0 bytes", bytes);
        return with(v -> v.memoryBytes = bytes);
    }

    /** See {@link #withMemory}. */
    public long memoryBytes() {
        return values.memoryBytes;
    }

    /** Shards: threads, rings and logs; 0 for one per core. */
    public JdbOptions withShards(int count) {
        check(
                count >= 0 && count <= SHARDS_MAX,
                "shards",
                "0 (one per core) to " + SHARDS_MAX,
                count);
        return with(v -> v.shards = count);
    }

    /** As given; see {@link #shardsOrDefault}. */
    public int shards() {
        return values.shards;
    }

    /** Shards in force on this machine. */
    public int shardsOrDefault() {
        return shards() == 0 ? Runtime.getRuntime().availableProcessors() : shards();
    }

    /** VNodes at creation; 0 for one per shard. Ignored when the database exists. */
    public JdbOptions withVnodes(int count) {
        check(
                count >= 0 && count <= VNODES_MAX,
                "vnodes",
                "0 (one per shard at creation) to " + VNODES_MAX,
                count);
        return with(v -> v.vnodes = count);
    }

    /** As given; see {@link #vnodesOrDefault}. */
    public int vnodes() {
        return values.vnodes;
    }

    /** VNodes that a new database gets on this machine. */
    public int vnodesOrDefault() {
        return vnodes() == 0 ? shardsOrDefault() : vnodes();
    }

    /** I/O operations in flight per shard. */
    public JdbOptions withIoDepth(int depth) {
        check(depth >= 8 && depth <= 4096, "ioDepth", "8 to 4096", depth);
        return with(v -> v.ioDepth = depth);
    }

    /** See {@link #withIoDepth}. */
    public int ioDepth() {
        return values.ioDepth;
    }

    /** The driver. */
    public JdbOptions withDriver(DriverChoice choice) {
        Objects.requireNonNull(choice);
        return with(v -> v.driver = choice);
    }

    /** See {@link #withDriver}. */
    public DriverChoice driver() {
        return values.driver;
    }

    /** False: callers never run their requests themselves, all go through the channel. */
    public JdbOptions withBorrow(boolean allowed) {
        return with(v -> v.borrow = allowed);
    }

    /** See {@link #withBorrow}. */
    public boolean borrow() {
        return values.borrow;
    }

    /** Larger values go to the value log. */
    public JdbOptions withInlineValueBytesMax(int bytes) {
        check(
                bytes >= 0 && bytes <= INLINE_VALUE_BYTES_MAX,
                "inlineValueBytesMax",
                "0 to " + INLINE_VALUE_BYTES_MAX,
                bytes);
        return with(v -> v.inlineValueBytesMax = bytes);
    }

    /** See {@link #withInlineValueBytesMax}. */
    public int inlineValueBytesMax() {
        return values.inlineValueBytesMax;
    }

    /** Size of a log segment. */
    public JdbOptions withWalSegmentBytes(int bytes) {
        check(
                bytes >= 64 << 10 && bytes <= 1 << 30 && Integer.bitCount(bytes) == 1,
                "walSegmentBytes",
                "a power of two from 64 KiB to 1 GiB",
                bytes);
        return with(v -> v.walSegmentBytes = bytes);
    }

    /** See {@link #withWalSegmentBytes}. */
    public int walSegmentBytes() {
        return values.walSegmentBytes;
    }

    /**
     * True: every write is as its {@code ...Sync} form, durable against power loss when it is
     * acknowledged. Writers who wait at the same time share a sync.
     */
    public JdbOptions withSyncEveryCommit(boolean sync) {
        return with(v -> v.syncEveryCommit = sync);
    }

    /** See {@link #withSyncEveryCommit}. */
    public boolean syncEveryCommit() {
        return values.syncEveryCommit;
    }

    /**
     * True: each shard's thread stays on one core, shard {@code n} on the n-th of those that the
     * process may use (and again from the first when there are more shards). Where the system does
     * not let it, it runs unpinned; {@code Stats.info} says which under {@code pinned}.
     */
    public JdbOptions withPinThreads(boolean pin) {
        return with(v -> v.pinThreads = pin);
    }

    /** See {@link #withPinThreads}. */
    public boolean pinThreads() {
        return values.pinThreads;
    }

    /** False: a path that is not there is an error. */
    public JdbOptions withCreateIfMissing(boolean create) {
        return with(v -> v.createIfMissing = create);
    }

    /** See {@link #withCreateIfMissing}. */
    public boolean createIfMissing() {
        return values.createIfMissing;
    }

    /**
     * True: a scan that was never closed is reported with the place that opened it, through {@code
     * alloc.Leaks} (a warning of the logger {@code site.js0.jdb.leaks}): when the garbage collector
     * meets it, or when the database is closed. Costs a stack trace a scan.
     */
    public JdbOptions withDebugLeaks(boolean report) {
        return with(v -> v.debugLeaks = report);
    }

    /** See {@link #withDebugLeaks}. */
    public boolean debugLeaks() {
        return values.debugLeaks;
    }

    /** Where asynchronous calls complete; the common pool when not given. */
    public JdbOptions withExecutor(Executor named) {
        Optional<Executor> some = Optional.of(named);
        return with(v -> v.executor = some);
    }

    /** As given; see {@link #executorOrDefault}. */
    public Optional<Executor> executor() {
        return values.executor;
    }

    /** The executor in force. */
    public Executor executorOrDefault() {
        return executor().orElseGet(ForkJoinPool::commonPool);
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
