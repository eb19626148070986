package site.js0.jdb.wal;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.LogTail;

/**
 * One segment file that the log still needs, as the writer knows it.
 *
 * <p>Life: prepared (a tail, no LSN) → begun (header stored, records follow) → sealed (the next one
 * has begun) → closed (durable, the tail given back) → trimmed. Owner: holder of the shard.
 */
final class Segment {
    final long seq;

    /** What records' checksums are mixed with here. */
    final int salt;

    /** Size of its file. */
    final long bytes;

    /** LSN of the first record; 0 until begun. */
    long firstLsn;

    /** Holds bytes that no sync begun so far covers. */
    boolean dirty;

    /** A sync of it is in flight. */
    boolean syncing;

    /** No record will be added. */
    boolean sealed;

    /** A sync that covered the header has succeeded. */
    boolean headerDurable;

    private @Nullable LogTail tail;

    Segment(long seq, int salt, long bytes, @Nullable LogTail tail) {
        this.seq = seq;
        this.salt = salt;
        this.bytes = bytes;
        this.tail = tail;
    }

    LogTail tail() {
        return Objects.requireNonNull(tail);
    }

    boolean isOpen() {
        return tail != null;
    }

    /** Sealed and all of it durable: its tail may be given back. */
    boolean settled() {
        return sealed && !dirty && !syncing;
    }

    /** Takes the tail away, to be closed by whoever takes it. */
    LogTail detachTail() {
        LogTail t = tail();
        tail = null;
        return t;
    }
}
