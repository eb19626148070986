package site.js0.jdb.memdisk;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;
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
 * A driver over a {@link MemDisk}: operations take effect when they complete, in seeded order, and
 * only when the test polls. Checks alignment, counts open files, fails what it is told to fail.
 */
public final class MemDriver implements IoDriver {
    private static final int ALIGNMENT = 4096;

    /** Fails the first operation that {@code which} picks, with {@code errno}. */
    private record Fault(Predicate<IoOp> which, int errno) {}

    private final MemDisk disk;
    private final SplittableRandom random;
    private final List<IoOp> queued = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private final IoMetrics metrics = new IoMetrics();

    /** Files and tails open now. */
    public int openFiles;

    /** When set, the next store of a tail throws it. */
    public @Nullable RuntimeException storeFault;

    public MemDriver(MemDisk disk, long seed) {
        this.disk = disk;
        this.random = new SplittableRandom(seed);
    }

    /** Fails the next operation that {@code which} picks. */
    public void failOnce(Predicate<IoOp> which, int errno) {
        faults.add(new Fault(which, errno));
    }

    /** Finishes operations until none is left. */
    public void drain() {
        while (!queued.isEmpty()) {
            poll(1);
        }
    }

    @Override
    public String name() {
        return "mem";
    }

    @Override
    public String describe() {
        return "in memory";
    }

    @Override
    public Directory directory() {
        return disk;
    }

    @Override
    public IoFile open(Path path, OpenMode mode, FileRole role) {
        boolean create =
                mode == OpenMode.CREATE
                        || ((mode == OpenMode.OPEN_OR_CREATE || mode == OpenMode.WAL)
                                && !disk.exists(path));
        if (mode == OpenMode.CREATE && disk.exists(path)) {
            throw MemDisk.error("open", path, Errno.EEXIST);
        }
        MemDisk.Inode inode = create ? disk.create(path) : disk.inode(path);
        return new MemFile(path, mode, role, inode);
    }

    @Override
    public LogTail openLogTail(Path path, long bytes) {
        MemDisk.Inode inode = disk.exists(path) ? disk.inode(path) : disk.create(path);
        if (inode.now.length != bytes) {
            inode.now = new byte[0];
            disk.reserve(path, bytes);
            inode.resize(bytes);
        }
        inode.sync();
        return new MemTail(new MemFile(path, OpenMode.READ_WRITE, FileRole.LOG, inode));
    }

    @Override
    public void registerBuffers(MemorySegment... segments) {}

    @Override
    public void enqueue(IoOp op) {
        op.markSubmitted();
        switch (op.kind()) {
            case READ, WRITE, READ_SCATTERED, WRITE_GATHERED, WRITE_THEN_SYNC -> checkAligned(op);
            case NONE, SYNC_DATA, SYNC_ALL, TASK -> {}
        }
        queued.add(op);
    }

    private static void checkAligned(IoOp op) {
        if (!op.file().direct()) {
            return;
        }
        if (op.offset() % ALIGNMENT != 0 || op.length() % ALIGNMENT != 0) {
            throw new IoException(
                    new IoError.Alignment(
                            op.file().path().toString(),
                            "offset or length",
                            op.offset(),
                            ALIGNMENT));
        }
        if (op.unitCount() == 0 && (op.buffer().address() + op.bufferOffset()) % ALIGNMENT != 0) {
            throw new IoException(
                    new IoError.Alignment(
                            op.file().path().toString(), "address", op.bufferOffset(), ALIGNMENT));
        }
    }

    @Override
    public void submit() {}

    @Override
    public int poll(int max) {
        int n = 0;
        while (n < max && !queued.isEmpty()) {
            finishOne(queued.remove(random.nextInt(queued.size())));
            n++;
        }
        return n;
    }

    private void finishOne(IoOp op) {
        for (int i = 0; i < faults.size(); i++) {
            Fault f = faults.get(i);
            if (f.which.test(op)) {
                faults.remove(i);
                op.finish(0, f.errno, null);
                return;
            }
        }
        try {
            op.finish(execute(op), 0, null);
        } catch (Failed e) {
            op.finish(0, 0, e.getCause());
        }
    }

    /** Keeps an exception of the operation apart from one of its completion. */
    private static final class Failed extends Exception {
        Failed(Throwable cause) {
            super(cause);
        }
    }

    private long execute(IoOp op) throws Failed {
        try {
            return switch (op.kind()) {
                case READ -> read(op);
                case WRITE -> write(op);
                case WRITE_THEN_SYNC -> {
                    long n = write(op);
                    ((MemFile) op.file()).inode.sync();
                    yield n;
                }
                case SYNC_DATA, SYNC_ALL -> {
                    ((MemFile) op.file()).inode.sync();
                    yield 0;
                }
                case TASK -> {
                    op.runTask();
                    yield 0;
                }
                case NONE, READ_SCATTERED, WRITE_GATHERED ->
                        throw new UnsupportedOperationException(op.kind().name());
            };
        } catch (Exception e) {
            throw new Failed(e);
        }
    }

    private static long read(IoOp op) {
        byte[] bytes = ((MemFile) op.file()).inode.now;
        int n = (int) Math.max(0, Math.min(op.length(), bytes.length - op.offset()));
        MemDisk.copyOut(bytes, op.offset(), op.buffer(), op.bufferOffset(), n);
        return n;
    }

    private long write(IoOp op) {
        MemFile file = (MemFile) op.file();
        long end = op.offset() + op.length();
        if (file.inode.now.length < end) {
            disk.reserve(file.path, end - file.inode.now.length);
            file.inode.resize(end);
        }
        MemDisk.copyIn(op.buffer(), op.bufferOffset(), file.inode.now, op.offset(), op.length());
        return op.length();
    }

    @Override
    public int inFlight() {
        return queued.size();
    }

    @Override
    public void await(long timeoutNanos) {
        if (queued.isEmpty() && timeoutNanos < 0) {
            throw new IllegalStateException("would sleep for ever");
        }
    }

    @Override
    public void wakeup() {}

    @Override
    public IoMetrics metrics() {
        return metrics;
    }

    @Override
    public void close() {}

    private final class MemFile implements IoFile {
        private final Path path;
        private final OpenMode mode;
        private final FileRole role;
        private final MemDisk.Inode inode;
        private boolean closed;

        MemFile(Path path, OpenMode mode, FileRole role, MemDisk.Inode inode) {
            this.path = path;
            this.mode = mode;
            this.role = role;
            this.inode = inode;
            openFiles++;
        }

        @Override
        public Path path() {
            return path;
        }

        @Override
        public OpenMode mode() {
            return mode;
        }

        @Override
        public FileRole role() {
            return role;
        }

        @Override
        public boolean direct() {
            return mode != OpenMode.READ_BUFFERED && role != FileRole.LOG;
        }

        @Override
        public int alignment() {
            return direct() ? ALIGNMENT : 1;
        }

        @Override
        public long size() {
            return inode.now.length;
        }

        @Override
        public void truncate(long bytes) {
            inode.resize(bytes);
        }

        @Override
        public void preallocate(long offset, long length) {
            long end = offset + length;
            if (end > inode.now.length) {
                disk.reserve(path, end - inode.now.length);
                inode.resize(end);
            }
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                openFiles--;
            }
        }
    }

    private final class MemTail implements LogTail {
        private final MemFile file;

        MemTail(MemFile file) {
            this.file = file;
        }

        @Override
        public long byteSize() {
            return file.inode.now.length;
        }

        @Override
        public IoFile file() {
            return file;
        }

        @Override
        public boolean mapped() {
            return true;
        }

        @Override
        public void store(long position, MemorySegment source, long sourceOffset, int length) {
            RuntimeException fault = storeFault;
            if (fault != null) {
                storeFault = null;
                throw fault;
            }
            assert !file.closed;
            MemDisk.copyIn(source, sourceOffset, file.inode.now, position, length);
        }

        @Override
        public void load(long position, MemorySegment target, long targetOffset, int length) {
            assert !file.closed;
            MemDisk.copyOut(file.inode.now, position, target, targetOffset, length);
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
