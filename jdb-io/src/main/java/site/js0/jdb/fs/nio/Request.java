package site.js0.jdb.fs.nio;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoOp;

/**
 * One operation on its way: from the owner to a worker and back. Pooled by the driver, so that a
 * steady stream of operations allocates none.
 *
 * <p>Plain fields: the workers' monitor publishes them on the way out, {@link Completions} on the
 * way back.
 */
final class Request {
    /** The operation; null while in the pool. */
    @Nullable IoOp op;

    /** Bytes moved in all. */
    long transferred;

    /** 0, or Linux's error number. */
    int errno;

    /** What the JDK or a task threw. */
    @Nullable Throwable failure;

    /** When the worker was done, {@link System#nanoTime}. */
    long endNanos;

    /** Link of the queue, the stack or the pool the request is in. */
    @Nullable Request next;

    void reset() {
        op = null;
        transferred = 0;
        errno = 0;
        failure = null;
        next = null;
    }
}
