package site.js0.jdb.testkit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
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
 * A driver of a {@link SimDisk}: requests finish in seeded order after seeded times, and nothing
 * happens outside the calls of its owner.
 *
 * <p>It is strict where real drivers are only entitled to be: a request may stay unsent until
 * {@code submit()}; a read's memory is filled with rubbish the moment it is enqueued; a write's
 * memory is checked not to have changed until it completes; a sync covers what had completed when
 * it was enqueued, and no more.
 */
public final class SimDriver implements IoDriver {
    /** Time that one poll takes. */
    private static final long POLL_NANOS = 1_000;

    /** An {@code await} without limit, with nothing to wait for, still lets time pass. */
    private static final long IDLE_NANOS = 1_000_000;

    private static final byte RUBBISH = (byte) 0xDB;
    private static final int ALIGNMENT = 4096;

    private static final class Request {
        final IoOp op;
        final long syncMark;
        final int digest;
        long dueNanos = Long.MAX_VALUE;

        Request(IoOp op, long syncMark, int digest) {
            this.op = op;
            this.syncMark = syncMark;
            this.digest = digest;
        }
    }

    private final SimDisk disk;
    private final SplittableRandom random;
    private final int life;
    private final SimDirectory directory;
    private final IoMetrics metrics = new IoMetrics();
    private final List<Request> queued = new ArrayList<>();
    private final List<Request> sent = new ArrayList<>();
    private @Nullable Thread owner;
    private long lastTaskNanos;
    private boolean wakeup;
    private boolean polling;
    private @Nullable Request finishing;
    private boolean closed;

    SimDriver(SimDisk disk, SplittableRandom random) {
        this.disk = disk;
        this.random = random;
        this.life = disk.life();
        this.directory = new SimDirectory(disk);
    }

    @Override
    public String name() {
        return "sim";
    }

    @Override
    public String describe() {
        return "sim: a seeded disk in memory";
    }

    @Override
    public Directory directory() {
        return directory;
    }

    /** The first thread that works with the driver owns it. */
    private void checkOwner() {
        Thread current = Thread.currentThread();
        if (owner == null) {
            owner = current;
        } else if (owner != current) {
            throw new IllegalStateException("the driver belongs to " + owner);
        }
    }

    private void checkUsable() {
        disk.checkAlive(life);
        if (closed) {
            throw new IllegalStateException("the driver is closed");
        }
    }

    @Override
    public IoFile open(Path path, OpenMode mode, FileRole role) {
        checkUsable();
        disk.strikeVerb(Faults.Verb.OPEN, path, role, 0, 0);
        SimNode node = disk.tree().find(path, "open");
        boolean creates =
                mode == OpenMode.CREATE || mode == OpenMode.OPEN_OR_CREATE || mode == OpenMode.WAL;
        SimInode inode = openNode(path, node, creates, mode == OpenMode.CREATE);
        return new SimFile(
                disk, inode, path, mode, role, mode == OpenMode.READ_BUFFERED ? 1 : ALIGNMENT);
    }

    private SimInode openNode(
            Path path, @Nullable SimNode node, boolean creates, boolean mustBeNew) {
        if (node != null && mustBeNew) {
            throw SimTree.failure("open", path, Errno.EEXIST);
        }
        return switch (node) {
            case SimInode inode -> inode;
            case SimNode.Dir dir -> throw SimTree.failure("open", path, Errno.EISDIR);
            case SimNode.Special special ->
                    throw SimTree.failure(
                            "open",
                            path,
                            special.kind() == Directory.EntryKind.SYMLINK
                                    ? Errno.ELOOP
                                    : Errno.EINVAL);
            case null -> {
                if (!creates) {
                    throw SimTree.failure("open", path, Errno.ENOENT);
                }
                SimNode.Dir parent = disk.tree().parent(path, "open");
                disk.event();
                SimInode made = disk.newInode();
                disk.tree().link(parent, SimTree.lastName(path), made);
                yield made;
            }
        };
    }

    @Override
    public LogTail openLogTail(Path path, long bytes) {
        checkUsable();
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be > 0, was " + bytes);
        }
        disk.strikeVerb(Faults.Verb.OPEN, path, FileRole.LOG, 0, bytes);
        SimInode inode = openNode(path, disk.tree().find(path, "open_log_tail"), true, false);
        if (inode.current.size() != bytes) {
            int freed = inode.current.allocatedBlocks();
            BlockImage zeros = new BlockImage();
            zeros.reserve(0, bytes);
            zeros.resize(bytes);
            if (!disk.hasRoom(Math.max(0, zeros.allocatedBlocks() - freed))) {
                throw disk.noSpace("open_log_tail", path);
            }
            disk.event();
            inode.reset(zeros);
        }
        SimFile file = new SimFile(disk, inode, path, OpenMode.READ_BUFFERED, FileRole.LOG, 1);
        return new SimLogTail(disk, file, bytes);
    }

    @Override
    public void registerBuffers(MemorySegment... segments) {
        checkUsable();
    }

    @Override
    public void enqueue(IoOp op) {
        checkOwner();
        checkUsable();
        check(op);
        op.markSubmitted();
        op.driverStartNanos = disk.clock().monotonicNanos();
        long mark = 0;
        if (op.kind() != IoOp.Kind.TASK) {
            SimFile file = (SimFile) op.file();
            file.checkOpen();
            file.inFlight++;
            mark = file.inode().mark();
        }
        spoil(op);
        Request request = new Request(op, mark, isWrite(op) ? digest(op) : 0);
        if (op.kind() == IoOp.Kind.TASK || random.nextInt(8) == 0) { // tasks keep their order
            send(request);
        } else {
            queued.add(request);
        }
    }

    private static void check(IoOp op) {
        switch (op.kind()) {
            case READ, WRITE, WRITE_THEN_SYNC -> {
                checkAligned(op, "address", addressOf(op) + op.bufferOffset());
                checkAligned(op, "length", op.length());
                checkAligned(op, "offset", op.offset());
            }
            case READ_SCATTERED, WRITE_GATHERED -> {
                checkAligned(op, "offset", op.offset());
                checkAligned(op, "length", op.unitBytes());
                for (int i = 0; i < op.unitCount(); i++) {
                    checkAligned(op, "address", addressOf(op) + op.unitOffset(i));
                }
            }
            case NONE, SYNC_DATA, SYNC_ALL, TASK -> {}
        }
    }

    private static long addressOf(IoOp op) {
        if (!op.buffer().isNative()) {
            throw new IllegalArgumentException("the buffer of an operation must be native memory");
        }
        return op.buffer().address();
    }

    private static void checkAligned(IoOp op, String what, long value) {
        if (value % op.file().alignment() != 0) {
            throw new IoException(
                    new IoError.Alignment(
                            op.file().path().toString(), what, value, op.file().alignment()));
        }
    }

    private static boolean isWrite(IoOp op) {
        return switch (op.kind()) {
            case WRITE, WRITE_GATHERED, WRITE_THEN_SYNC -> true;
            case NONE, READ, READ_SCATTERED, SYNC_DATA, SYNC_ALL, TASK -> false;
        };
    }

    /** Whoever reads the memory of a read before its completion shall notice. */
    private static void spoil(IoOp op) {
        if (op.kind() == IoOp.Kind.READ || op.kind() == IoOp.Kind.READ_SCATTERED) {
            byte[] rubbish = new byte[op.length()];
            Arrays.fill(rubbish, RUBBISH);
            scatter(op, rubbish, op.length());
        }
    }

    private static byte[] gather(IoOp op) {
        if (op.kind() != IoOp.Kind.WRITE_GATHERED) {
            return SimDisk.copyOf(op.buffer(), op.bufferOffset(), op.length());
        }
        byte[] bytes = new byte[op.length()];
        for (int i = 0; i < op.unitCount(); i++) {
            MemorySegment.copy(
                    op.buffer(),
                    JAVA_BYTE,
                    op.unitOffset(i),
                    bytes,
                    i * op.unitBytes(),
                    op.unitBytes());
        }
        return bytes;
    }

    private static void scatter(IoOp op, byte[] bytes, int length) {
        if (op.kind() != IoOp.Kind.READ_SCATTERED) {
            MemorySegment.copy(bytes, 0, op.buffer(), JAVA_BYTE, op.bufferOffset(), length);
            return;
        }
        for (int i = 0; i * op.unitBytes() < length; i++) {
            int n = Math.min(op.unitBytes(), length - i * op.unitBytes());
            MemorySegment.copy(
                    bytes, i * op.unitBytes(), op.buffer(), JAVA_BYTE, op.unitOffset(i), n);
        }
    }

    private static int digest(IoOp op) {
        CRC32C crc = new CRC32C();
        crc.update(gather(op));
        return (int) crc.getValue();
    }

    private void send(Request request) {
        long due = disk.clock().monotonicNanos() + disk.drawLatency(random);
        if (request.op.kind()
                == IoOp.Kind.TASK) { // one helper thread: tasks end in the order they came
            due = Math.max(due, lastTaskNanos);
            lastTaskNanos = due;
        }
        request.dueNanos = due;
        sent.add(request);
    }

    @Override
    public void submit() {
        checkOwner();
        checkUsable();
        queued.forEach(this::send);
        queued.clear();
    }

    @Override
    public int poll(int max) {
        checkOwner();
        checkUsable();
        if (polling) {
            throw new AssertionError("poll() inside a completion");
        }
        polling = true;
        try {
            disk.clock().advance(POLL_NANOS);
            int finished = 0;
            for (Request next; finished < max && (next = pickDue()) != null; finished++) {
                sent.remove(next);
                finish(next);
            }
            return finished;
        } finally {
            polling = false;
        }
    }

    private @Nullable Request pickDue() {
        long now = disk.clock().monotonicNanos();
        List<Request> due = new ArrayList<>();
        boolean hasTask = false;
        for (Request request : sent) {
            boolean task = request.op.kind() == IoOp.Kind.TASK;
            if (request.dueNanos <= now && !(task && hasTask)) {
                due.add(request);
            }
            hasTask |= task;
        }
        return due.isEmpty() ? null : due.get(random.nextInt(due.size()));
    }

    /** What a request came to. */
    private record Outcome(long transferred, int errno, @Nullable Throwable failure) {}

    private void finish(Request request) {
        finishing = request;
        Outcome outcome = apply(request);
        finishing = null;
        if (request.op.kind() != IoOp.Kind.TASK) {
            ((SimFile) request.op.file()).inFlight--;
        }
        boolean failed =
                outcome.errno() != 0
                        || outcome.failure() != null
                        || outcome.transferred() != request.op.length();
        long nanos = disk.clock().monotonicNanos() - request.op.driverStartNanos;
        metrics.record(request.op, outcome.transferred(), failed, nanos);
        request.op.finish(outcome.transferred(), outcome.errno(), outcome.failure());
    }

    /** The request takes effect. */
    private Outcome apply(Request request) {
        IoOp op = request.op;
        long transferred = 0;
        try {
            switch (op.kind()) {
                case READ, READ_SCATTERED -> transferred = read(op);
                case WRITE, WRITE_GATHERED -> transferred = write(request).bytes().length;
                case WRITE_THEN_SYNC -> {
                    SimInode.Write written = write(request);
                    transferred = written.bytes().length;
                    sync(request);
                    inodeOf(op).pin(written);
                }
                case SYNC_DATA, SYNC_ALL -> sync(request);
                case TASK -> op.runTask();
                case NONE -> throw new IllegalStateException("nothing prepared");
            }
            return new Outcome(transferred, 0, null);
        } catch (IoException e) {
            return op.kind() == IoOp.Kind.TASK
                    ? new Outcome(0, e.errno(), e)
                    : new Outcome(transferred, e.errno(), null);
        } catch (SimCrash | AssertionError e) {
            throw e; // the end of the process, or of the test
        } catch (Throwable e) {
            return new Outcome(transferred, 0, e);
        }
    }

    private static SimInode inodeOf(IoOp op) {
        return ((SimFile) op.file()).inode();
    }

    private Faults.@Nullable Effect strike(Faults.Verb verb, IoOp op) {
        return disk.strike(
                new Faults.Access(
                        verb, op.file().path(), op.file().role(), op.offset(), op.length()));
    }

    private int read(IoOp op) {
        Faults.Effect effect = strike(Faults.Verb.READ, op);
        if (effect instanceof Faults.Effect.Fails fails) {
            throw SimTree.failure("read", op.file().path(), fails.errno());
        }
        byte[] bytes = new byte[op.length()];
        int length = ((SimFile) op.file()).inode().current.read(op.offset(), bytes);
        flip(effect, bytes);
        scatter(op, bytes, length);
        return length;
    }

    private static void flip(Faults.@Nullable Effect effect, byte[] bytes) {
        if (effect instanceof Faults.Effect.FlippedBit flip && bytes.length > 0) {
            long bit = flip.bit() % (bytes.length * 8L);
            bytes[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
        }
    }

    private SimInode.Write write(Request request) {
        IoOp op = request.op;
        SimFile file = (SimFile) op.file();
        if (file.mode() == OpenMode.READ || file.mode() == OpenMode.READ_BUFFERED) {
            throw SimTree.failure("write", file.path(), Errno.EBADF);
        }
        if (digest(op) != request.digest) {
            throw new AssertionError(
                    "the memory of a write to " + file + " changed while it was in flight");
        }
        byte[] bytes = gather(op);
        Faults.Effect effect = strike(Faults.Verb.WRITE, op);
        disk.event();
        if (effect instanceof Faults.Effect.Fails fails) {
            file.inode().changePartly(op.offset(), bytes, random);
            throw SimTree.failure("write", file.path(), fails.errno());
        }
        if (!disk.hasRoom(file.inode().current.missingBlocks(op.offset(), op.length()))) {
            throw disk.noSpace("write", file.path());
        }
        flip(effect, bytes);
        long offset = op.offset();
        if (effect instanceof Faults.Effect.Misdirected away) {
            offset = Math.max(0, offset + away.deltaBytes());
        }
        boolean durable = file.mode() == OpenMode.WAL;
        SimInode.Write write = new SimInode.Write(offset, bytes, false, durable);
        if (!(effect instanceof Faults.Effect.Lost) && bytes.length > 0) {
            file.inode().change(write);
        }
        return write;
    }

    private void sync(Request request) {
        IoOp op = request.op;
        SimInode inode = inodeOf(op);
        Faults.Effect effect = strike(Faults.Verb.SYNC, op);
        disk.event();
        if (effect instanceof Faults.Effect.Fails fails) {
            inode.failSync(
                    op.kind() == IoOp.Kind.WRITE_THEN_SYNC ? inode.mark() : request.syncMark,
                    random);
            throw SimTree.failure("sync", op.file().path(), fails.errno());
        }
        inode.syncTo(request.syncMark);
    }

    @Override
    public int inFlight() {
        return queued.size() + sent.size();
    }

    /**
     * Lets virtual time pass to the next completion, or as far as the timeout goes; never sleeps.
     */
    @Override
    public void await(long timeoutNanos) {
        submit();
        if (wakeup) {
            wakeup = false;
            return;
        }
        long now = disk.clock().monotonicNanos();
        long due = Long.MAX_VALUE;
        for (Request request : sent) {
            due = Math.min(due, request.dueNanos);
        }
        long until =
                timeoutNanos >= 0
                        ? Math.min(due, now + timeoutNanos)
                        : due == Long.MAX_VALUE ? now + IDLE_NANOS : due;
        disk.clock().advance(Math.max(0, until - now));
    }

    @Override
    public void wakeup() {
        disk.checkAlive(life);
        wakeup = true;
    }

    @Override
    public IoMetrics metrics() {
        return metrics;
    }

    /**
     * As real drivers do: what is in flight takes effect, and nobody hears of it. After a crash
     * nothing happens.
     */
    @Override
    public void close() {
        if (closed || life != disk.life()) {
            return;
        }
        queued.forEach(this::send);
        queued.clear();
        closed = true;
        while (!sent.isEmpty()) {
            Request request = sent.remove(random.nextInt(sent.size()));
            apply(request);
            if (request.op.kind() != IoOp.Kind.TASK) {
                ((SimFile) request.op.file()).inFlight--;
            }
        }
        disk.closed(this);
    }

    /**
     * The process dies: of every write in flight, any sectors reach the cache; a sync in flight has
     * happened or not.
     *
     * @param copies when the death is that of a clone: which of its files stands for which of ours;
     *     else null
     */
    void strikeInFlight(@Nullable IdentityHashMap<SimNode, SimNode> copies, SplittableRandom fate) {
        List<Request> all = new ArrayList<>(sent);
        all.addAll(queued);
        if (finishing != null) {
            all.add(finishing);
        }
        for (Request request : all) {
            IoOp op = request.op;
            if (op.kind() == IoOp.Kind.TASK) {
                continue;
            }
            SimInode inode = inodeOf(op);
            if (copies != null) {
                inode = (SimInode) SimTree.copyOf(inode, copies);
            }
            if (isWrite(op)) {
                inode.changePartly(op.offset(), gather(op), fate);
            } else if (op.kind() != IoOp.Kind.READ
                    && op.kind() != IoOp.Kind.READ_SCATTERED
                    && fate.nextBoolean()) {
                inode.syncTo(request.syncMark);
            }
        }
    }
}
