package site.js0.jdb.vlog;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Whether the value log may still be written: not after a failed write or sync, until it is
 * reopened. Reading goes on. Owner: holder of the shard.
 */
final class VlogHealth {
    private final int shard;
    private final int vnode;
    private @Nullable String cause;
    private @Nullable Throwable failure;

    VlogHealth(int shard, int vnode) {
        this.shard = shard;
        this.vnode = vnode;
    }

    boolean failed() {
        return cause != null;
    }

    void check() {
        if (cause != null) {
            throw inDoubt();
        }
    }

    /** Only the first cause is kept. */
    void fail(String what, Throwable failure) {
        if (cause == null) {
            this.cause = "value log of VNode " + vnode + ": " + what + ": " + failure.getMessage();
            this.failure = failure;
        }
    }

    JdbException inDoubt() {
        return new JdbException(new JdbError.InDoubt(shard, String.valueOf(cause)), failure);
    }
}
