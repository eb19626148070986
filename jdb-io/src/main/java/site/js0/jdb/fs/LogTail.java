package site.js0.jdb.fs;

import java.lang.foreign.MemorySegment;

/**
 * The place in the operating system where a log's newest bytes live: what was stored survives the
 * death of the process at any moment, and power loss once the file has been synced.
 *
 * <p>By default a preallocated, really written segment, mapped shared and prefaulted (12 to 20 ns a
 * record); where mapping is not possible, one {@code pwrite} through the page cache per store. The
 * same file is never open for direct I/O.
 *
 * <p>{@link #store} may be called by any thread that holds the shard; it never touches the driver's
 * queues. Syncing is an ordinary {@link IoOp#prepareSyncData} on {@link #file()}, by the driver's
 * owner.
 */
public interface LogTail extends AutoCloseable {
    /** Size in bytes, fixed. */
    long byteSize();

    /** The file, for sync operations and its path. Buffered; not for direct I/O. */
    IoFile file();

    /** True when stores go to a shared mapping, false when each is a system call. */
    boolean mapped();

    /**
     * Copies {@code source[sourceOffset, sourceOffset + length)} to {@code position}. On return the
     * operating system has the bytes. Stores must not overlap bytes whose sync is in flight if they
     * should not wait for the device: after a sync go on at the next 4 KiB boundary.
     *
     * @throws IoException when the system refuses; then nothing is known of the bytes at {@code
     *     position}
     */
    void store(long position, MemorySegment source, long sourceOffset, int length);

    /**
     * Makes the next stores to {@code [position, position + length)} free of page faults where that
     * can be done, at the price that the next sync writes all of the range. Blocking, about 1 us
     * for 4 KiB; any thread, meant for a {@link IoOp.Kind#TASK} a little ahead of the writer. Never
     * needed for correctness.
     */
    default void prefault(long position, long length) {}

    /** Copies what is there now to {@code target[targetOffset..]}: for replay and tests. */
    void load(long position, MemorySegment target, long targetOffset, int length);

    /** Unmaps and closes; the bytes stay. Idempotent. */
    @Override
    void close();
}
