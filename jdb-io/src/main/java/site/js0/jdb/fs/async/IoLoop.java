package site.js0.jdb.fs.async;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.Drivers;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoMetrics;

/**
 * A thread that owns a driver and does I/O for all others: what {@link File}s are opened on.
 *
 * <p>Any thread submits. Futures complete on the loop's executor, never on the loop's thread, so
 * that code hung onto them cannot hold up I/O. By default that is one thread named like the loop's
 * with {@code -completions} behind it.
 *
 * <p>Nothing limits how much is submitted but the buffers that callers have: each operation holds
 * one.
 */
public final class IoLoop implements AutoCloseable {
    /** Something that the loop's thread is to do. */
    interface Work {
        /** The loop's thread; must not throw. */
        void start();

        /** Any thread: the loop is closed. */
        void refuse();
    }

    private static final int POLL_MAX = 64;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final IoDriver driver;
    private final Executor executor;
    private final @Nullable ExecutorService ownExecutor;
    private final ConcurrentLinkedQueue<Work> inbox = new ConcurrentLinkedQueue<>();
    private final Thread thread;

    /** The loop's thread only. */
    private final Set<File> open = new HashSet<>();

    private volatile boolean closing;
    private volatile boolean ended;

    private IoLoop(IoDriver driver, String name, @Nullable Executor given) {
        this.driver = driver;
        if (given == null) {
            this.ownExecutor =
                    Executors.newSingleThreadExecutor(
                            Thread.ofPlatform().daemon().name(name + "-completions").factory());
            this.executor = ownExecutor;
        } else {
            this.ownExecutor = null;
            this.executor = given;
        }
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    /** With the best driver of this machine and an executor of its own. */
    public static IoLoop start() {
        return start(DriverOptions.defaults());
    }

    /** With the driver that the options ask for and an executor of its own. */
    public static IoLoop start(DriverOptions options) {
        return start(Drivers.open(options), null);
    }

    /** With the driver that the options ask for; futures complete on {@code executor}. */
    public static IoLoop start(DriverOptions options, Executor executor) {
        return start(Drivers.open(options), executor);
    }

    /** On a driver that nobody has used yet, and that the loop will close. */
    static IoLoop start(IoDriver driver, @Nullable Executor executor) {
        IoLoop loop = new IoLoop(driver, "jdb-io-loop-" + NUMBER.incrementAndGet(), executor);
        loop.thread.start();
        return loop;
    }

    /** The driver and what it can do here; one line. */
    public String describe() {
        return driver.describe();
    }

    /** The directory verbs; they block their caller. */
    public Directory directory() {
        return driver.directory();
    }

    /** Counters and latencies. */
    public IoMetrics metrics() {
        return driver.metrics();
    }

    IoDriver driver() {
        return driver;
    }

    /** Any thread. What comes too late is refused. */
    void submit(Work work) {
        if (closing) {
            work.refuse();
            return;
        }
        inbox.add(work);
        if (ended && inbox.remove(work)) { // the loop looked for the last time before it was there
            work.refuse();
        } else {
            driver.wakeup();
        }
    }

    private void run() {
        try {
            while (true) {
                int worked = startCalls();
                driver.submit();
                worked += driver.poll(POLL_MAX);
                if (worked == 0) {
                    if (closing && driver.inFlight() == 0) {
                        break;
                    }
                    driver.await(-1);
                }
            }
        } finally {
            end();
        }
    }

    private int startCalls() {
        int started = 0;
        for (Work work; started < POLL_MAX && (work = inbox.poll()) != null; started++) {
            work.start();
        }
        return started;
    }

    private void end() {
        closing = true;
        ended = true;
        for (Work work; (work = inbox.poll()) != null; ) {
            work.refuse();
        }
        for (File file : open) {
            file.closeNow();
        }
        driver.close();
    }

    /** The loop's thread. */
    void opened(File file) {
        open.add(file);
    }

    /** The loop's thread. */
    void forget(File file) {
        open.remove(file);
    }

    /** Completes something where callers' code may run. */
    void complete(Runnable completion) {
        try {
            executor.execute(completion);
        } catch (RejectedExecutionException e) {
            completion.run(); // an executor that was shut down first: better here than never
        }
    }

    /** Waits for what was submitted, closes all files, and ends the thread. Idempotent. */
    @Override
    public void close() {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("the loop cannot wait for itself");
        }
        closing = true;
        driver.wakeup();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (ownExecutor != null) {
            ownExecutor.shutdown(); // what is queued still runs
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
