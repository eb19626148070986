package site.js0.jdb.vlog;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.layout.BlobHeader;

/**
 * The value log of one VNode: writes values once, reads them back, and knows how much of each file
 * is still needed.
 *
 * <p>{@link #submit(BlobWrite)} and {@link #submit(BlobRead)} only queue, so that any holder of the
 * shard may call them; the shard's thread calls {@link #service} every turn, which does the work.
 * All I/O goes through buffers of the slab given, and never through more.
 *
 * <p>Bookkeeping of what is alive, by the caller: a value that was written is pending; {@link
 * #added} when the tree points to it, {@link #dropped} when it does no more; {@link #abandoned}
 * when it never will. A checkpoint keeps {@link #writeStats}; when it is durable {@link
 * #releaseEmpty} removes the files that it found empty. A pointer taken from an older tree must not
 * be read after that.
 *
 * <p>Owner: holder of the shard. Methods marked "shard's thread" use the driver.
 */
public final class ValueLog implements AutoCloseable {
    private static final int COMPLETIONS_PER_POLL = 64;

    private final Hold hold;
    private final IoDriver io;
    private final VlogHealth health;
    private final FileTasks tasks;
    private final FileTable files;
    private final BlobWriter writer;
    private final BlobReader reader;
    private final VlogSync sync;
    private final int openFilesMax;
    private boolean closed;

    /**
     * Opens the value log in {@code config.directory()}; waits for the headers of its files.
     * Writing goes on in a new file, made when it is first needed. Shard's thread.
     *
     * @throws JdbException Corrupt, NewerFormat or NotADatabase
     */
    public static ValueLog open(
            IoDriver io, Hold hold, Clock clock, VlogConfig config, BufferSlab slab) {
        return new ValueLog(io, hold, clock, config, slab);
    }

    private ValueLog(IoDriver io, Hold hold, Clock clock, VlogConfig config, BufferSlab slab) {
        this.io = io;
        this.hold = hold;
        openFilesMax = config.openFilesMax();
        health = new VlogHealth(config.shard(), config.vnode());
        tasks = new FileTasks(io, clock, config, health, this::prepared);
        files = new FileTable(config, tasks, VlogCatalog.read(io, config, slab));
        writer = new BlobWriter(io, health, slab, files);
        reader = new BlobReader(io, slab, files, tasks);
        sync = new VlogSync(io, health, files, tasks, writer);
    }

    private void prepared(ValueFile file, boolean forOne) {
        files.prepared(file, forOne);
    }

    /**
     * Queues a write. It ends when the device has accepted all of it: it survives the death of the
     * process then.
     *
     * @throws JdbException InDoubt when the value log has failed
     */
    public void submit(BlobWrite write) {
        assert hold.held();
        health.check();
        writer.submit(write);
    }

    /**
     * Queues a read or a verification.
     *
     * @throws JdbException Corrupt when the pointer is impossible; nothing was queued then
     */
    public void submit(BlobRead read) {
        assert hold.held();
        reader.submit(read);
    }

    /**
     * Checks that a pointer is possible, without reading: do so before taking memory for the value.
     *
     * @throws JdbException Corrupt, naming file and offset
     */
    public void checkPointer(long offset, int fileId, int length) {
        assert hold.held();
        reader.check(offset, fileId, length);
    }

    /**
     * @throws JdbException Corrupt when file {@code fileId}, which something points into, is gone
     */
    public void requireFile(int fileId) {
        assert hold.held();
        var _ = files.require(fileId);
    }

    /** True when {@link #service} would do something: a borrower then wakes the shard's thread. */
    public boolean wantsService() {
        return writer.wantsService()
                || reader.wantsService()
                || files.wantsService()
                || sync.wantsService();
    }

    /**
     * Work of one turn: composes and sends writes, starts reads, looks after files. Never blocks.
     * Shard's thread.
     *
     * @return how much was done; 0 when there was nothing to do
     */
    public int service() {
        assert hold.held();
        int work = reader.service() + writer.service() + files.service();
        if (tasks.openCount() > openFilesMax) {
            sync.request();
        }
        return work + sync.service();
    }

    /**
     * Counts what was written or replayed: everything that was done up to now is covered by syncing
     * this mark.
     */
    public long mark() {
        return writer.completedWrites;
    }

    /**
     * Waits until all writes that were done at {@code mark} are durable, with all that is needed to
     * find them. Shard's thread: it may begin a sync.
     *
     * @return {@link site.js0.jdb.comm.Progress#DONE}, or WAIT with {@code waiter} parked
     * @throws JdbException InDoubt when that can't be promised any more
     */
    public int awaitSynced(long mark, Waiter waiter) {
        assert hold.held();
        return sync.await(mark, waiter);
    }

    /**
     * Waits until all writes that are done now are durable. Run again after WAIT it asks for what
     * was done meanwhile too; who has to come to an end under load keeps a {@link #mark}. Shard's
     * thread.
     */
    public int syncAll(Waiter waiter) {
        return awaitSynced(mark(), waiter);
    }

    /** True once writing has failed: nothing is written until the value log is reopened. */
    public boolean failed() {
        return health.failed();
    }

    /** Bytes that a value of {@code length} takes in a file; what the bookkeeping counts. */
    public static long bytesOf(int length) {
        return BlobHeader.blobBytes(length);
    }

    /** The tree points to a pending value now. */
    public void added(int fileId, int length) {
        assert hold.held();
        files.added(fileId, length);
    }

    /** The tree does not point to a value any more. */
    public void dropped(int fileId, int length) {
        assert hold.held();
        files.dropped(fileId, length);
    }

    /** A value that is pending will never be in the tree. */
    public void abandoned(int fileId, int length) {
        assert hold.held();
        files.abandoned(fileId, length);
    }

    /**
     * A replayed record points to a value: it is pending again, and the next sync covers it, for
     * nobody knows whether one ever did. Before the log calls that record durable, sync.
     */
    public void replayed(int fileId, int length) {
        assert hold.held();
        files.replayed(fileId, length);
        writer.completedWrites++;
    }

    /** Bytes that {@link #writeStats} will take now. */
    public int statsBytes() {
        return files.statsBytes();
    }

    /** Writes how much of each file is alive, for the checkpoint that is being taken. */
    public void writeStats(MemorySegment to, long at) {
        assert hold.held();
        files.writeStats(to, at);
    }

    /**
     * Takes over what a checkpoint kept; after open, before anything else.
     *
     * @throws JdbException Corrupt when it contradicts the files
     */
    public void readStats(MemorySegment from, long at, int bytes) {
        assert hold.held();
        files.readStats(from, at, bytes);
    }

    /**
     * Removes files in which nothing is alive or pending, now as at the last {@link #writeStats}.
     * Call it when that checkpoint is durable. Files that are being written stay.
     *
     * @return how many will be removed
     */
    public int releaseEmpty() {
        assert hold.held();
        return files.releaseEmpty();
    }

    /** What was done so far, and what there is. */
    public VlogCounters counters() {
        long bytes = 0;
        long live = 0;
        for (ValueFile f : files.all()) {
            bytes += f.end;
            live += f.live;
        }
        return new VlogCounters(
                writer.blobs,
                writer.valueBytes,
                writer.writes,
                writer.deviceBytes,
                reader.blobs,
                reader.valueBytes,
                reader.reads,
                sync.syncs,
                tasks.created,
                tasks.removed,
                files.all().size(),
                bytes,
                live);
    }

    /**
     * Gives everything back, syncing nothing. Waits for what is in flight, so it blocks: at
     * shutdown only. Files that were being written are cut to what they hold. Idempotent. Shard's
     * thread.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        while (tasks.busy() || writer.busy() || reader.busy() || sync.busy()) {
            io.submit();
            if (io.poll(COMPLETIONS_PER_POLL) == 0) {
                io.await(-1);
            }
        }
        @Nullable RuntimeException failure = null;
        for (ValueFile f : files.unsealed()) {
            try {
                f.handle().truncate(f.end);
            } catch (RuntimeException e) { // space is lost, nothing else
                failure = e;
            }
        }
        for (ValueFile f : new ArrayList<>(files.all())) {
            IoFile handle = f.handleOrNull();
            if (handle != null) {
                handle.close();
            }
        }
        tasks.closeDoomed();
        if (failure != null) {
            throw failure;
        }
    }
}
