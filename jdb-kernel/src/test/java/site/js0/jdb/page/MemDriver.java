package site.js0.jdb.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
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
 * A driver over byte arrays for the tests of this package: an operation takes effect when it is
 * polled, in order, or in an order drawn from a seed; {@link #fault} makes it fail, {@link #log}
 * remembers it, {@link #crash} forgets what was not synced. Bytes written since the last sync
 * survive a crash by the 512-byte sector, each by the toss of a coin.
 */
final class MemDriver implements IoDriver, Directory {
    private static final int SECTOR = 512;

    /** What is in one file: as seen now, and as it is after a crash. */
    private static final class Content {
        byte[] now = new byte[0];
        byte[] durable = new byte[0];
        final List<long[]> unsynced = new ArrayList<>();

        void size(int bytes) {
            if (bytes > now.length) {
                now = Arrays.copyOf(now, bytes);
                durable = Arrays.copyOf(durable, bytes);
            }
        }

        void sync() {
            durable = now.clone();
            unsynced.clear();
        }
    }

    private final Map<Path, Content> contents = new TreeMap<>();
    private final List<IoOp> queue = new ArrayList<>();
    private @Nullable SplittableRandom order;

    /** Answers the error number that an operation ends with; 0 to carry it out. */
    ToIntFunction<IoOp> fault = op -> 0;

    /** All files together may have so many bytes. */
    long capacityBytes = Long.MAX_VALUE;

    /** Kind, offset and length of what was finished. */
    final List<String> log = new ArrayList<>();

    int opened;

    /** Finishes operations in an order drawn from {@code seed}, not in that of their coming. */
    MemDriver shuffled(long seed) {
        order = new SplittableRandom(seed);
        return this;
    }

    /** The bytes of a file as seen now; writing to them is damage. */
    byte[] bytes(Path path) {
        return Objects.requireNonNull(contents.get(path)).now;
    }

    void remove(Path path, int bytesLeft) {
        Content c = Objects.requireNonNull(contents.get(path));
        c.now = Arrays.copyOf(c.now, bytesLeft);
        c.durable = Arrays.copyOf(c.durable, bytesLeft);
    }

    /** The machine stops: what is in flight and not synced is there, or not, or in part. */
    void crash(SplittableRandom random) {
        for (IoOp op : queue) {
            if (isWrite(op) && random.nextBoolean()) {
                write(op);
            }
        }
        queue.clear();
        for (Content c : contents.values()) {
            byte[] after = c.durable.clone();
            for (long[] range : c.unsynced) {
                for (long at = range[0]; at < range[0] + range[1]; at += SECTOR) {
                    if (random.nextInt(4) != 0) {
                        System.arraycopy(c.now, (int) at, after, (int) at, SECTOR);
                    }
                }
            }
            c.now = after;
            c.sync();
        }
    }

    private static boolean isWrite(IoOp op) {
        return switch (op.kind()) {
            case WRITE, WRITE_GATHERED, WRITE_THEN_SYNC -> true;
            case NONE, READ, READ_SCATTERED, SYNC_DATA, SYNC_ALL, TASK -> false;
        };
    }

    private Content content(IoOp op) {
        return ((MemFile) op.file()).content;
    }

    private void write(IoOp op) {
        Content c = content(op);
        c.size((int) (op.offset() + op.length()));
        for (int done = 0; done < op.length(); ) {
            boolean units = op.kind() == IoOp.Kind.WRITE_GATHERED;
            int n = units ? op.unitBytes() : op.length();
            long from = units ? op.unitOffset(done / n) : op.bufferOffset();
            MemorySegment.copy(
                    op.buffer(), ValueLayout.JAVA_BYTE, from, c.now, (int) op.offset() + done, n);
            done += n;
        }
        c.unsynced.add(new long[] {op.offset(), op.length()});
    }

    private long read(IoOp op) {
        Content c = content(op);
        long there = Math.max(0, Math.min(op.length(), c.now.length - op.offset()));
        for (int done = 0; done < there; ) {
            boolean units = op.kind() == IoOp.Kind.READ_SCATTERED;
            int n = (int) Math.min(there - done, units ? op.unitBytes() : op.length());
            long to = units ? op.unitOffset(done / op.unitBytes()) : op.bufferOffset();
            MemorySegment.copy(
                    c.now, (int) op.offset() + done, op.buffer(), ValueLayout.JAVA_BYTE, to, n);
            done += n;
        }
        return there;
    }

    private void finish(IoOp op) {
        log.add(
                op.kind() == IoOp.Kind.TASK
                        ? "TASK"
                        : op.kind() + " " + op.offset() / 4096 + "+" + op.length() / 4096);
        int errno = fault.applyAsInt(op);
        if (errno != 0) {
            op.finish(0, errno, null);
            return;
        }
        switch (op.kind()) {
            case READ, READ_SCATTERED -> op.finish(read(op), 0, null);
            case WRITE, WRITE_GATHERED -> {
                write(op);
                op.finish(op.length(), 0, null);
            }
            case WRITE_THEN_SYNC -> {
                write(op);
                content(op).sync();
                op.finish(op.length(), 0, null);
            }
            case SYNC_DATA, SYNC_ALL -> {
                content(op).sync();
                op.finish(0, 0, null);
            }
            case TASK -> {
                @Nullable Throwable failure = null;
                try {
                    op.runTask();
                } catch (Exception e) {
                    failure = e;
                }
                op.finish(0, 0, failure);
            }
            case NONE -> throw new AssertionError();
        }
    }

    // ---- IoDriver

    @Override
    public String name() {
        return "mem";
    }

    @Override
    public String describe() {
        return "byte arrays";
    }

    @Override
    public Directory directory() {
        return this;
    }

    @Override
    public IoFile open(Path path, OpenMode mode, FileRole role) {
        if (!contents.containsKey(path) && mode != OpenMode.OPEN_OR_CREATE) {
            throw new IoException(new IoError.Io("open", path.toString(), 0, 0, Errno.ENOENT));
        }
        opened++;
        return new MemFile(path, mode, role, contents.computeIfAbsent(path, p -> new Content()));
    }

    @Override
    public LogTail openLogTail(Path path, long bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void registerBuffers(MemorySegment... segments) {}

    @Override
    public void enqueue(IoOp op) {
        op.markSubmitted();
        queue.add(op);
    }

    @Override
    public void submit() {}

    @Override
    public int poll(int max) {
        int n = 0;
        while (n < max && !queue.isEmpty()) {
            finish(queue.remove(order == null ? 0 : order.nextInt(queue.size())));
            n++;
        }
        return n;
    }

    @Override
    public int inFlight() {
        return queue.size();
    }

    @Override
    public void await(long timeoutNanos) {
        if (queue.isEmpty() && timeoutNanos < 0) {
            throw new AssertionError("sleeps for ever");
        }
    }

    @Override
    public void wakeup() {}

    @Override
    public IoMetrics metrics() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        queue.clear();
    }

    // ---- Directory: as much as page files need

    @Override
    public boolean exists(Path path) {
        return contents.containsKey(path);
    }

    @Override
    public void mkdir(Path path) {}

    @Override
    public List<Entry> ls(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long size(Path path) {
        return bytes(path).length;
    }

    @Override
    public void rename(Path from, Path to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(Path path) {
        contents.remove(path);
    }

    @Override
    public void syncDir(Path path) {}

    private final class MemFile implements IoFile {
        final Content content;
        private final Path path;
        private final OpenMode mode;
        private final FileRole role;
        private boolean closed;

        MemFile(Path path, OpenMode mode, FileRole role, Content content) {
            this.path = path;
            this.mode = mode;
            this.role = role;
            this.content = content;
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
            return true;
        }

        @Override
        public int alignment() {
            return SECTOR;
        }

        @Override
        public long size() {
            return content.now.length;
        }

        @Override
        public void truncate(long bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void preallocate(long offset, long length) {
            long all = contents.values().stream().mapToLong(c -> c.now.length).sum();
            long more = offset + length - content.now.length;
            if (more > 0 && all + more > capacityBytes) {
                throw new IoException(
                        new IoError.Io(
                                "preallocate", path.toString(), offset, length, Errno.ENOSPC));
            }
            content.size((int) (offset + length));
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                opened--;
            }
        }
    }
}
