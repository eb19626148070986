package site.js0.jdb.testkit;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoMetrics;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.fs.OpenMode;

/**
 * Delivers the completions of any driver in an order that a seed decides, so that the same calls
 * with the same seed end in the same file bytes on {@code uring}, {@code nio} and {@code sim}.
 *
 * <p>The order must not depend on how fast the device is: which operation a {@link #poll} delivers
 * is drawn from all that are in flight, finished or not, and then waited for. So, unlike other
 * drivers', this {@code poll} may block.
 */
public final class SeededDriver implements IoDriver {
    /** Stands for an operation in the inner driver. */
    private static final class Proxy extends IoOp {
        final IoOp op;
        boolean done;

        Proxy(IoOp op) {
            this.op = op;
            switch (op.kind()) {
                case READ ->
                        prepareRead(
                                op.file(),
                                op.offset(),
                                op.buffer(),
                                op.bufferOffset(),
                                op.length());
                case WRITE ->
                        prepareWrite(
                                op.file(),
                                op.offset(),
                                op.buffer(),
                                op.bufferOffset(),
                                op.length());
                case WRITE_THEN_SYNC ->
                        prepareWriteThenSync(
                                op.file(),
                                op.offset(),
                                op.buffer(),
                                op.bufferOffset(),
                                op.length());
                case READ_SCATTERED ->
                        prepareReadScattered(
                                op.file(),
                                op.offset(),
                                op.buffer(),
                                unitOffsets(op),
                                op.unitCount(),
                                op.unitBytes());
                case WRITE_GATHERED ->
                        prepareWriteGathered(
                                op.file(),
                                op.offset(),
                                op.buffer(),
                                unitOffsets(op),
                                op.unitCount(),
                                op.unitBytes());
                case SYNC_DATA -> prepareSyncData(op.file());
                case SYNC_ALL -> prepareSyncAll(op.file());
                case TASK -> prepareTask();
                case NONE -> throw new IllegalStateException("enqueued before prepared");
            }
        }

        private static long[] unitOffsets(IoOp op) {
            long[] offsets = new long[op.unitCount()];
            for (int i = 0; i < offsets.length; i++) {
                offsets[i] = op.unitOffset(i);
            }
            return offsets;
        }

        @Override
        protected void runBlocking() throws Exception {
            op.runTask();
        }

        @Override
        protected void completed() {
            done = true;
        }

        /**
         * The inner outcome, handed on: a short transfer is found again by the operation itself.
         */
        void deliver() {
            Throwable failure = null;
            int errno = 0;
            if (!succeeded()) {
                IoException e = failure();
                errno = e.errno();
                boolean isShort =
                        e.error() instanceof IoError.ShortRead
                                || e.error() instanceof IoError.ShortWrite;
                failure = isShort || errno != 0 && e.getCause() == null ? null : unwrap(e);
            }
            op.finish(transferred(), errno, failure);
        }

        private static @Nullable Throwable unwrap(IoException e) {
            return e.error() instanceof IoError.Join ? e.getCause() : e;
        }
    }

    private final IoDriver inner;
    private final SplittableRandom random;
    private final List<Proxy> inFlight = new ArrayList<>();

    /** Owns {@code inner} from now on. */
    public SeededDriver(IoDriver inner, long seed) {
        this.inner = inner;
        this.random = new SplittableRandom(seed);
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public String describe() {
        return inner.describe() + "; completions in seeded order";
    }

    @Override
    public Directory directory() {
        return inner.directory();
    }

    @Override
    public IoFile open(Path path, OpenMode mode, FileRole role) {
        return inner.open(path, mode, role);
    }

    @Override
    public LogTail openLogTail(Path path, long bytes) {
        return inner.openLogTail(path, bytes);
    }

    @Override
    public void registerBuffers(MemorySegment... segments) {
        inner.registerBuffers(segments);
    }

    @Override
    public void enqueue(IoOp op) {
        Proxy proxy = new Proxy(op);
        inner.enqueue(proxy); // may refuse: then nothing was taken
        op.markSubmitted();
        inFlight.add(proxy);
    }

    @Override
    public void submit() {
        inner.submit();
    }

    /**
     * Delivers a drawn number of drawn operations, at least one if any are in flight; waits for
     * those.
     */
    @Override
    public int poll(int max) {
        int available = Math.min(max, inFlight.size());
        if (available <= 0) {
            return 0;
        }
        int wanted = random.nextInt(available) + 1;
        for (int i = 0; i < wanted; i++) {
            Proxy drawn = inFlight.remove(random.nextInt(inFlight.size()));
            while (!drawn.done) {
                inner.await(-1);
                inner.poll(Integer.MAX_VALUE);
            }
            drawn.deliver();
        }
        return wanted;
    }

    @Override
    public int inFlight() {
        return inFlight.size();
    }

    /**
     * Returns at once while anything is in flight: {@link #poll} will find something to deliver.
     */
    @Override
    public void await(long timeoutNanos) {
        inner.submit();
        if (inFlight.isEmpty()) {
            inner.await(timeoutNanos);
        }
    }

    @Override
    public void wakeup() {
        inner.wakeup();
    }

    @Override
    public IoMetrics metrics() {
        return inner.metrics();
    }

    @Override
    public void close() {
        inner.close();
    }
}
