package site.js0.jdb.fs;

import java.nio.file.Path;

/**
 * An open file of one {@link IoDriver}, as the engine sees it: a target of {@link IoOp}s plus the
 * verbs that block.
 *
 * <p>The blocking verbs may be called from any thread (at start-up, or inside a task) as long as
 * {@link #close()} is called only once nothing else uses the file and no operation on it is in
 * flight.
 */
public interface IoFile extends AutoCloseable {
    /** The path given at open. */
    Path path();

    /** How it was opened. */
    OpenMode mode();

    /** What it is for; metrics are kept by role. */
    FileRole role();

    /** True when I/O bypasses the page cache. */
    boolean direct();

    /**
     * Bytes that address, offset and length of each operation must be a multiple of; 1 when not
     * direct.
     */
    int alignment();

    /** Present size in bytes. */
    long size();

    /** Cuts or extends (with a hole) to {@code bytes}. */
    void truncate(long bytes);

    /**
     * Reserves space for {@code [offset, offset + length)} and extends the size to it; never
     * shrinks.
     */
    void preallocate(long offset, long length);

    /** Idempotent. */
    @Override
    void close();
}
