package site.js0.jdb.fs;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The way to a disk, for one owner thread: queues requests, hands them to the system, and brings
 * back completions.
 *
 * <p>One driver belongs to one thread (a shard's): the thread that first calls {@link #enqueue},
 * {@link #submit}, {@link #poll} or {@link #await} owns it from then on. Exceptions to that rule
 * say so. Three implementations keep this contract and pass the same tests: {@code uring} (raw
 * io_uring), {@code nio} (worker threads over FileChannel) and the test kit's {@code sim}.
 *
 * <p>A request is acknowledged on its completion, never on its submission: a process killed right
 * after {@link #submit} may leave nothing of it.
 */
public interface IoDriver extends AutoCloseable {
    /** {@code uring}, {@code nio} or {@code sim}. */
    String name();

    /**
     * One line for people: the kernel features in force, or why this driver was chosen over
     * another.
     */
    String describe();

    /** The directory verbs of the same world as the files of this driver. Blocking; any thread. */
    Directory directory();

    /**
     * Opens a file. Blocking; any thread (at start-up, or inside a {@link IoOp.Kind#TASK}).
     *
     * @throws IoException when the system refuses
     */
    IoFile open(Path path, OpenMode mode, FileRole role);

    /**
     * Makes a log tail of exactly {@code bytes} bytes at {@code path}: an existing file of that
     * size is reused with its old bytes (a recycled segment), anything else is created and really
     * written with zeros first. Everything is done so that a {@link LogTail#store} soon after does
     * not fault: mapped, prefaulted. Blocking, some milliseconds for 16 MiB; any thread, meant for
     * a {@link IoOp.Kind#TASK}. The file and its size are durable on return; its directory entry is
     * not.
     */
    LogTail openLogTail(Path path, long bytes);

    /**
     * Announces memory that many operations will use, so that it can be registered with the kernel,
     * at the latest when an operation uses it first. It must stay until this driver is closed. Best
     * effort: a refusal (RLIMIT_MEMLOCK) is shown by {@link #describe()} and changes nothing else.
     * Before the first operation, or by the owner while none is in flight.
     */
    void registerBuffers(MemorySegment... segments);

    /**
     * Takes an operation, and with it its buffer. It may go to the system at once or at the next
     * {@link #submit}. Never runs {@code completed()} inside. There is no limit the caller could
     * hit: what the ring can't take waits inside.
     *
     * @throws IoException {@link IoError.Alignment} when the file is direct and address, offset or
     *     length is no multiple of {@link IoFile#alignment()}; the operation was then not taken
     */
    void enqueue(IoOp op);

    /** Hands everything queued to the system. Cheap when nothing is queued. */
    void submit();

    /**
     * Finishes at most {@code max} completed operations: {@link IoOp#completed()} of each runs
     * here, one after the other. Does not block.
     *
     * @return how many were finished
     */
    int poll(int max);

    /** Operations taken and not yet finished. */
    int inFlight();

    /**
     * Sleeps until a completion is there, {@link #wakeup()} was called since the last {@code await}
     * returned, or {@code timeoutNanos} have passed (negative: no limit). Submits what is queued
     * first. May return early for no reason.
     */
    void await(long timeoutNanos);

    /**
     * Ends the present or the next {@link #await}. Any thread; costs a system call only when the
     * owner sleeps.
     */
    void wakeup();

    /** Counters and latencies of this driver. Any thread. */
    IoMetrics metrics();

    /**
     * Waits for everything in flight (completions are not delivered any more), then gives all back.
     * Files and log tails opened here are to be closed before. Idempotent. Owner thread, or any
     * thread once the owner has ended.
     */
    @Override
    void close();
}
