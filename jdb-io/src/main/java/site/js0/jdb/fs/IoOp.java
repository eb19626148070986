package site.js0.jdb.fs;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request to an {@link IoDriver}: what to do, on which file, with which memory, and how it
 * ended.
 *
 * <p>An operation is made once and reused for life: {@code prepare...}, {@link IoDriver#enqueue},
 * and after {@link #completed()} it may be prepared again. From {@code enqueue} until {@code
 * completed()} the operation and its buffer belong to the driver: neither may be read, written,
 * freed or enqueued again.
 *
 * <p>Owner: the thread that owns the driver. Nothing here is safe for use by two threads at once.
 *
 * <p>An operation succeeds only as a whole. Drivers go on after a short transfer until everything
 * was moved; what ends before that is {@link IoError.ShortRead} or {@link IoError.ShortWrite}.
 */
public abstract class IoOp {
    /** What the driver is asked to do. */
    public enum Kind {
        /** Nothing prepared yet. */
        NONE,
        /** {@code length} bytes at {@code offset} into the buffer. */
        READ,
        /** {@code length} bytes of the buffer to {@code offset}. */
        WRITE,
        /**
         * {@code unitCount} units of {@code unitBytes}, contiguous in the file, scattered over one
         * segment.
         */
        READ_SCATTERED,
        /**
         * {@code unitCount} units of {@code unitBytes}, scattered over one segment, contiguous in
         * the file.
         */
        WRITE_GATHERED,
        /**
         * A {@link #WRITE} and, linked behind it, a data sync; one completion, failed if either
         * failed.
         */
        WRITE_THEN_SYNC,
        /** fdatasync: the file's data, and the metadata needed to read it. */
        SYNC_DATA,
        /** fsync: data and all metadata. */
        SYNC_ALL,
        /**
         * {@link #runBlocking()} on the driver's helper thread: for calls that may block (open,
         * unlink, map).
         */
        TASK
    }

    private enum State {
        IDLE,
        SUBMITTED
    }

    private Kind kind = Kind.NONE;
    private State state = State.IDLE;
    private @Nullable IoFile file;
    private @Nullable MemorySegment buffer;
    private long offset;
    private long bufferOffset;
    private int length;
    private long @Nullable [] unitOffsets;
    private int unitBytes;
    private int unitCount;
    private int errno;
    private long transferred;
    private @Nullable Throwable failure;

    /** For the driver's own bookkeeping (slot number, start time); callers leave them alone. */
    public int driverSlot;

    /** When the driver took the operation, in nanoseconds of the driver's clock. */
    public long driverStartNanos;

    /** Intrusive link for the driver's queues. */
    public @Nullable IoOp driverNext;

    /**
     * Reads {@code length} bytes at file position {@code offset} to {@code buffer[bufferOffset..]}.
     */
    public final void prepareRead(
            IoFile file, long offset, MemorySegment buffer, long bufferOffset, int length) {
        prepare(Kind.READ, file, offset, buffer, bufferOffset, length);
    }

    /**
     * Writes {@code buffer[bufferOffset, bufferOffset + length)} to file position {@code offset}.
     */
    public final void prepareWrite(
            IoFile file, long offset, MemorySegment buffer, long bufferOffset, int length) {
        prepare(Kind.WRITE, file, offset, buffer, bufferOffset, length);
    }

    /**
     * As {@link #prepareWrite}, followed by a data sync of the same file, linked so that it costs
     * no second turn.
     */
    public final void prepareWriteThenSync(
            IoFile file, long offset, MemorySegment buffer, long bufferOffset, int length) {
        prepare(Kind.WRITE_THEN_SYNC, file, offset, buffer, bufferOffset, length);
    }

    /**
     * Reads {@code unitCount} units of {@code unitBytes} each from file position {@code offset} on;
     * unit {@code i} goes to {@code buffer[unitOffsets[i]..]}. The array belongs to the driver
     * until completion.
     */
    public final void prepareReadScattered(
            IoFile file,
            long offset,
            MemorySegment buffer,
            long[] unitOffsets,
            int unitCount,
            int unitBytes) {
        prepareUnits(Kind.READ_SCATTERED, file, offset, buffer, unitOffsets, unitCount, unitBytes);
    }

    /** The write that mirrors {@link #prepareReadScattered}. */
    public final void prepareWriteGathered(
            IoFile file,
            long offset,
            MemorySegment buffer,
            long[] unitOffsets,
            int unitCount,
            int unitBytes) {
        prepareUnits(Kind.WRITE_GATHERED, file, offset, buffer, unitOffsets, unitCount, unitBytes);
    }

    /** Makes what was written to {@code file} durable, as fdatasync does. */
    public final void prepareSyncData(IoFile file) {
        reset(Kind.SYNC_DATA);
        this.file = Objects.requireNonNull(file);
    }

    /** Makes what was written to {@code file} durable with all its metadata, as fsync does. */
    public final void prepareSyncAll(IoFile file) {
        reset(Kind.SYNC_ALL);
        this.file = Objects.requireNonNull(file);
    }

    /**
     * Runs {@link #runBlocking()} on the driver's helper thread, then {@link #completed()} on the
     * owner's.
     */
    public final void prepareTask() {
        reset(Kind.TASK);
    }

    private void prepare(
            Kind kind,
            IoFile file,
            long offset,
            MemorySegment buffer,
            long bufferOffset,
            int length) {
        reset(kind);
        Objects.checkFromIndexSize(bufferOffset, length, buffer.byteSize());
        checkOffset(offset);
        this.file = file;
        this.offset = offset;
        this.buffer = buffer;
        this.bufferOffset = bufferOffset;
        this.length = length;
    }

    private void prepareUnits(
            Kind kind,
            IoFile file,
            long offset,
            MemorySegment buffer,
            long[] unitOffsets,
            int unitCount,
            int unitBytes) {
        reset(kind);
        Objects.checkFromIndexSize(0, unitCount, unitOffsets.length);
        checkOffset(offset);
        for (int i = 0; i < unitCount; i++) {
            Objects.checkFromIndexSize(unitOffsets[i], unitBytes, buffer.byteSize());
        }
        this.file = file;
        this.offset = offset;
        this.buffer = buffer;
        this.unitOffsets = unitOffsets;
        this.unitCount = unitCount;
        this.unitBytes = unitBytes;
        this.length = Math.multiplyExact(unitCount, unitBytes);
    }

    private void reset(Kind kind) {
        assert state == State.IDLE : "prepared while " + state;
        this.kind = kind;
        this.file = null;
        this.buffer = null;
        this.unitOffsets = null;
        this.offset = 0;
        this.bufferOffset = 0;
        this.length = 0;
        this.errno = 0;
        this.transferred = 0;
        this.failure = null;
    }

    private static void checkOffset(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("file offset must be >= 0, was " + offset);
        }
    }

    /** The request's kind. */
    public final Kind kind() {
        return kind;
    }

    /** The file; an error for {@link Kind#TASK}. */
    public final IoFile file() {
        return Objects.requireNonNull(file);
    }

    /** File position of the first byte. */
    public final long offset() {
        return offset;
    }

    /** The segment that {@link #bufferOffset()} or {@link #unitOffset(int)} point into. */
    public final MemorySegment buffer() {
        return Objects.requireNonNull(buffer);
    }

    /** Where the bytes lie in {@link #buffer()}; unscattered kinds only. */
    public final long bufferOffset() {
        return bufferOffset;
    }

    /** All bytes of the request. */
    public final int length() {
        return length;
    }

    /** How many units a scattered request has. */
    public final int unitCount() {
        return unitCount;
    }

    /** Bytes of each unit. */
    public final int unitBytes() {
        return unitBytes;
    }

    /** Where unit {@code i} lies in {@link #buffer()}. */
    public final long unitOffset(int i) {
        return Objects.requireNonNull(unitOffsets)[i];
    }

    /** True once completed without an error. Meaningful from {@link #completed()} on. */
    public final boolean succeeded() {
        return failure == null && errno == 0 && !isShort();
    }

    private boolean isShort() {
        return switch (kind) {
            case READ, READ_SCATTERED, WRITE, WRITE_GATHERED, WRITE_THEN_SYNC ->
                    transferred != length;
            case NONE, SYNC_DATA, SYNC_ALL, TASK -> false;
        };
    }

    /** Bytes moved, also when the operation failed half way. */
    public final long transferred() {
        return transferred;
    }

    /**
     * Why the operation failed; call only when not {@link #succeeded()}. Allocates: not for the hot
     * path.
     */
    public final IoException failure() {
        if (failure instanceof IoException io) {
            return io;
        }
        String name = file == null ? "task" : file.path().toString();
        String verb = kind.name().toLowerCase(java.util.Locale.ROOT);
        if (failure != null) {
            return new IoException(new IoError.Join(verb, name, String.valueOf(failure)), failure);
        }
        if (errno != 0) {
            return new IoException(new IoError.Io(verb, name, offset, length, errno));
        }
        boolean read = kind == Kind.READ || kind == Kind.READ_SCATTERED;
        return new IoException(
                read
                        ? new IoError.ShortRead(name, offset, length, transferred)
                        : new IoError.ShortWrite(name, offset, length, transferred));
    }

    /** Drivers only: the operation was accepted. */
    public final void markSubmitted() {
        assert state == State.IDLE : "enqueued twice";
        assert kind != Kind.NONE : "enqueued before prepared";
        state = State.SUBMITTED;
    }

    /**
     * Drivers only, on the owner thread inside {@link IoDriver#poll}: hands the operation back and
     * runs {@link #completed()}.
     *
     * @param transferred bytes moved in all
     * @param errno 0, or the positive number of the system's error
     * @param failure a failure that is no errno (a task that threw), or null
     */
    public final void finish(long transferred, int errno, @Nullable Throwable failure) {
        assert state == State.SUBMITTED : "finished while " + state;
        this.transferred = transferred;
        this.errno = errno;
        this.failure = failure;
        state = State.IDLE;
        completed();
    }

    /** Work of a {@link Kind#TASK}: runs on the driver's helper thread and may block. */
    protected void runBlocking() throws Exception {
        throw new IllegalStateException("not a task: " + getClass().getName());
    }

    /** Drivers only: runs the task's body on the calling (helper) thread. */
    public final void runTask() throws Exception {
        runBlocking();
    }

    /**
     * The operation is over, well or not; it belongs to the caller again. Runs on the owner thread,
     * inside {@link IoDriver#poll}, never nested in another completion. May prepare and enqueue
     * operations, this one too.
     */
    protected abstract void completed();
}
