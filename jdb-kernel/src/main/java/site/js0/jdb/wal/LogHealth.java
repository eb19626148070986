package site.js0.jdb.wal;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Whether the log may still be written. After a failed store or sync nobody knows what is on the
 * device: the log is in doubt until it is reopened and replayed, and every later call says so with
 * the first cause. Owner: holder of the shard.
 */
final class LogHealth {
    private final int shard;
    private @Nullable String cause;
    private @Nullable Throwable failure;

    LogHealth(int shard) {
        this.shard = shard;
    }

    boolean failed() {
        return cause != null;
    }

    /** Throws when the log is in doubt. */
    void check() {
        if (cause != null) {
            throw inDoubt();
        }
    }

    /** Puts the log in doubt; only the first cause is kept. */
    void fail(String what, Throwable failure) {
        if (cause == null) {
            this.cause = what + ": " + failure.getMessage();
            this.failure = failure;
        }
    }

    /** What callers get; a new one each time, for its stack trace is the caller's. */
    JdbException inDoubt() {
        return new JdbException(new JdbError.InDoubt(shard, String.valueOf(cause)), failure);
    }
}
