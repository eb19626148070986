package site.js0.jdb.fs.nio;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.HostDirectory;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoMetrics;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.fs.linux.LinuxFile;
import site.js0.jdb.fs.linux.LinuxLogTail;
import site.js0.jdb.fs.linux.Syscall;

/**
 * The driver for everywhere: worker threads that block in {@link java.nio.channels.FileChannel},
 * direct where the file system can.
 *
 * <p>Operations are chained by {@link #enqueue} and handed to the workers by {@link #submit}; they
 * run in any order, as on a ring. Finished ones come back through {@link Completions} and end in
 * {@link #poll}. Tasks have one thread of their own and run one after the other, so that none of
 * them keeps I/O waiting.
 *
 * <p>Owner's state: the chain, the pool of requests, the queue of completions that were taken and
 * not yet delivered.
 */
public final class NioDriver implements IoDriver {
    private static final int WORKERS_DEFAULT = 16;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final String reason;
    private final boolean portable;
    private final Completions completions = new Completions();
    private final Workers io;
    private final Workers tasks;
    private final int workersMax;
    private final Directory directory = HostDirectory.create();
    private final IoMetrics metrics = new IoMetrics();
    private final AtomicReference<@Nullable String> whyBuffered = new AtomicReference<>();

    private @Nullable Thread owner;
    private @Nullable Request pool;
    private @Nullable Request chainFirst;
    private @Nullable Request chainLast;
    private int chainCount;
    private @Nullable Request delivering;
    private int inFlight;
    private boolean closed;

    /** With the default options. */
    public NioDriver() {
        this(DriverOptions.defaults(), "asked for");
    }

    /**
     * Starts no thread yet.
     *
     * @param reason why this driver was chosen, for {@link #describe()}
     */
    public NioDriver(DriverOptions options, String reason) {
        this(options, reason, Syscall.unavailable() != null);
    }

    /**
     * {@code portable}: log tails by means of the JDK alone, also where system calls can be made.
     */
    NioDriver(DriverOptions options, String reason, boolean portable) {
        this.reason = reason;
        this.portable = portable;
        int asked = options.workers() == 0 ? WORKERS_DEFAULT : options.workers();
        this.workersMax = Math.min(asked, options.queueDepth());
        String name = options.threadName() + "-nio" + NUMBER.incrementAndGet();
        this.io = new Workers(name + "-worker", workersMax, completions);
        this.tasks = new Workers(name + "-task", 1, completions);
    }

    @Override
    public String name() {
        return "nio";
    }

    @Override
    public String describe() {
        String buffered = whyBuffered.get();
        return "nio: FileChannel, "
                + (buffered == null ? "direct I/O" : "no direct I/O (" + buffered + ")")
                + ", up to "
                + workersMax
                + " workers; "
                + reason;
    }

    @Override
    public Directory directory() {
        return directory;
    }

    @Override
    public IoFile open(Path path, OpenMode mode, FileRole role) {
        try {
            return io.call(() -> {
                Opening.Opened opened = Opening.open(path, mode);
                if (opened.whyBuffered() != null) {
                    whyBuffered.set(opened.whyBuffered() + ": " + path);
                }
                NioFile file =
                        new NioFile(
                                io, path, mode, role, opened.channel(), opened.alignment(), null);
                metrics.recordOpen(file);
                return file;
            });
        } catch (Exception e) {
            throw NioErrors.of("open", path, 0, 0, e);
        }
    }

    @Override
    public LogTail openLogTail(Path path, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be > 0, was " + bytes);
        }
        if (!portable) {
            return LinuxLogTail.open(path, bytes, LinuxFile::new);
        }
        try {
            return io.call(() -> NioLogTail.open(io, path, bytes));
        } catch (Exception e) {
            throw NioErrors.of("open_log_tail", path, 0, bytes, e);
        }
    }

    /** Nothing to register with: the kernel sees plain addresses. */
    @Override
    public void registerBuffers(MemorySegment... segments) {}

    @Override
    public void enqueue(IoOp op) {
        assert owned();
        checkOpen();
        checkMemory(op);
        op.markSubmitted();
        op.driverStartNanos = System.nanoTime();
        Request request = takeFromPool();
        request.op = op;
        inFlight++;
        if (op.kind() == IoOp.Kind.TASK) {
            tasks.submit(request, request, 1);
            return;
        }
        if (chainLast == null) {
            chainFirst = request;
        } else {
            chainLast.next = request;
        }
        chainLast = request;
        chainCount++;
    }

    private static void checkMemory(IoOp op) {
        switch (op.kind()) {
            case READ, WRITE, WRITE_THEN_SYNC -> {
                checkNative(op);
                checkAligned(op, "address", op.buffer().address() + op.bufferOffset());
                checkAligned(op, "length", op.length());
                checkAligned(op, "offset", op.offset());
            }
            case READ_SCATTERED, WRITE_GATHERED -> {
                checkNative(op);
                checkAligned(op, "offset", op.offset());
                checkAligned(op, "length", op.unitBytes());
                for (int i = 0; i < op.unitCount(); i++) {
                    checkAligned(op, "address", op.buffer().address() + op.unitOffset(i));
                }
            }
            case NONE, SYNC_DATA, SYNC_ALL, TASK -> {}
        }
    }

    private static void checkNative(IoOp op) {
        if (!op.buffer().isNative()) {
            throw new IllegalArgumentException("the buffer of an operation must be native memory");
        }
    }

    private static void checkAligned(IoOp op, String what, long value) {
        int alignment = op.file().alignment();
        if (value % alignment != 0) {
            throw new IoException(
                    new IoError.Alignment(op.file().path().toString(), what, value, alignment));
        }
    }

    @Override
    public void submit() {
        assert owned();
        Request first = chainFirst;
        Request last = chainLast;
        if (first == null || last == null) {
            return;
        }
        int count = chainCount;
        chainFirst = null;
        chainLast = null;
        chainCount = 0;
        io.submit(first, last, count);
    }

    @Override
    public int poll(int max) {
        assert owned();
        int finished = 0;
        while (finished < max) {
            if (delivering == null) {
                delivering = completions.takeAll();
                if (delivering == null) {
                    break;
                }
            }
            Request request = delivering;
            delivering = request.next;
            finished++;
            finish(request);
        }
        return finished;
    }

    /**
     * The request is back in the pool before the operation hears of it: {@code completed()} may
     * enqueue again.
     */
    private void finish(Request request) {
        IoOp op = java.util.Objects.requireNonNull(request.op);
        long transferred = request.transferred;
        int errno = request.errno;
        Throwable failure = request.failure;
        long nanos = request.endNanos - op.driverStartNanos;
        giveToPool(request);
        inFlight--;
        boolean failed = errno != 0 || failure != null || transferred != op.length();
        metrics.record(op, transferred, failed, nanos);
        op.finish(transferred, errno, failure);
    }

    private Request takeFromPool() {
        Request request = pool;
        if (request == null) {
            return new Request();
        }
        pool = request.next;
        request.next = null;
        return request;
    }

    private void giveToPool(Request request) {
        request.reset();
        request.next = pool;
        pool = request;
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public void await(long timeoutNanos) {
        assert owned();
        submit();
        if (delivering == null) {
            completions.await(timeoutNanos);
        }
    }

    @Override
    public void wakeup() {
        completions.wakeup();
    }

    @Override
    public IoMetrics metrics() {
        return metrics;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (chainFirst != null) {
            submit();
        }
        tasks.close(); // first: a task may need the workers
        io.close();
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the driver is closed");
        }
    }

    /** The first thread that works with the driver owns it. */
    private boolean owned() {
        Thread current = Thread.currentThread();
        if (owner == null) {
            owner = current;
        }
        return owner == current;
    }
}
