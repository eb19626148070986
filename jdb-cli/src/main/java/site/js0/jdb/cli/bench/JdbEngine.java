package site.js0.jdb.cli.bench;

import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Table;
import site.js0.jdb.comm.JdbOptions;

/** JDB through its public API: blocking calls, one table. */
public final class JdbEngine implements KvEngine {
    private final JdbOptions options;
    private final BiFunction<Path, JdbOptions, Jdb> opener;

    /**
     * @param opener {@link Jdb#open(Path, JdbOptions)}, or what a test puts in its place
     */
    public JdbEngine(JdbOptions options, BiFunction<Path, JdbOptions, Jdb> opener) {
        this.options = options;
        this.opener = opener;
    }

    @Override
    public String name() {
        return "jdb";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>();
        settings.put("memoryBytes", Long.toString(options.memoryBytes()));
        settings.put("shards", Integer.toString(options.shardsOrDefault()));
        settings.put("driver", options.driver().name());
        settings.put("borrow", Boolean.toString(options.borrow()));
        return settings;
    }

    @Override
    public Store open(Path directory) {
        Jdb jdb = opener.apply(directory, options);
        Table table = jdb.database("bench").table("kv");
        return new Store() {
            @Override
            public Client client() {
                return new JdbClient(table);
            }

            @Override
            public void settle() {
                jdb.settle();
            }

            @Override
            public void close() {
                jdb.close();
            }
        };
    }

    private record JdbClient(Table table) implements Client {
        @Override
        public void put(byte[] key, byte[] value) {
            table.put(key, value);
        }

        @Override
        public void putSync(byte[] key, byte[] value) {
            table.putSync(key, value);
        }

        @Override
        public int get(byte[] key, byte[] target) {
            return table.get(key, target, 0);
        }

        @Override
        public Cursor seek(byte[] from, long rows) {
            return new JdbCursor(table.scan(ScanRange.all().from(from).limit(rows)));
        }

        @Override
        public void close() {
            // A table handle needs none.
        }
    }

    private record JdbCursor(Scan scan) implements Cursor {
        @Override
        public boolean next() {
            return scan.next();
        }

        @Override
        public int key(byte[] target) {
            return scan.key(target, 0);
        }

        @Override
        public int value(byte[] target) {
            return scan.value(target, 0);
        }

        @Override
        public void close() {
            scan.close();
        }
    }
}
