package site.js0.jdb.cli.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Runs workloads on a store, one after the other, and says what each gave.
 *
 * <p>What counts: a workload that writes is timed until its last operation returned, then until
 * background work has settled; its rate is over both. Between writing and reading the store is
 * closed and opened again. Latency is taken of every call, from the end of the one before it.
 */
public final class KvBench {
    /** Told how far a workload is. */
    public interface Listener {
        void at(Workload workload, long done, long total);
    }

    private static final long POLL_MILLIS = 50;

    private final KvEngine engine;
    private final KvPlan plan;
    private final Listener listener;

    private KvEngine.@Nullable Store store;
    private KeySpace keys;
    private final Values values;
    private long stored;
    private boolean written; // since the store was opened
    private boolean filled; // by this run: what is there is ours to delete
    private boolean warmed;
    private double reopenSeconds;
    private double warmSeconds;

    public KvBench(KvEngine engine, KvPlan plan, Listener listener) {
        this.engine = engine;
        this.plan = plan;
        this.listener = listener;
        this.keys = new KeySpace(plan.denseKeys(), plan.keyBytes(), plan.seed());
        this.values = new Values(plan.valueBytes());
        this.stored = plan.n();
    }

    /**
     * Runs the plan.
     *
     * @param results given each workload's result when it is there
     * @throws IllegalArgumentException when the plan cannot be: reading from an empty store, too
     *     many keys for their size
     */
    public void run(Consumer<KvResult> results) throws IOException, InterruptedException {
        if (plan.keyBytes() < Long.BYTES && plan.n() > 1L << plan.keyBytes() * Byte.SIZE - 1) {
            throw new IllegalArgumentException(
                    "keys of "
                            + plan.keyBytes()
                            + " bytes are too short for "
                            + plan.n()
                            + " different ones");
        }
        boolean empty = isEmpty(plan.directory());
        if (!empty && !plan.existing() && plan.workloads().stream().anyMatch(Workload::isFill)) {
            throw new IllegalArgumentException(
                    plan.directory()
                            + " is not empty, and "
                            + plan.workloads()
                            + " begin with an empty store");
        }
        if (empty && !plan.workloads().get(0).isFill()) {
            throw new IllegalArgumentException(
                    plan.workloads().get(0).label()
                            + " needs a store with keys in it; put fillrandom or fillseq before it");
        }
        try {
            for (Workload workload : plan.workloads()) {
                results.accept(run(workload));
            }
        } finally {
            closeStore();
        }
    }

    private KvResult run(Workload workload) throws IOException, InterruptedException {
        reopenSeconds = 0;
        warmSeconds = 0;
        if (workload.isFill()) {
            beginFill(workload);
        } else if (!workload.isWrite() && written && plan.reopen()) {
            closeStore();
        }
        KvEngine.Store open = openStore();
        if (workload.isFill()) {
            reopenSeconds = 0; // it was an empty store
        }
        if (!workload.isWrite() && plan.warm() && !warmed) {
            warm(open);
        }
        return measure(workload, open);
    }

    private void beginFill(Workload workload) throws IOException {
        if (filled) {
            closeStore();
            deleteContents(plan.directory());
        }
        filled = true;
        stored = plan.ops(workload);
        keys =
                new KeySpace(
                        workload == Workload.FILLSEQ || plan.denseKeys(),
                        plan.keyBytes(),
                        plan.seed());
    }

    private KvEngine.Store openStore() throws IOException {
        KvEngine.Store open = store;
        if (open == null) {
            long start = System.nanoTime();
            open = engine.open(plan.directory());
            reopenSeconds = (System.nanoTime() - start) / 1e9;
            store = open;
            written = false;
            warmed = false;
        }
        return open;
    }

    private void closeStore() {
        KvEngine.Store open = store;
        store = null;
        if (open != null) {
            open.close();
        }
    }

    /** Reads everything once, so that what fits in memory is there. */
    private void warm(KvEngine.Store open) {
        long start = System.nanoTime();
        byte[] key = new byte[plan.keyBytes()];
        byte[] value = new byte[plan.valueBytes()];
        try (KvEngine.Client client = open.client();
                KvEngine.Cursor cursor = client.seek(key, Long.MAX_VALUE)) {
            while (cursor.next()) {
                cursor.value(value);
            }
        }
        warmed = true;
        warmSeconds = (System.nanoTime() - start) / 1e9;
    }

    private KvResult measure(Workload workload, KvEngine.Store open)
            throws IOException, InterruptedException {
        long ops = plan.ops(workload);
        long writtenBefore = ProcessUsage.writtenBytes();
        AtomicBoolean readersDone = new AtomicBoolean();
        List<KvWorker> workers = new ArrayList<>();
        long given = 0;
        for (int t = 0; t < plan.threads(); t++) {
            long share = ops * (t + 1) / plan.threads() - given;
            workers.add(worker(workload, open, share, given, t, () -> false));
            given += share;
        }
        KvWorker writer =
                workload == Workload.READWHILEWRITING
                        ? worker(
                                Workload.OVERWRITE,
                                open,
                                Long.MAX_VALUE,
                                0,
                                plan.threads(),
                                readersDone::get)
                        : null;
        List<Thread> threads = new ArrayList<>();
        for (KvWorker worker : workers) {
            threads.add(Thread.ofPlatform().name("bench-" + threads.size()).start(worker));
        }
        Thread writing =
                writer == null ? null : Thread.ofPlatform().name("bench-writer").start(writer);
        await(workload, threads, workers, ops);
        readersDone.set(true);
        if (writing != null) {
            writing.join();
        }
        written |= workload.leavesWork();
        double settleSeconds = 0;
        if (workload.leavesWork()) {
            long start = System.nanoTime();
            open.settle();
            settleSeconds = (System.nanoTime() - start) / 1e9;
        }
        return result(
                workload,
                workers,
                writer,
                settleSeconds,
                ProcessUsage.writtenBytes() - writtenBefore);
    }

    private KvWorker worker(
            Workload workload,
            KvEngine.Store open,
            long ops,
            long first,
            int thread,
            BooleanSupplier stop) {
        boolean shuffled =
                keys.isDense()
                        && (workload == Workload.FILLRANDOM || workload == Workload.FILLSYNC);
        return new KvWorker(
                workload,
                open.client(),
                keys,
                values,
                plan,
                stored,
                ops,
                first,
                shuffled ? Permutation.below(stored, plan.seed()) : null,
                plan.seed() * 1_000_003 + workload.label().hashCode() * 1009L + thread,
                stop);
    }

    private void await(Workload workload, List<Thread> threads, List<KvWorker> workers, long ops)
            throws InterruptedException {
        for (Thread thread : threads) {
            while (!thread.join(Duration.ofMillis(POLL_MILLIS))) {
                long done = 0;
                for (KvWorker worker : workers) {
                    done += worker.done();
                }
                listener.at(workload, done, ops);
            }
        }
    }

    private KvResult result(
            Workload workload,
            List<KvWorker> workers,
            @Nullable KvWorker writer,
            double settleSeconds,
            long writtenBytes)
            throws IOException {
        Histogram latency = new Histogram(workers.get(0).latency);
        latency.reset();
        long start = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        long ops = 0;
        long userBytes = 0;
        long errors = writer == null ? 0 : writer.errors;
        String firstError = writer == null ? "" : writer.firstError;
        for (KvWorker worker : workers) {
            latency.add(worker.latency);
            start = Math.min(start, worker.startNanos);
            end = Math.max(end, worker.endNanos);
            ops += worker.latency.getTotalCount();
            userBytes += worker.userBytes;
            errors += worker.errors;
            firstError = firstError.isEmpty() ? worker.firstError : firstError;
        }
        double seconds = (end - start) / 1e9;
        return new KvResult(
                workload.label(),
                ops,
                seconds,
                ops / (workload.isWrite() ? seconds + settleSeconds : seconds),
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(99) / 1e3,
                latency.getValueAtPercentile(99.9) / 1e3,
                latency.getMaxValue() / 1e3,
                settleSeconds,
                userBytes,
                writtenBytes,
                ProcessUsage.diskBytes(plan.directory()),
                ProcessUsage.peakRssBytes(),
                errors,
                engine.name(),
                plan.threads(),
                plan.keyBytes(),
                plan.valueBytes(),
                keys.isDense(),
                plan.sync() || workload == Workload.FILLSYNC,
                ops / seconds,
                reopenSeconds,
                warmSeconds,
                writer == null ? 0 : writer.latency.getTotalCount(),
                intervalRates(workers),
                firstError);
    }

    /** Operations per second in each part: over all threads, each in its own k-th part. */
    private List<Double> intervalRates(List<KvWorker> workers) {
        List<Double> rates = new ArrayList<>();
        for (int k = 0; k < plan.intervals(); k++) {
            double rate = 0;
            for (KvWorker worker : workers) {
                long from = k == 0 ? worker.startNanos : worker.intervalEnds()[k - 1];
                long to = worker.intervalEnds()[k];
                double ops = (double) worker.latency.getTotalCount() / plan.intervals();
                rate += to > from && from > 0 ? ops * 1e9 / (to - from) : 0;
            }
            rates.add(rate);
        }
        return rates;
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return true;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }

    /** Deletes what is below {@code directory}, which this run has filled. */
    public static void deleteContents(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return;
        }
        try (Stream<Path> below = Files.walk(directory)) {
            for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(directory)) {
                    Files.delete(path);
                }
            }
        }
    }
}
