package site.js0.jdb.fs.nio;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.ThreadAffinity;

/**
 * The threads of one {@code nio} driver, and their work. Daemons, started when first needed, at
 * most {@code max}.
 *
 * <p>Requests are linked through themselves, so that queueing allocates nothing. Nobody outside has
 * a reference to these threads, so nobody interrupts them but the work itself; that is undone after
 * each piece.
 */
final class Workers {
    /** A worker: what runs on one may touch channels. */
    private static final class Worker extends Thread {
        Worker(Runnable body, String name) {
            super(null, body, name, 0, false);
            setDaemon(true);
        }
    }

    private final String namePrefix;
    private final int max;
    private final Completions completions;

    /** Of whoever made the driver: the thread that starts a worker may be pinned. */
    private final List<Integer> cpus = ThreadAffinity.allowed();

    // Guarded by this object's monitor. A monitor and no ReentrantLock: contention on one makes no
    // objects, and the
    // owner's thread is not to make any.
    private @Nullable Request first;
    private @Nullable Request last;
    private final Deque<FutureTask<?>> calls = new ArrayDeque<>();
    private final List<Worker> threads = new ArrayList<>();
    private int idle;
    private int queued;
    private boolean closed;

    Workers(String namePrefix, int max, Completions completions) {
        this.namePrefix = namePrefix;
        this.max = max;
        this.completions = completions;
    }

    /** Queues a chain of requests linked by {@code next}, {@code count} long. */
    void submit(Request chain, Request chainLast, int count) {
        synchronized (this) {
            checkOpen();
            if (last == null) {
                first = chain;
            } else {
                last.next = chain;
            }
            last = chainLast;
            queued += count;
            callUp();
        }
    }

    /**
     * Runs {@code body} on a worker and waits for it; in place when the caller is one. An interrupt
     * of the caller is kept for later.
     */
    <T> T call(Callable<T> body) throws Exception {
        if (Thread.currentThread() instanceof Worker) {
            return body.call();
        }
        FutureTask<T> task = new FutureTask<>(body);
        synchronized (this) {
            checkOpen();
            calls.addLast(task);
            queued++;
            callUp();
        }
        return join(task);
    }

    private static <T> T join(FutureTask<T> task) throws Exception {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof Exception cause) {
                        throw cause;
                    }
                    throw e;
                } catch (CancellationException e) {
                    throw new IllegalStateException("the driver was closed", e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the driver is closed");
        }
    }

    /** Wakes as many idle workers as there is work, and starts more when they are too few. */
    private void callUp() {
        for (int i = Math.min(queued, idle); i > 0; i--) {
            notify();
        }
        for (int missing = queued - idle; missing > 0 && threads.size() < max; missing--) {
            Worker worker = new Worker(this::run, namePrefix + "-" + threads.size());
            threads.add(worker);
            worker.start();
        }
    }

    private void run() {
        ThreadAffinity.allow(cpus);
        Transfers transfers = new Transfers();
        while (true) {
            Request request = null;
            FutureTask<?> call;
            synchronized (this) {
                if (!awaitWork()) {
                    return;
                }
                queued--;
                call = calls.pollFirst(); // rare and waited for: before the queue
                if (call == null) {
                    request = takeFirst();
                }
            }
            if (call != null) {
                call.run();
            } else if (request != null) {
                transfers.serve(request);
                completions.push(request);
            }
            Thread.interrupted(); // a task that interrupted itself must not close the next one's
            // channel
        }
    }

    /** False once the pool is closed and everything taken has been served. Under the monitor. */
    private boolean awaitWork() {
        while (queued == 0 && !closed) {
            idle++;
            try {
                wait();
            } catch (InterruptedException e) {
                // Nobody interrupts these threads from outside; what a task left behind ends here.
            } finally {
                idle--;
            }
        }
        return queued > 0;
    }

    private Request takeFirst() {
        Request request = Objects.requireNonNull(first, "counted, but not queued");
        first = request.next;
        if (first == null) {
            last = null;
        }
        request.next = null;
        return request;
    }

    /** Serves what is queued, then ends the threads and waits for them. */
    void close() {
        List<Worker> all;
        synchronized (this) {
            closed = true;
            notifyAll();
            all = List.copyOf(threads);
        }
        boolean interrupted = false;
        for (Worker worker : all) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
