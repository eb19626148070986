package site.js0.jdb.vlog;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;

/**
 * One file of a value log.
 *
 * <p>{@code live} counts bytes that the tree points to and is kept in checkpoints; {@code pending}
 * counts bytes that only the log or a memtable points to. A file whose counts are both 0 holds
 * nothing that is needed. Owner: holder of the shard.
 */
final class ValueFile {
    final int id;
    final Path path;

    /** What blob checksums are mixed with here. */
    final int salt;

    /** Bytes that may be written: the preallocated size. 0 for a file of an earlier opening. */
    final long capacity;

    /** False when its header is not intact: nothing in it was ever durable. */
    final boolean headerIntact;

    /** Bytes that a pointer may point into: written (or being written) now, or found at open. */
    long end;

    long live;
    long pending;

    /** Nothing pointed into it when the last checkpoint's statistics were taken. */
    boolean emptyAtCheckpoint;

    /** Has completed writes that no sync begun so far covers. */
    boolean dirty;

    /** Operations in flight on it. */
    int inFlight;

    /** When it was last used: a count that grows with every use. */
    long lastUse;

    /** A task is opening, closing or removing it. */
    boolean inTask;

    /** Its handle is being closed; it has to be opened again. */
    boolean closing;

    /** To be removed; no operation begins on it any more. */
    boolean doomed;

    /** Why it could not be opened for the readers that wait. */
    @Nullable IoException openFailure;

    private @Nullable IoFile handle;

    ValueFile(int id, Path path, int salt, long capacity, long end, boolean headerIntact) {
        this.id = id;
        this.path = path;
        this.salt = salt;
        this.capacity = capacity;
        this.end = end;
        this.headerIntact = headerIntact;
    }

    /** True when operations may begin on {@link #handle}. */
    boolean isOpen() {
        return handle != null && !closing;
    }

    /** The handle whatever its state, or null. */
    @Nullable IoFile handleOrNull() {
        return handle;
    }

    IoFile handle() {
        return Objects.requireNonNull(handle);
    }

    void opened(IoFile file) {
        handle = file;
    }

    IoFile detach() {
        IoFile f = handle();
        handle = null;
        closing = false;
        return f;
    }

    boolean isEmpty() {
        return live == 0 && pending == 0;
    }
}
