package site.js0.jdb.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.alloc.Leaks;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.tablet.ScanSpec;

/**
 * Merges the chunks of all VNodes in key order on the caller's thread. Chunks start small and grow,
 * so that a short scan reads little and a long one seldom asks.
 */
final class KernelScan implements Scan {
    private static final int ROWS_FIRST_MIN = 16;
    private static final int ROWS_CHUNK_MAX = 1024;

    private final Engine engine;
    private final ScanRange range;
    private final long snapshot;

    /** One source a VNode; {@code position[i]} is its row that comes next. */
    private final ScanOperation[] sources;

    private final Shard[] shards;
    private final int[] position;
    private final int[] wanted;
    private final int[] progress;
    private long rowsLeft;

    /** The source of the present row, or -1 before the first and after the last. */
    private int current = -1;

    private volatile boolean closed;

    /**
     * True while shards may be at work on the sources: who closes the scan meanwhile, against the
     * rules or after an interrupt, must leave them alone. Set before {@link #closed} is asked, as
     * that is set before this is asked.
     */
    private volatile boolean fetching;

    private @Nullable OpenScans openScans;
    private Leaks.@Nullable Watch watch;

    KernelScan(Engine engine, int table, ScanRange range) {
        this.engine = engine;
        this.range = range;
        this.rowsLeft = range.rowsMax();
        this.snapshot = engine.snapshots().open();
        int vnodes = engine.vnodes();
        sources = engine.scans().take();
        shards = new Shard[vnodes];
        position = new int[vnodes];
        wanted = new int[vnodes];
        progress = new int[vnodes];
        int first =
                (int) Math.min(ROWS_CHUNK_MAX, Math.max(ROWS_FIRST_MIN, rowsLeft / vnodes * 5 / 4));
        if (vnodes == 1) {
            first = (int) Math.min(first, Math.max(1, rowsLeft));
        }
        Arrays.fill(wanted, first);
        for (int v = 0; v < vnodes; v++) {
            sources[v].begin(
                    new ScanSpec(
                            v,
                            table,
                            range.fromKey(),
                            range.fromInclusive(),
                            range.toKey(),
                            range.toInclusive(),
                            range.isReverse(),
                            range.isKeysOnly(),
                            snapshot));
            shards[v] = engine.shardOf(v);
        }
    }

    /** Has it reported when it is never closed; before anybody else has it. */
    void watch(OpenScans scans, String what) {
        openScans = scans;
        watch = scans.opened(this, what, engine.snapshots(), snapshot);
    }

    @Override
    public boolean next() {
        checkOpen();
        if (!advance()) {
            return false;
        }
        if (!allHaveRows()) {
            fetchMissing();
        }
        return choose();
    }

    /** Steps over the present row; false when the limit is reached. */
    private boolean advance() {
        if (current >= 0) {
            position[current]++;
            current = -1;
        }
        return rowsLeft > 0;
    }

    private boolean allHaveRows() {
        for (int v = 0; v < sources.length; v++) {
            if (needsChunk(v)) {
                return false;
            }
        }
        return true;
    }

    private boolean needsChunk(int v) {
        return position[v] >= sources[v].rows().count() && !sources[v].atEnd();
    }

    private ScanOperation nextChunk(int v) {
        ScanOperation source = sources[v];
        source.next(wanted[v]);
        position[v] = 0;
        wanted[v] = Math.min(ROWS_CHUNK_MAX, wanted[v] * 2);
        return source;
    }

    /**
     * Gets all chunks that are missing: first from the shards that are idle, then from the others,
     * whose reads overlap.
     */
    private void fetchMissing() {
        fetching = true;
        checkOpen();
        int count = sources.length;
        int busy = 0;
        // Scans begin at different VNodes, so that those of two threads do not meet at each.
        int first = (int) (Thread.currentThread().threadId() % count);
        for (int i = 0; i < count; i++) {
            int v = (first + i) % count;
            if (needsChunk(v)) {
                progress[v] = shards[v].tryBegin(nextChunk(v));
                busy += progress[v] == Shard.BUSY ? 1 : 0;
            }
        }
        for (int v = 0; busy > 0 && v < count; v++) {
            if (progress[v] == Shard.BUSY) {
                busy--;
                progress[v] = shards[v].begin(sources[v]) ? Shard.OVER : Shard.STARTED;
            }
        }
        Throwable failure = null;
        for (int v = 0; v < count; v++) {
            ScanOperation source = sources[v];
            if (progress[v] == Shard.STARTED) {
                awaitDone(v);
            }
            if (source.failure != null) {
                failure = source.failure;
            }
        }
        fetching = false;
        if (failure != null) {
            close();
            throw Failures.forCaller(failure);
        }
    }

    private void awaitDone(int v) {
        try {
            shards[v].awaitDone(sources[v]);
        } catch (JdbException interrupted) {
            // The operations go on without us: this scan must not touch them again.
            close();
            throw interrupted;
        }
        progress[v] = Shard.OVER;
    }

    /** Makes the least (in reverse: greatest) of the sources' next rows the present one. */
    private boolean choose() {
        int best = -1;
        for (int v = 0; v < sources.length; v++) {
            if (position[v] < sources[v].rows().count()) {
                if (best < 0) {
                    best = v;
                } else {
                    int c = sources[v].compareKeys(position[v], sources[best], position[best]);
                    if (range.isReverse() ? c > 0 : c < 0) {
                        best = v;
                    }
                }
            }
        }
        current = best;
        if (best >= 0) {
            rowsLeft--;
        }
        return best >= 0;
    }

    @Override
    public byte[] key() {
        RowBuffer rows = currentRows();
        int from = rows.keyOffset(position[current]);
        return Arrays.copyOfRange(rows.bytes(), from, from + rows.keyLength(position[current]));
    }

    @Override
    public byte[] value() {
        RowBuffer rows = currentRows();
        int from = rows.valueOffset(position[current]);
        return Arrays.copyOfRange(
                rows.valueBytes(position[current]),
                from,
                from + rows.valueLength(position[current]));
    }

    @Override
    public int key(byte[] target, int offset) {
        Objects.checkFromToIndex(offset, target.length, target.length);
        RowBuffer rows = currentRows();
        int length = rows.keyLength(position[current]);
        System.arraycopy(
                rows.bytes(),
                rows.keyOffset(position[current]),
                target,
                offset,
                Math.min(length, target.length - offset));
        return length;
    }

    @Override
    public int value(byte[] target, int offset) {
        Objects.checkFromToIndex(offset, target.length, target.length);
        RowBuffer rows = currentRows();
        int length = rows.valueLength(position[current]);
        System.arraycopy(
                rows.valueBytes(position[current]),
                rows.valueOffset(position[current]),
                target,
                offset,
                Math.min(length, target.length - offset));
        return length;
    }

    private RowBuffer currentRows() {
        checkOpen();
        if (current < 0) {
            throw new JdbException(
                    new JdbError.BadArgument(
                            "scan", "a row: next() answered true", "a scan that stands on no row"));
        }
        return sources[current].rows();
    }

    @Override
    public CompletionStage<List<Row>> nextRows(int max) {
        return Engine.stage(() -> {
            checkOpen();
            if (max < 1) {
                throw new JdbException(
                        new JdbError.BadArgument("max", "at least 1 row", Integer.toString(max)));
            }
            fetching = true; // from now on: nobody knows when the last listener is through
            CompletableFuture<List<Row>> result = new CompletableFuture<>();
            collect(max, new ArrayList<>(), result);
            return result;
        });
    }

    /**
     * Takes rows as long as chunks are there, else sends for the missing ones and goes on from
     * their completion.
     */
    private void collect(int max, List<Row> rows, CompletableFuture<List<Row>> result) {
        while (rows.size() < max) {
            if (closed || engine.isClosed()) {
                result.completeExceptionally(shutdown());
                return;
            }
            if (!advance()) {
                break;
            }
            if (!allHaveRows()) {
                sendMissing(max, rows, result);
                return;
            }
            if (!choose()) {
                break;
            }
            rows.add(new Row(key(), value()));
        }
        result.complete(rows);
    }

    private void sendMissing(int max, List<Row> rows, CompletableFuture<List<Row>> result) {
        int[] missing = new int[sources.length];
        int count = 0;
        for (int v = 0; v < sources.length; v++) {
            if (needsChunk(v)) {
                missing[count++] = v;
            }
        }
        AtomicInteger outstanding = new AtomicInteger(count);
        for (int i = 0; i < count; i++) {
            Operation.Listener listener =
                    finished -> {
                        if (outstanding.decrementAndGet() == 0) {
                            engine.executor().execute(() -> resumeCollecting(max, rows, result));
                        }
                    };
            ScanOperation source = nextChunk(missing[i]);
            try {
                shards[missing[i]].send(source, listener);
            } catch (JdbException e) {
                source.failure = e;
                listener.finished(source);
            }
        }
    }

    private void resumeCollecting(int max, List<Row> rows, CompletableFuture<List<Row>> result) {
        for (ScanOperation source : sources) {
            if (source.failure != null) {
                JdbException failure = Failures.forCaller(source.failure);
                close();
                result.completeExceptionally(failure);
                return;
            }
        }
        collect(max, rows, result);
    }

    private void checkOpen() {
        if (closed || engine.isClosed()) {
            throw shutdown();
        }
    }

    private JdbException shutdown() {
        return new JdbException(new JdbError.Shutdown(closed ? "the scan" : "the database"));
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        current = -1;
        engine.snapshots().close(snapshot);
        if (openScans != null && watch != null) {
            openScans.closed(watch);
        }
        if (!fetching) {
            for (ScanOperation source : sources) {
                source.forget();
            }
            engine.scans().give(sources);
        }
    }
}
