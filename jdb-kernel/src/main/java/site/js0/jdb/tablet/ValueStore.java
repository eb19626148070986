package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.vlog.BufferSlab;
import site.js0.jdb.vlog.ValueLog;
import site.js0.jdb.vlog.VlogConfig;
import site.js0.jdb.vlog.VlogCounters;

/** A tablet's value log, in the terms of the tablet. Owner: holder of the shard. */
final class ValueStore {
    /** Where the files lie, below the VNode's directory. */
    static final String DIRECTORY = "values";

    /** What its files' names begin with. */
    static final String FILE_PREFIX = "vlog-";

    private static final int BUFFER_BYTES_MAX = 256 << 10;
    private static final int BUFFER_BYTES_MIN = 16 << 10;
    private static final int BUFFERS_WISHED = 8;

    private final ValueLog log;

    private ValueStore(ValueLog log) {
        this.log = log;
    }

    /**
     * @param stats what the last checkpoint kept of {@link #stats()}
     * @throws JdbException Corrupt, NewerFormat or NotADatabase
     */
    static ValueStore open(
            StoreConfig config, Path directory, int vnode, MemorySegment buffers, byte[] stats) {
        long wished = Long.highestOneBit(Math.max(1, buffers.byteSize() / BUFFERS_WISHED));
        Path values = directory.resolve(DIRECTORY);
        if (!config.driver().directory().exists(values)) {
            throw new JdbException(
                    new JdbError.Corrupt(values.toString(), 0, "the directory is missing"));
        }
        int bufferBytes = Math.clamp(wished, BUFFER_BYTES_MIN, BUFFER_BYTES_MAX);
        ValueLog log =
                ValueLog.open(
                        config.driver(),
                        config.hold(),
                        config.clock(),
                        VlogConfig.of(
                                values,
                                config.databaseId().getMostSignificantBits(),
                                config.databaseId().getLeastSignificantBits(),
                                vnode,
                                config.shard()),
                        new BufferSlab(buffers, bufferBytes));
        if (stats.length > 0) {
            log.readStats(MemorySegment.ofArray(stats), 0, stats.length);
        }
        return new ValueStore(log);
    }

    ValueLog log() {
        return log;
    }

    /** Begins to read a value. */
    BlobFetch fetch(ValPtr pointer) {
        log.checkPointer(pointer.offset(), pointer.fileId(), pointer.length());
        BlobFetch fetch = new BlobFetch(new byte[pointer.length()]);
        log.submit(fetch.prepare(pointer.offset(), pointer.fileId()));
        return fetch;
    }

    /** A replayed record has this pointer. */
    void replayed(MemorySegment memory, long offset) {
        log.checkPointer(
                ValPtr.offset(memory, offset),
                ValPtr.fileId(memory, offset),
                ValPtr.length(memory, offset));
        log.replayed(ValPtr.fileId(memory, offset), ValPtr.length(memory, offset));
    }

    /** What a checkpoint keeps. */
    byte[] stats() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[log.statsBytes()]);
        log.writeStats(bytes, 0);
        return bytes.toArray(ValueLayout.JAVA_BYTE);
    }

    long mark() {
        return log.mark();
    }

    int awaitSynced(long mark, Waiter waiter) {
        return log.awaitSynced(mark, waiter);
    }

    int service() {
        return log.service();
    }

    /** The checkpoint that took {@link #stats()} last is durable. */
    void checkpointed() {
        log.releaseEmpty();
    }

    void stats(StatsSink to) {
        VlogCounters c = log.counters();
        to.count(StatName.VLOG_BLOBS_WRITTEN, c.blobsWritten());
        to.count(StatName.VLOG_DEVICE_BYTES_WRITTEN, c.deviceBytesWritten());
        to.count(StatName.VLOG_BLOBS_READ, c.blobsRead());
        to.count(StatName.VLOG_READS, c.reads());
        to.count(StatName.VLOG_SYNCS, c.syncs());
        to.count(StatName.VLOG_FILES_CREATED, c.filesCreated());
        to.count(StatName.VLOG_FILES_REMOVED, c.filesRemoved());
        to.count(StatName.VLOG_FILE_BYTES, c.fileBytes());
        to.count(StatName.VLOG_LIVE_BYTES, c.liveBytes());
    }

    void close() {
        log.close();
    }
}
