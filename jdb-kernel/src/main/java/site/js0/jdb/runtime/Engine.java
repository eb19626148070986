package site.js0.jdb.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.api.Batch;
import site.js0.jdb.api.Database;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Stats;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.Routing;

/**
 * An open database: its shards, its catalog, and what callers see of both. Any thread.
 *
 * <p>{@link EngineOpening} puts it together; {@link #close} takes it apart.
 */
final class Engine implements Jdb {
    private final Path path;
    private final JdbOptions options;
    private final EngineParts parts;
    private final List<Shard> shards;
    private final int vnodes;
    private final Snapshots snapshots;
    private final Completions completions;
    private final @Nullable OpenScans openScans;
    private final Catalog catalog;

    private final OperationPool<PutOperation> puts = new OperationPool<>(PutOperation::new);
    private final OperationPool<GetOperation> gets = new OperationPool<>(GetOperation::new);

    /** For each scan one operation a VNode. */
    private final OperationPool<ScanOperation[]> scans = new OperationPool<>(this::scanOperations);

    /** Half of the identity of this process's transactions over several shards. */
    private final long txnHigh;

    private final AtomicLong txnLow = new AtomicLong();

    private volatile boolean closed;

    /**
     * For futures that a caller waits for and nobody else sees: through the user's executor he
     * would wait for ever when it is that executor's only thread that waits.
     */
    private static final Executor ON_THE_SPOT = Runnable::run;

    Engine(Path path, JdbOptions options, EngineParts parts) {
        this.path = path;
        this.options = options;
        this.parts = parts;
        this.shards = parts.shards();
        this.vnodes = parts.vnodes();
        this.snapshots = parts.snapshots();
        this.completions = new Completions(options.executorOrDefault(), options.pinThreads());
        this.openScans = options.debugLeaks() ? new OpenScans() : null;
        this.txnHigh = parts.clock().now();
        this.catalog = new Catalog(catalogRows());
    }

    private Catalog.Rows catalogRows() {
        KernelTable table =
                new KernelTable(
                        this,
                        new KernelDatabase(this, new byte[0]),
                        new byte[0],
                        Catalog.CATALOG_TABLE);
        return new Catalog.Rows() {
            @Override
            public void forEach(BiConsumer<byte[], byte[]> row) {
                try (Scan scan = table.scan(ScanRange.all())) {
                    while (scan.next()) {
                        row.accept(scan.key(), scan.value());
                    }
                }
            }

            @Override
            public void putSync(byte[] key, byte[] value) {
                // Whoever is interrupted waits all the same: given up, the row might be written
                // after that of a second try, and name another id than is used.
                int vnode = Routing.vnode(Catalog.CATALOG_TABLE, key, vnodes);
                joinUninterruptibly(
                        Engine.<PutOperation, @Nullable Void>async(
                                shardOf(vnode),
                                new PutOperation()
                                        .ofPut(vnode, Catalog.CATALOG_TABLE, key, value, true),
                                op -> null,
                                ON_THE_SPOT));
            }
        };
    }

    // ---- for the package
    // ---------------------------------------------------------------------------------------

    Shard shardOf(int vnode) {
        return shards.get(Routing.shard(vnode, shards.size()));
    }

    int vnodes() {
        return vnodes;
    }

    Snapshots snapshots() {
        return snapshots;
    }

    Catalog catalog() {
        return catalog;
    }

    OperationPool<PutOperation> puts() {
        return puts;
    }

    OperationPool<GetOperation> gets() {
        return gets;
    }

    /** Whether a write waits for its log record to be on the device. */
    boolean sync(boolean asked) {
        return asked || options.syncEveryCommit();
    }

    OperationPool<ScanOperation[]> scans() {
        return scans;
    }

    private ScanOperation[] scanOperations() {
        ScanOperation[] one = new ScanOperation[vnodes];
        Arrays.setAll(one, v -> new ScanOperation());
        return one;
    }

    Executor executor() {
        return completions;
    }

    /** Null unless leaks are to be found. */
    @Nullable OpenScans openScans() {
        return openScans;
    }

    boolean isClosed() {
        return closed;
    }

    void checkOpen() {
        if (closed) {
            throw Shard.shutdown();
        }
    }

    /** What an asynchronous verb refuses its caller learns from the stage, as all else. */
    static <R extends @Nullable Object> CompletableFuture<R> stage(
            Supplier<CompletableFuture<R>> verb) {
        try {
            return verb.get();
        } catch (JdbException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Sends an operation and completes with its result on the executor. */
    <O extends Operation, R extends @Nullable Object> CompletableFuture<R> async(
            Shard shard, O operation, Function<O, R> result) {
        return async(shard, operation, result, completions);
    }

    private static <O extends Operation, R extends @Nullable Object> CompletableFuture<R> async(
            Shard shard, O operation, Function<O, R> result, Executor completer) {
        CompletableFuture<R> future = new CompletableFuture<>();
        Operation.Listener listener =
                finished ->
                        completer.execute(() -> {
                            Throwable failure = operation.failure;
                            if (failure != null) {
                                future.completeExceptionally(Failures.forCaller(failure));
                                return;
                            }
                            try {
                                future.complete(result.apply(operation));
                            } catch (Throwable t) { // no memory for a copy, say
                                future.completeExceptionally(Failures.forCaller(t));
                            }
                        });
        try {
            shard.send(operation, listener);
        } catch (JdbException e) {
            future.completeExceptionally(e);
        }
        return future;
    }

    // ---- Jdb
    // -------------------------------------------------------------------------------------------------

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Database database(byte[] name) {
        checkOpen();
        Bounds.name("database", name);
        return new KernelDatabase(this, name);
    }

    @Override
    public List<byte[]> databaseNames() {
        checkOpen();
        return catalog.databaseNames();
    }

    @Override
    public void write(Batch batch) {
        writeAndWait(batch, sync(false));
    }

    @Override
    public void writeSync(Batch batch) {
        writeAndWait(batch, true);
    }

    private void writeAndWait(Batch batch, boolean sync) {
        checkOpen();
        Map<Shard, WriteList> writes = split(batch);
        if (writes.size() == 1) {
            Map.Entry<Shard, WriteList> only = writes.entrySet().iterator().next();
            BatchOperation op = new BatchOperation(only.getValue(), sync);
            only.getKey().call(op);
            pace(op.paceNanos());
        } else {
            join("write", write(writes, sync, ON_THE_SPOT));
        }
    }

    /** Holds a writer back while merging is behind. */
    static void pace(long nanos) {
        if (nanos > 0) {
            LockSupport.parkNanos(nanos);
        }
    }

    @Override
    public CompletionStage<@Nullable Void> writeAsync(Batch batch) {
        return write(batch, sync(false));
    }

    @Override
    public CompletionStage<@Nullable Void> writeSyncAsync(Batch batch) {
        return write(batch, true);
    }

    private CompletableFuture<@Nullable Void> write(Batch batch, boolean sync) {
        return stage(() -> {
            checkOpen();
            return write(split(batch), sync, completions);
        });
    }

    private CompletableFuture<@Nullable Void> write(
            Map<Shard, WriteList> writes, boolean sync, Executor completer) {
        CompletableFuture<@Nullable Void> future = new CompletableFuture<>();
        if (writes.isEmpty()) {
            future.complete(null);
            return future;
        }
        if (writes.size() == 1) {
            Map.Entry<Shard, WriteList> only = writes.entrySet().iterator().next();
            return Engine.<BatchOperation, @Nullable Void>async(
                    only.getKey(),
                    new BatchOperation(only.getValue(), sync),
                    op -> null,
                    completer);
        }
        new CrossShardCommit(
                        txnHigh,
                        txnLow.incrementAndGet(),
                        writes,
                        sync,
                        failure ->
                                completer.execute(() -> {
                                    if (failure != null) {
                                        future.completeExceptionally(Failures.forCaller(failure));
                                    } else {
                                        future.complete(null);
                                    }
                                }))
                .start();
        return future;
    }

    /** Checks every write before any takes place. */
    private Map<Shard, WriteList> split(Batch batch) {
        Bounds.present("batch", batch);
        Map<Shard, WriteList> writes = new HashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            if (!(batch.table(i) instanceof KernelTable table) || !table.belongsTo(this)) {
                throw new JdbException(
                        new JdbError.BadArgument(
                                "batch",
                                "tables of the database it is given to",
                                "a table of another one"));
            }
            byte[] key = batch.key(i);
            Bounds.key(key);
            int vnode = Routing.vnode(table.id(), key, vnodes);
            byte @Nullable [] value = batch.isDelete(i) ? null : batch.value(i);
            if (value != null) {
                Bounds.value(value);
            }
            writes.computeIfAbsent(shardOf(vnode), s -> new WriteList())
                    .add(vnode, table.id(), key, value);
        }
        writes.forEach((shard, list) -> {
            long max = shard.store().batchBytesMax();
            if (list.encodedBytes() > max) {
                throw new JdbException(
                        new JdbError.BadArgument(
                                "batch",
                                "at most " + max + " bytes of keys and inline values on one shard",
                                list.encodedBytes() + " bytes in " + list.count() + " writes"));
            }
        });
        return writes;
    }

    @Override
    public void flush() {
        checkOpen();
        join("flush", onAll(SyncOperation::new, ON_THE_SPOT));
    }

    @Override
    public CompletionStage<@Nullable Void> flushAsync() {
        return stage(() -> {
            checkOpen();
            return onAll(SyncOperation::new, completions);
        });
    }

    @Override
    public void settle() {
        checkOpen();
        join("settle", onAll(SettleOperation::new, ON_THE_SPOT));
    }

    private CompletableFuture<@Nullable Void> onAll(
            Supplier<? extends Operation> operation, Executor completer) {
        List<CompletableFuture<@Nullable Void>> all = new ArrayList<>();
        for (Shard shard : shards) {
            all.add(
                    Engine.<Operation, @Nullable Void>async(
                            shard, operation.get(), op -> null, completer));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenApply(done -> null);
    }

    @Override
    public Stats stats() {
        checkOpen();
        TreeMap<String, Long> totals = new TreeMap<>();
        TreeMap<Integer, SortedMap<String, Long>> perShard = new TreeMap<>();
        TreeMap<String, String> info = new TreeMap<>();
        for (Shard shard : shards) {
            StatsOperation op = new StatsOperation();
            join("stats", async(shard, op, done -> done, ON_THE_SPOT));
            perShard.put(shard.number(), op.counters());
            op.counters().forEach((name, value) -> totals.merge(name, value, Long::sum));
        }
        info.put("driver", shards.getFirst().driver().name());
        info.put("driver.description", shards.getFirst().driver().describe());
        info.put("memoryBytes", Long.toString(options.memoryBytes()));
        info.put("shards", Integer.toString(shards.size()));
        info.put("vnodes", Integer.toString(vnodes));
        info.put("borrow", Boolean.toString(options.borrow()));
        info.put("syncEveryCommit", Boolean.toString(options.syncEveryCommit()));
        info.put("pinned", parts.pinning().toString());
        return new Stats(totals, perShard, info);
    }

    /** Waits for {@code future}; in a world of one thread by driving the shards. */
    private <R extends @Nullable Object> R join(String op, CompletableFuture<R> future) {
        Runnable drive = parts.selfDrive();
        if (drive != null) {
            while (!future.isDone()) {
                drive.run();
            }
        }
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JdbException(new JdbError.Interrupted(op), e);
        } catch (java.util.concurrent.ExecutionException e) {
            throw Failures.forCaller(unwrap(e.getCause() == null ? e : e.getCause()));
        }
    }

    private static Throwable unwrap(Throwable t) {
        return t instanceof CompletionException c && c.getCause() != null
                ? unwrap(c.getCause())
                : t;
    }

    @Override
    public synchronized void close() {
        Shard.refuseFromShard();
        if (closed) {
            return;
        }
        closed = true;
        if (openScans != null) {
            openScans.reportAll();
        }
        List<CompletableFuture<@Nullable Void>> closing = new ArrayList<>();
        for (Shard shard : shards) {
            closing.add(
                    Engine.<CloseOperation, @Nullable Void>async(
                            shard, new CloseOperation(), op -> null, ON_THE_SPOT));
        }
        JdbException failure = null;
        for (CompletableFuture<@Nullable Void> shardClosed : closing) {
            try {
                joinUninterruptibly(shardClosed);
            } catch (JdbException e) {
                // A shard in doubt, or without space, cannot close in order; its log has all that
                // it acknowledged.
                failure = e;
            }
        }
        parts.end();
        completions.close();
        if (failure != null && failure.error() instanceof JdbError.Internal) {
            throw failure;
        }
    }

    private void joinUninterruptibly(CompletableFuture<@Nullable Void> future) {
        boolean interrupted = false;
        while (true) {
            try {
                join("close", future);
                break;
            } catch (JdbException e) {
                if (!(e.error() instanceof JdbError.Interrupted)) {
                    throw e;
                }
                interrupted = Thread.interrupted();
            } finally {
                if (interrupted && future.isDone()) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    @Override
    public String toString() {
        return "Jdb["
                + path
                + ", shards "
                + shards.size()
                + ", vnodes "
                + vnodes
                + (closed ? ", closed]" : "]");
    }
}
