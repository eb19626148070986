package site.js0.jdb.fs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a driver has done: operations, bytes and latency, by {@link FileRole} and {@link Verb}.
 *
 * <p>Written by the driver's owner thread only, readable by any thread; a reader may see a count a
 * moment old. Latencies run from {@link IoDriver#enqueue} to completion, waiting inside the driver
 * included. They fall into a fixed array of buckets (see {@link LatencyBuckets}), so that recording
 * allocates nothing.
 *
 * <p>A {@link IoOp.Kind#WRITE_THEN_SYNC} counts as one write and as one sync. Tasks are not
 * counted.
 */
public final class IoMetrics {
    /** What kinds of operations are told apart. */
    public enum Verb {
        READ,
        WRITE,
        SYNC
    }

    /*
     * One flat array; each pair of role and verb has a cell of CELL longs: count, errors, bytes, sum of nanos, buckets.
     * One writer, so a counter is a plain read and an opaque write: no torn or stuck values, no fences. The count goes
     * last, with release; a reader takes it first, with acquire, and so never sees a count without its bytes and bucket.
     * The other way round it can happen: buckets may hold a few operations more than the count says.
     */
    private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int COUNT = 0;
    private static final int ERRORS = 1;
    private static final int BYTES = 2;
    private static final int NANOS = 3;
    private static final int BUCKETS = 4;
    private static final int CELL = BUCKETS + LatencyBuckets.COUNT;

    private static final FileRole[] ROLES = FileRole.values();
    private static final Verb[] VERBS = Verb.values();

    /** After the cells: requests in registered memory, to registered files, and direct files. */
    private static final int REGISTERED = ROLES.length * VERBS.length * CELL;

    private static final int REGISTERED_FILE = REGISTERED + 1;
    private static final int DIRECT_OPENS = REGISTERED + 2;

    private final long[] cells = new long[REGISTERED + 3];

    @SuppressWarnings("EnumOrdinal") // an index into memory, never stored
    private static int cell(FileRole role, Verb verb) {
        return (role.ordinal() * VERBS.length + verb.ordinal()) * CELL;
    }

    /**
     * Counts a completed operation. Drivers only, owner thread, before {@link IoOp#finish}.
     *
     * @param transferred bytes that were moved
     * @param failed whether it ended with an error
     * @param nanos from enqueue to completion
     */
    public void record(IoOp op, long transferred, boolean failed, long nanos) {
        switch (op.kind()) {
            case READ, READ_SCATTERED ->
                    record(op.file().role(), Verb.READ, transferred, failed, nanos);
            case WRITE, WRITE_GATHERED ->
                    record(op.file().role(), Verb.WRITE, transferred, failed, nanos);
            case WRITE_THEN_SYNC -> {
                record(op.file().role(), Verb.WRITE, transferred, failed, nanos);
                record(op.file().role(), Verb.SYNC, 0, failed, nanos);
            }
            case SYNC_DATA, SYNC_ALL -> record(op.file().role(), Verb.SYNC, 0, failed, nanos);
            case TASK, NONE -> {}
        }
    }

    private void record(FileRole role, Verb verb, long bytes, boolean failed, long nanos) {
        long[] to = cells;
        int cell = cell(role, verb);
        add(to, cell + BUCKETS + LatencyBuckets.of(nanos), 1);
        add(to, cell + BYTES, bytes);
        add(to, cell + NANOS, nanos);
        if (failed) {
            add(to, cell + ERRORS, 1);
        }
        CELLS.setRelease(to, cell + COUNT, to[cell + COUNT] + 1);
    }

    /**
     * Counts a request that goes to the system with registered memory. Drivers only, owner thread.
     */
    public void recordRegistered() {
        add(cells, REGISTERED, 1);
    }

    /**
     * Counts an operation whose file the system was told by its place in the ring's table. Drivers
     * only, owner thread.
     */
    public void recordRegisteredFile() {
        add(cells, REGISTERED_FILE, 1);
    }

    /** Counts a file that was opened. Drivers only, any thread. */
    public void recordOpen(IoFile file) {
        if (file.direct()) {
            CELLS.getAndAdd(cells, DIRECT_OPENS, 1L);
        }
    }

    private static void add(long[] to, int at, long amount) {
        CELLS.setOpaque(to, at, to[at] + amount);
    }

    /**
     * The counters as they are now; {@code atNanos} is the caller's clock, for rates. Any thread.
     * Allocates.
     */
    public Snapshot snapshot(long atNanos) {
        long[] copy = new long[cells.length];
        for (int i = REGISTERED; i < copy.length; i++) {
            copy[i] = (long) CELLS.getOpaque(cells, i);
        }
        for (int cell = 0; cell < REGISTERED; cell += CELL) {
            copy[cell + COUNT] = (long) CELLS.getAcquire(cells, cell + COUNT);
            for (int i = cell + 1; i < cell + CELL; i++) {
                copy[i] = (long) CELLS.getOpaque(cells, i);
            }
        }
        return new Snapshot(atNanos, 0, copy);
    }

    /** Counters at a moment, or what was added between two. Immutable; any thread. */
    public static final class Snapshot {
        private final long atNanos;
        private final long spanNanos;
        private final long[] cells;

        private Snapshot(long atNanos, long spanNanos, long[] cells) {
            this.atNanos = atNanos;
            this.spanNanos = spanNanos;
            this.cells = cells;
        }

        /** What happened after {@code earlier}, a snapshot of the same driver, up to this one. */
        public Snapshot since(Snapshot earlier) {
            long[] difference = new long[cells.length];
            for (int i = 0; i < difference.length; i++) {
                difference[i] = cells[i] - earlier.cells[i];
            }
            return new Snapshot(atNanos, atNanos - earlier.atNanos, difference);
        }

        /** Completed operations, failed ones included. */
        public long count(FileRole role, Verb verb) {
            return cells[cell(role, verb) + COUNT];
        }

        /** Operations that failed. */
        public long errors(FileRole role, Verb verb) {
            return cells[cell(role, verb) + ERRORS];
        }

        /** Bytes moved. */
        public long bytes(FileRole role, Verb verb) {
            return cells[cell(role, verb) + BYTES];
        }

        /** Mean latency in nanoseconds; 0 when there was no operation. */
        public double meanNanos(FileRole role, Verb verb) {
            long count = count(role, verb);
            return count == 0 ? 0 : (double) cells[cell(role, verb) + NANOS] / count;
        }

        /**
         * The latency that {@code percentile} percent of the operations did not exceed, in
         * nanoseconds, rounded up to the end of its bucket (at most 12.5 % too much); 0 when there
         * was no operation.
         */
        public long percentileNanos(FileRole role, Verb verb, double percentile) {
            if (!(percentile >= 0 && percentile <= 100)) {
                throw new IllegalArgumentException("a percentile is 0 to 100, was " + percentile);
            }
            int from = cell(role, verb) + BUCKETS;
            long total = 0;
            for (int i = 0; i < LatencyBuckets.COUNT; i++) {
                total += cells[from + i];
            }
            long rank = Math.max(1, (long) Math.ceil(total * percentile / 100));
            long seen = 0;
            for (int i = 0; i < LatencyBuckets.COUNT; i++) {
                seen += cells[from + i];
                if (seen >= rank) {
                    return LatencyBuckets.highNanos(i);
                }
            }
            return 0;
        }

        /**
         * Requests whose memory was registered with the system ({@link IoDriver#registerBuffers}).
         * What goes on after a short transfer is a request of its own.
         */
        public long registered() {
            return cells[REGISTERED];
        }

        /** Operations whose file was registered with the system; as {@link #registered}. */
        public long registeredFile() {
            return cells[REGISTERED_FILE];
        }

        /** Files opened past the page cache. */
        public long directOpens() {
            return cells[DIRECT_OPENS];
        }

        /** Operations per second of the span; only of a difference made by {@link #since}. */
        public double perSecond(FileRole role, Verb verb) {
            return rate(count(role, verb));
        }

        /** Bytes per second of the span; only of a difference made by {@link #since}. */
        public double bytesPerSecond(FileRole role, Verb verb) {
            return rate(bytes(role, verb));
        }

        private double rate(long amount) {
            if (spanNanos <= 0) {
                throw new IllegalStateException("a rate needs the difference of two snapshots");
            }
            return amount * 1e9 / spanNanos;
        }

        /** When this was taken, on the caller's clock. */
        public long atNanos() {
            return atNanos;
        }

        /** One line for each pair of role and verb that has seen an operation. */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            for (FileRole role : ROLES) {
                for (Verb verb : VERBS) {
                    if (count(role, verb) > 0) {
                        text.append(line(role, verb));
                    }
                }
            }
            return text.toString();
        }

        private String line(FileRole role, Verb verb) {
            return String.format(
                    java.util.Locale.ROOT,
                    "%-6s %-5s %d ops, %d bytes, %d errors, p50 %d us, p99 %d us%n",
                    role,
                    verb,
                    count(role, verb),
                    bytes(role, verb),
                    errors(role, verb),
                    percentileNanos(role, verb, 50) / 1000,
                    percentileNanos(role, verb, 99) / 1000);
        }
    }
}
