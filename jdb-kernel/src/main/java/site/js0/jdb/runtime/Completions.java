package site.js0.jdb.runtime;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the ends of asynchronous calls where the user wants them; never on a shard's thread, also
 * when his executor refuses. Any thread.
 *
 * <p>When shards' threads are pinned, his executor is called by a thread in between: a thread
 * inherits the cores of the one that starts it, and the workers that an executor starts when it is
 * called must not all end on the shard's core.
 */
final class Completions implements Executor {
    private final Executor executor;
    private final @Nullable ThreadPoolExecutor between;

    /** On a thread that is not pinned. */
    Completions(Executor executor, boolean pinned) {
        this.executor = executor;
        this.between = pinned ? between() : null;
    }

    private static ThreadPoolExecutor between() {
        ThreadPoolExecutor one =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Thread.ofPlatform().daemon().name("jdb-completions").factory());
        one.prestartAllCoreThreads();
        return one;
    }

    @Override
    public void execute(Runnable task) {
        ThreadPoolExecutor one = between;
        if (one == null) {
            hand(task);
            return;
        }
        try {
            one.execute(() -> hand(task));
        } catch (RejectedExecutionException e) { // closed meanwhile
            hand(task);
        }
    }

    private void hand(Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException e) {
            ForkJoinPool.commonPool().execute(task);
        }
    }

    /** No more pinned threads: what was handed over is still run. */
    void close() {
        if (between != null) {
            between.shutdown();
        }
    }
}
