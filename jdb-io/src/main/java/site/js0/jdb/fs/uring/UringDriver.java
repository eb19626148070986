package site.js0.jdb.fs.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoMetrics;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.fs.linux.LinuxDirectory;
import site.js0.jdb.fs.linux.LinuxFile;
import site.js0.jdb.fs.linux.LinuxLogTail;

/**
 * The driver over raw io_uring.
 *
 * <p>This class is the outside: ownership, opening and closing, sleeping. {@link Requests} turns
 * operations into ring entries and completions back into operations; {@link Ring} makes the system
 * calls.
 */
public final class UringDriver implements IoDriver {
    /** Completions for each slot (a write and its sync), and the wakeup's. */
    private static final int COMPLETIONS_PER_SLOT = 2;

    /** A write and its sync must fit into the ring together, whatever the depth. */
    private static final int ENTRIES_MIN = 4;

    private final DriverOptions options;
    private final Arena arena = Arena.ofShared();
    private final Directory directory = new LinuxDirectory();
    private final IoMetrics metrics = new IoMetrics();
    private final Ring ring;
    private final RegisteredFiles files;
    private final RegisteredBuffers buffers;
    private final Wakeup wakeup;
    private final TaskThread tasks;
    private final Requests requests;
    private volatile @Nullable Thread owner;
    private volatile boolean closed;

    /**
     * Sets up a ring.
     *
     * @throws IoException when the system has no io_uring, forbids it, or has one that is too old
     */
    public UringDriver(DriverOptions options) {
        this(options, Math.max(ENTRIES_MIN, options.queueDepth()), 0);
    }

    /**
     * For tests: a ring smaller than the depth, as where memory is short, or with the features of
     * an older kernel.
     *
     * @param entries of the submission ring, at least {@link #ENTRIES_MIN}
     * @param firstStep see {@link RingSetup#open}
     */
    UringDriver(DriverOptions options, int entries, int firstStep) {
        this.options = options;
        int depth = options.queueDepth();
        Ring opened = null;
        try {
            opened = new Ring(entries, COMPLETIONS_PER_SLOT * entries + 1, firstStep, arena);
            ring = opened;
            files = new RegisteredFiles(ring, arena);
            buffers = new RegisteredBuffers(ring, firstStep < RingSetup.STEP_BEFORE_SPARSE, arena);
            wakeup = new Wakeup(arena);
        } catch (Throwable e) {
            if (opened != null) {
                opened.close(false);
            }
            arena.close();
            throw e;
        }
        tasks = new TaskThread(options.threadName(), wakeup::wakeup);
        requests =
                new Requests(
                        this,
                        ring,
                        files,
                        buffers,
                        new InFlight(depth),
                        tasks,
                        wakeup,
                        metrics,
                        arena);
    }

    @Override
    public String name() {
        return "uring";
    }

    @Override
    public String describe() {
        return "uring (Linux "
                + System.getProperty("os.version")
                + "), "
                + options.queueDepth()
                + " deep, ring "
                + ring.sqEntries()
                + "/"
                + ring.cqEntries()
                + ", "
                + ring.setup().names()
                + ", registered files"
                + (ring.ringFdRegistered() ? " and ring, " : ", ")
                + (options.registeredBuffers()
                        ? buffers.describe()
                        : "registered buffers switched off");
    }

    @Override
    public Directory directory() {
        return directory;
    }

    @Override
    public IoFile open(Path path, OpenMode mode, FileRole role) {
        checkOpen();
        return LinuxFile.open(path, mode, role, this::file);
    }

    private UringFile file(int fd, Path path, OpenMode mode, FileRole role, int alignment) {
        UringFile file = new UringFile(this, fd, path, mode, role, alignment);
        metrics.recordOpen(file);
        return file;
    }

    @Override
    public LogTail openLogTail(Path path, long bytes) {
        checkOpen();
        return LinuxLogTail.open(path, bytes, this::file);
    }

    /** For tests: see {@link Ring#enters()}. Owner. */
    long enters() {
        return ring.enters();
    }

    /** From {@link UringFile#close()}; any thread. */
    void releaseFile(int place) {
        if (closed) {
            return; // the table went with the ring
        }
        if (Thread.currentThread() == owner) {
            files.release(place);
        } else {
            files.releaseLater(place);
            wakeup.wakeup();
        }
    }

    @Override
    public void registerBuffers(MemorySegment... segments) {
        checkOpen();
        Thread owner = this.owner;
        if (owner != null && owner != Thread.currentThread()) {
            throw new IllegalStateException(
                    "buffers are registered before the first operation, or by the owner");
        }
        if (requests.inFlight() > 0) { // they name their buffers by places in the old table
            throw new IllegalStateException(
                    "buffers are registered while no operation is in flight, there are "
                            + requests.inFlight());
        }
        if (options.registeredBuffers()) {
            buffers.add(segments);
        }
    }

    @Override
    public void enqueue(IoOp op) {
        enter();
        requests.enqueue(op);
    }

    @Override
    public void submit() {
        enter();
        requests.submit();
    }

    @Override
    public int poll(int max) {
        enter();
        files.releaseClosed();
        return requests.poll(max);
    }

    @Override
    public int inFlight() {
        return requests.inFlight();
    }

    @Override
    public void await(long timeoutNanos) {
        enter();
        files.releaseClosed();
        requests.await(timeoutNanos);
    }

    @Override
    public void wakeup() {
        wakeup.wakeup();
    }

    @Override
    public IoMetrics metrics() {
        return metrics;
    }

    /** Every verb of the owner begins here: the first one makes its thread the owner. */
    private void enter() {
        checkOpen();
        Thread current = Thread.currentThread();
        if (owner != current) {
            own(current);
        }
    }

    private synchronized void own(Thread current) {
        Thread before = owner;
        if (before != null) {
            throw new IllegalStateException(
                    "this driver belongs to " + before + ", not to " + current);
        }
        if (current.isVirtual()) {
            throw new IllegalStateException(
                    "a ring belongs to a platform thread, not to " + current);
        }
        ring.enable();
        owner = current;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("this driver is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        Thread before = owner;
        if (before == null) {
            own(Thread.currentThread());
            before = Thread.currentThread();
        }
        if (before == Thread.currentThread()) {
            requests.drain();
            closed = true;
            ring.close(true);
        } else if (before.isAlive()) {
            throw new IllegalStateException(
                    "only the owner, " + before + ", may close while it runs");
        } else {
            closed = true;
            tasks.close();
            wakeup.stop();
            ring.close(false);
            if (requests.inFlight() > 0) {
                files.awaitRingGone();
            }
        }
        files.close();
        wakeup.close();
        arena.close();
    }
}
