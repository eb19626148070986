package site.js0.jdb.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.api.Batch;
import site.js0.jdb.api.Database;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Stats;
import site.js0.jdb.api.Table;
import site.js0.jdb.cli.text.ByteText;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;

/**
 * The API over sorted maps in memory: what the command line's own tests run on. Contents outlive a
 * close.
 */
final class MemJdb implements Jdb {
    /** All databases by path, as a disk keeps them. */
    static final class Disk implements Opener {
        private final Map<
                        Path,
                        NavigableMap<byte[], NavigableMap<byte[], NavigableMap<byte[], byte[]>>>>
                stores = new HashMap<>();
        int opens;

        @Override
        public Jdb open(Path path, JdbOptions options) {
            opens++;
            Path at = path.toAbsolutePath().normalize();
            if (Files.isRegularFile(at)) {
                throw new JdbException(
                        new JdbError.NotADatabase(path.toString(), "a directory", "a file"));
            }
            Path mark = at.resolve("in-memory"); // so that deleting the files deletes the contents
            if (!stores.containsKey(at) || Files.notExists(mark)) {
                if (!options.createIfMissing()) {
                    throw new JdbException(
                            new JdbError.NotADatabase(path.toString(), "a directory", "nothing"));
                }
                stores.put(at, new TreeMap<>(Arrays::compareUnsigned));
                try {
                    Files.createDirectories(at);
                    Files.createFile(mark);
                } catch (IOException e) {
                    throw new JdbException(
                            new JdbError.Io("create", mark.toString(), e.toString()), e);
                }
            }
            return new MemJdb(path, stores.get(at));
        }
    }

    private final Path path;
    private final NavigableMap<byte[], NavigableMap<byte[], NavigableMap<byte[], byte[]>>>
            databases;

    private MemJdb(
            Path path,
            NavigableMap<byte[], NavigableMap<byte[], NavigableMap<byte[], byte[]>>> databases) {
        this.path = path;
        this.databases = databases;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Database database(byte[] name) {
        return new MemDatabase(name.clone());
    }

    @Override
    public List<byte[]> databaseNames() {
        return List.copyOf(databases.keySet());
    }

    @Override
    public void write(Batch batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (batch.isDelete(i)) {
                batch.table(i).delete(batch.key(i));
            } else {
                batch.table(i).put(batch.key(i), batch.value(i));
            }
        }
    }

    @Override
    public void writeSync(Batch batch) {
        write(batch);
    }

    @Override
    public CompletionStage<@Nullable Void> writeAsync(Batch batch) {
        return later(() -> write(batch));
    }

    @Override
    public CompletionStage<@Nullable Void> writeSyncAsync(Batch batch) {
        return later(() -> write(batch));
    }

    @Override
    public void flush() {}

    @Override
    public CompletionStage<@Nullable Void> flushAsync() {
        return later(() -> {});
    }

    @Override
    public void settle() {}

    @Override
    public Stats stats() {
        TreeMap<String, Long> totals = new TreeMap<>(Map.of("ops.puts", 3L));
        return new Stats(
                totals, Map.of(0, totals), new TreeMap<>(Map.of("driver", "memory \"quoted\"")));
    }

    @Override
    public void close() {}

    private static CompletionStage<@Nullable Void> later(Runnable work) {
        return CompletableFuture.runAsync(work);
    }

    private static void check(String what, byte[] bytes, int min, int max) {
        if (bytes.length < min || bytes.length > max) {
            throw new JdbException(
                    new JdbError.BadArgument(
                            what, min + " to " + max + " bytes", Integer.toString(bytes.length)));
        }
    }

    private final class MemDatabase implements Database {
        private final byte[] name;

        MemDatabase(byte[] name) {
            check("database name", name, 1, 255);
            this.name = name;
        }

        @Override
        public byte[] name() {
            return name.clone();
        }

        @Override
        public Table table(byte[] table) {
            check("table name", table, 1, 255);
            return new MemTable(
                    this,
                    table.clone(),
                    databases
                            .computeIfAbsent(name, n -> new TreeMap<>(Arrays::compareUnsigned))
                            .computeIfAbsent(
                                    table.clone(),
                                    t -> new ConcurrentSkipListMap<>(Arrays::compareUnsigned)));
        }

        @Override
        public Table existingTable(byte[] table) {
            if (!databases.containsKey(name) || !databases.get(name).containsKey(table)) {
                throw new JdbException(new JdbError.NotFound("table", ByteText.encodeText(table)));
            }
            return table(table);
        }

        @Override
        public List<byte[]> tableNames() {
            return databases.containsKey(name)
                    ? List.copyOf(databases.get(name).keySet())
                    : List.of();
        }
    }

    private record MemTable(Database database, byte[] name, NavigableMap<byte[], byte[]> rows)
            implements Table {
        @Override
        public void put(byte[] key, byte[] value) {
            check("key", key, 1, 1024);
            check("value", value, 0, 64 << 20);
            rows.put(key.clone(), value.clone());
        }

        @Override
        public void putSync(byte[] key, byte[] value) {
            put(key, value);
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            check("key", key, 1, 1024);
            byte[] value = rows.get(key);
            return value == null ? null : value.clone();
        }

        @Override
        public int get(byte[] key, byte[] target, int offset) {
            byte[] value = get(key);
            return value == null ? -1 : copy(value, target, offset);
        }

        @Override
        public void delete(byte[] key) {
            rows.remove(key);
        }

        @Override
        public boolean remove(byte[] key) {
            check("key", key, 1, 1024);
            return rows.remove(key) != null;
        }

        @Override
        public List<byte @Nullable []> multiGet(List<byte[]> keys) {
            List<byte @Nullable []> values = new ArrayList<>();
            for (byte[] key : keys) {
                values.add(get(key));
            }
            return values;
        }

        @Override
        public Scan scan(ScanRange range) {
            NavigableMap<byte[], byte[]> part = rows;
            if (range.fromKey() != null) {
                part = part.tailMap(range.fromKey(), range.fromInclusive());
            }
            if (range.toKey() != null) {
                byte[] from = range.fromKey();
                part =
                        from != null && Arrays.compareUnsigned(from, range.toKey()) > 0
                                ? Collections.emptyNavigableMap()
                                : part.headMap(range.toKey(), range.toInclusive());
            }
            return new MemScan(
                    (range.isReverse() ? part.descendingMap() : part).entrySet().iterator(), range);
        }

        @Override
        public CompletionStage<@Nullable Void> putAsync(byte[] key, byte[] value) {
            return later(() -> put(key, value));
        }

        @Override
        public CompletionStage<@Nullable Void> putSyncAsync(byte[] key, byte[] value) {
            return later(() -> put(key, value));
        }

        @Override
        public CompletionStage<byte @Nullable []> getAsync(byte[] key) {
            return answer(() -> get(key));
        }

        @Override
        public CompletionStage<@Nullable Void> deleteAsync(byte[] key) {
            return later(() -> delete(key));
        }

        @Override
        public CompletionStage<Boolean> removeAsync(byte[] key) {
            return answer(() -> remove(key));
        }

        @Override
        public CompletionStage<List<byte @Nullable []>> multiGetAsync(List<byte[]> keys) {
            return answer(() -> multiGet(keys));
        }

        private static <T extends @Nullable Object> CompletionStage<T> answer(Supplier<T> work) {
            return CompletableFuture.supplyAsync(work);
        }
    }

    private static int copy(byte[] from, byte[] target, int offset) {
        System.arraycopy(from, 0, target, offset, Math.min(from.length, target.length - offset));
        return from.length;
    }

    private static final class MemScan implements Scan {
        private final Iterator<Map.Entry<byte[], byte[]>> rows;
        private final boolean keysOnly;
        private long left;
        private byte[] key = {};
        private byte[] value = {};

        MemScan(Iterator<Map.Entry<byte[], byte[]>> rows, ScanRange range) {
            this.rows = rows;
            this.left = range.rowsMax();
            this.keysOnly = range.isKeysOnly();
        }

        @Override
        public boolean next() {
            if (left-- <= 0 || !rows.hasNext()) {
                return false;
            }
            Map.Entry<byte[], byte[]> row = rows.next();
            key = row.getKey();
            value = keysOnly ? new byte[0] : row.getValue();
            return true;
        }

        @Override
        public byte[] key() {
            return key.clone();
        }

        @Override
        public byte[] value() {
            return value.clone();
        }

        @Override
        public int key(byte[] target, int offset) {
            return copy(key, target, offset);
        }

        @Override
        public int value(byte[] target, int offset) {
            return copy(value, target, offset);
        }

        @Override
        public CompletionStage<List<Row>> nextRows(int max) {
            List<Row> found = new ArrayList<>();
            while (found.size() < max && next()) {
                found.add(new Row(key(), value()));
            }
            return CompletableFuture.completedFuture(found);
        }

        @Override
        public void close() {}
    }
}
