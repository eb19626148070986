package site.js0.jdb.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.api.Database;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Table;
import site.js0.jdb.comm.Printable;
import site.js0.jdb.comm.Routing;

/**
 * A table of an {@link Engine}: checks arguments, routes to the key's shard, and runs operations
 * there.
 */
final class KernelTable implements Table {
    private final Engine engine;
    private final Database database;
    private final byte[] name;
    private final int id;

    KernelTable(Engine engine, Database database, byte[] name, int id) {
        this.engine = engine;
        this.database = database;
        this.name = name.clone();
        this.id = id;
    }

    int id() {
        return id;
    }

    boolean belongsTo(Engine other) {
        return engine == other;
    }

    @Override
    public byte[] name() {
        return name.clone();
    }

    @Override
    public Database database() {
        return database;
    }

    private int route(byte[] key) {
        engine.checkOpen();
        Bounds.key(key);
        return Routing.vnode(id, key, engine.vnodes());
    }

    @Override
    public void put(byte[] key, byte[] value) {
        put(key, value, engine.sync(false));
    }

    @Override
    public void putSync(byte[] key, byte[] value) {
        put(key, value, true);
    }

    private void put(byte[] key, byte[] value, boolean sync) {
        int vnode = route(key);
        Bounds.value(value);
        PutOperation op = engine.puts().take();
        run(engine.shardOf(vnode), op.ofPut(vnode, id, key, value, sync));
    }

    @Override
    public void delete(byte[] key) {
        int vnode = route(key);
        PutOperation op = engine.puts().take();
        run(engine.shardOf(vnode), op.ofDelete(vnode, id, key, engine.sync(false)));
    }

    private void run(Shard shard, PutOperation op) {
        // Not given back when it throws: an interrupted caller's operation is still with the shard.
        shard.call(op);
        long pace = op.paceNanos();
        op.forget();
        engine.puts().give(op);
        Engine.pace(pace);
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        int vnode = route(key);
        GetOperation op = engine.gets().take().of(vnode, id, key);
        engine.shardOf(vnode).call(op);
        byte[] value = op.valueCopy();
        giveBack(op);
        return value;
    }

    @Override
    public int get(byte[] key, byte[] target, int offset) {
        int vnode = route(key);
        Objects.checkFromToIndex(offset, target.length, target.length);
        GetOperation op = engine.gets().take().of(vnode, id, key);
        engine.shardOf(vnode).call(op);
        int length = op.valueLength();
        if (length != GetOperation.ABSENT) {
            op.copyTo(target, offset);
        }
        giveBack(op);
        return length;
    }

    private void giveBack(GetOperation op) {
        op.forget();
        engine.gets().give(op);
    }

    @Override
    public boolean remove(byte[] key) {
        int vnode = route(key);
        RemoveOperation op = new RemoveOperation(vnode, id, key, engine.sync(false));
        engine.shardOf(vnode).call(op);
        return op.wasThere();
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        engine.checkOpen();
        Bounds.keys(keys);
        int count = keys.size();
        GetOperation[] ops = new GetOperation[count];
        boolean[] pending = new boolean[count];
        // All are started before any is waited for: their reads overlap.
        for (int i = 0; i < count; i++) {
            byte[] key = keys.get(i);
            int vnode = Routing.vnode(id, key, engine.vnodes());
            ops[i] = engine.gets().take().of(vnode, id, key);
            pending[i] = !engine.shardOf(vnode).begin(ops[i]);
        }
        for (int i = 0; i < count; i++) {
            if (pending[i]) {
                ops[i].shard().awaitDone(ops[i]);
            }
        }
        List<byte @Nullable []> values = new ArrayList<>(count);
        for (GetOperation op : ops) {
            Shard.throwFailure(op);
            values.add(op.valueCopy());
            giveBack(op);
        }
        return values;
    }

    @Override
    public Scan scan(ScanRange range) {
        engine.checkOpen();
        Bounds.present("range", range);
        Bounds.scanBound("lower bound", range.fromKey());
        Bounds.scanBound("upper bound", range.toKey());
        KernelScan scan = new KernelScan(engine, id, range);
        OpenScans openScans = engine.openScans();
        if (openScans != null) {
            scan.watch(
                    openScans,
                    "scan of " + Printable.of(database.name()) + "/" + Printable.of(name));
        }
        return scan;
    }

    // ---- asynchronous
    // ---------------------------------------------------------------------------------------

    @Override
    public CompletionStage<@Nullable Void> putAsync(byte[] key, byte[] value) {
        return putAsync(key, value, engine.sync(false));
    }

    @Override
    public CompletionStage<@Nullable Void> putSyncAsync(byte[] key, byte[] value) {
        return putAsync(key, value, true);
    }

    private CompletionStage<@Nullable Void> putAsync(byte[] key, byte[] value, boolean sync) {
        return Engine.stage(() -> {
            int vnode = route(key);
            Bounds.value(value);
            return engine.<PutOperation, @Nullable Void>async(
                    engine.shardOf(vnode),
                    new PutOperation().ofPut(vnode, id, key, value, sync),
                    op -> null);
        });
    }

    @Override
    public CompletionStage<@Nullable Void> deleteAsync(byte[] key) {
        return Engine.stage(() -> {
            int vnode = route(key);
            return engine.<PutOperation, @Nullable Void>async(
                    engine.shardOf(vnode),
                    new PutOperation().ofDelete(vnode, id, key, engine.sync(false)),
                    op -> null);
        });
    }

    @Override
    public CompletionStage<byte @Nullable []> getAsync(byte[] key) {
        Function<GetOperation, byte @Nullable []> result = GetOperation::valueCopy;
        return Engine.stage(() -> {
            int vnode = route(key);
            return engine.async(
                    engine.shardOf(vnode), new GetOperation().of(vnode, id, key), result);
        });
    }

    @Override
    public CompletionStage<Boolean> removeAsync(byte[] key) {
        return Engine.stage(() -> {
            int vnode = route(key);
            return engine.async(
                    engine.shardOf(vnode),
                    new RemoveOperation(vnode, id, key, engine.sync(false)),
                    RemoveOperation::wasThere);
        });
    }

    @Override
    public CompletionStage<List<byte @Nullable []>> multiGetAsync(List<byte[]> keys) {
        return Engine.stage(() -> {
            engine.checkOpen();
            Bounds.keys(keys);
            return getAll(keys);
        });
    }

    private CompletableFuture<List<byte @Nullable []>> getAll(List<byte[]> keys) {
        int count = keys.size();
        byte[] @Nullable [] values = new byte[count][];
        CompletableFuture<List<byte @Nullable []>> all = new CompletableFuture<>();
        if (count == 0) {
            all.complete(List.of());
            return all;
        }
        AtomicInteger outstanding = new AtomicInteger(count);
        for (int i = 0; i < count; i++) {
            int at = i;
            var _ =
                    getAsync(keys.get(i))
                            .whenComplete((value, failure) -> {
                                values[at] = value;
                                if (failure != null) {
                                    all.completeExceptionally(failure);
                                }
                                if (outstanding.decrementAndGet() == 0) {
                                    all.complete(Arrays.asList(values));
                                }
                            });
        }
        return all;
    }
}
