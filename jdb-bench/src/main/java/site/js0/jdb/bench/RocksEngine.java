package site.js0.jdb.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;
import site.js0.jdb.cli.bench.KvEngine;

/**
 * RocksDB through rocksdbjni, as fast as its Java API allows: direct buffers for puts, gets and
 * iterators, options made once. Bloom filters of 10 bits, no compression, log on and not synced,
 * two background threads. A quarter of the memory is write buffers (four of them), the rest block
 * cache; index and filter blocks lie outside of it, as they do by default, and files are read
 * through the page cache, which is extra memory for RocksDB.
 */
final class RocksEngine implements KvEngine {
    private static final int WRITE_BUFFERS = 4;
    private static final int BLOOM_BITS = 10;
    private static final int KEY_BYTES_MAX = 1024;

    private final long memoryBytes;
    private final int valueBytesMax;

    RocksEngine(long memoryBytes, int valueBytesMax) {
        this.memoryBytes = memoryBytes;
        this.valueBytesMax = valueBytesMax;
        RocksDB.loadLibrary();
    }

    @Override
    public String name() {
        return "rocksdb";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>();
        settings.put("version", RocksDB.rocksdbVersion().toString());
        settings.put("memoryBytes", Long.toString(memoryBytes));
        settings.put("blockCacheBytes", Long.toString(blockCacheBytes()));
        settings.put("writeBuffers", WRITE_BUFFERS + " of " + writeBufferBytes() + " bytes");
        settings.put("bloomBits", Integer.toString(BLOOM_BITS));
        settings.put("compression", "none");
        settings.put("log", "on, sync=false");
        settings.put("backgroundJobs", "2");
        settings.put("calls", "direct ByteBuffers");
        settings.put("files", "through the page cache");
        return settings;
    }

    private long writeBufferBytes() {
        return memoryBytes / 4 / WRITE_BUFFERS;
    }

    private long blockCacheBytes() {
        return memoryBytes - WRITE_BUFFERS * writeBufferBytes();
    }

    @Override
    public Store open(Path directory) throws IOException {
        Files.createDirectories(directory);
        return new RocksStore(directory);
    }

    private static IllegalStateException failed(RocksDBException e) {
        return new IllegalStateException("RocksDB: " + e.getMessage(), e);
    }

    private final class RocksStore implements Store {
        private final Cache cache = new LRUCache(blockCacheBytes());
        private final BloomFilter bloom = new BloomFilter(BLOOM_BITS);
        private final Options options;
        private final RocksDB db;

        RocksStore(Path directory) {
            options =
                    new Options()
                            .setCreateIfMissing(true)
                            .setCompressionType(CompressionType.NO_COMPRESSION)
                            .setBottommostCompressionType(CompressionType.NO_COMPRESSION)
                            .setWriteBufferSize(writeBufferBytes())
                            .setMaxWriteBufferNumber(WRITE_BUFFERS)
                            .setMaxBackgroundJobs(2)
                            .setTableFormatConfig(
                                    new BlockBasedTableConfig()
                                            .setBlockCache(cache)
                                            .setFilterPolicy(bloom));
            try {
                db = RocksDB.open(options, directory.toString());
            } catch (RocksDBException e) {
                throw failed(e);
            }
        }

        @Override
        public Client client() {
            return new RocksClient(db, valueBytesMax);
        }

        /** Memtables written, and no compaction running or due. */
        @Override
        public void settle() {
            try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
                db.flush(flush);
                while (busy()) {
                    Thread.sleep(10);
                }
            } catch (RocksDBException e) {
                throw failed(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while RocksDB settled", e);
            }
        }

        private boolean busy() throws RocksDBException {
            return db.getLongProperty("rocksdb.compaction-pending") > 0
                    || db.getLongProperty("rocksdb.num-running-compactions") > 0
                    || db.getLongProperty("rocksdb.mem-table-flush-pending") > 0
                    || db.getLongProperty("rocksdb.num-running-flushes") > 0;
        }

        @Override
        public void close() {
            db.close();
            options.close();
            bloom.close();
            cache.close();
        }
    }

    /** Direct buffers of its own; one thread. */
    private static final class RocksClient implements Client {
        private final RocksDB db;
        private final WriteOptions unsynced = new WriteOptions().setSync(false);
        private final WriteOptions synced = new WriteOptions().setSync(true);
        private final ReadOptions reads = new ReadOptions();
        private final ByteBuffer keyBuffer = ByteBuffer.allocateDirect(KEY_BYTES_MAX);
        private final ByteBuffer valueBuffer;

        RocksClient(RocksDB db, int valueBytesMax) {
            this.db = db;
            this.valueBuffer = ByteBuffer.allocateDirect(valueBytesMax + 1);
        }

        @Override
        public void put(byte[] key, byte[] value) {
            put(unsynced, key, value);
        }

        @Override
        public void putSync(byte[] key, byte[] value) {
            put(synced, key, value);
        }

        private void put(WriteOptions options, byte[] key, byte[] value) {
            try {
                db.put(
                        options,
                        keyBuffer.clear().put(key).flip(),
                        valueBuffer.clear().put(value).flip());
            } catch (RocksDBException e) {
                throw failed(e);
            }
        }

        @Override
        public int get(byte[] key, byte[] target) {
            try {
                int length = db.get(reads, keyBuffer.clear().put(key).flip(), valueBuffer.clear());
                if (length == RocksDB.NOT_FOUND) {
                    return -1;
                }
                valueBuffer.get(0, target, 0, Math.min(length, target.length));
                return length;
            } catch (RocksDBException e) {
                throw failed(e);
            }
        }

        @Override
        public Cursor seek(byte[] from, long rows) {
            RocksIterator iterator = db.newIterator(reads);
            iterator.seek(keyBuffer.clear().put(from).flip());
            return new RocksCursor(iterator, keyBuffer, valueBuffer);
        }

        @Override
        public void close() {
            unsynced.close();
            synced.close();
            reads.close();
        }
    }

    private static final class RocksCursor implements Cursor {
        private final RocksIterator iterator;
        private final ByteBuffer keyBuffer;
        private final ByteBuffer valueBuffer;
        private boolean started;

        RocksCursor(RocksIterator iterator, ByteBuffer keyBuffer, ByteBuffer valueBuffer) {
            this.iterator = iterator;
            this.keyBuffer = keyBuffer;
            this.valueBuffer = valueBuffer;
        }

        @Override
        public boolean next() {
            if (started) {
                iterator.next();
            }
            started = true;
            if (iterator.isValid()) {
                return true;
            }
            try {
                iterator.status();
            } catch (RocksDBException e) {
                throw failed(e);
            }
            return false;
        }

        @Override
        public int key(byte[] target) {
            int length = iterator.key(keyBuffer.clear());
            keyBuffer.get(0, target, 0, Math.min(length, target.length));
            return length;
        }

        @Override
        public int value(byte[] target) {
            int length = iterator.value(valueBuffer.clear());
            valueBuffer.get(0, target, 0, Math.min(length, target.length));
            return length;
        }

        @Override
        public void close() {
            iterator.close();
        }
    }
}
