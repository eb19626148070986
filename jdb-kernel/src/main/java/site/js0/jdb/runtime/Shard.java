package site.js0.jdb.runtime;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.proto.OneShot;
import site.js0.jdb.proto.ShardChannel;
import site.js0.jdb.tablet.ShardStore;
import site.js0.jdb.tablet.StatsSink;

/**
 * A shard at run time: its store, its driver, its hold, its ways in, and the turn that drives them.
 *
 * <p><b>Ways in.</b> {@link #call}: a caller who waits; borrows the hold when the shard is idle and
 * runs the operation in place, else leaves it in the channel. {@link #send}: a caller who does not
 * wait; always through the channel. {@link #post}: from other shards' threads; an unbounded list,
 * since a shard must never wait for another.
 *
 * <p><b>One turn</b> ({@link #turn}): reap completions, run what they freed, take requests, let the
 * store start its I/O, submit. Then, without the hold: tell callers, and give a merge its slice.
 * Group commit falls out of the turn.
 *
 * <p><b>Owner.</b> The ready and finished lists belong to the holder; the driver to the shard's
 * thread.
 */
final class Shard implements Runnable {
    static final int INBOX_CAPACITY = 1024;
    private static final int COMPLETIONS_PER_TURN = 256;
    private static final int REQUESTS_PER_TURN = 128;
    private static final int MERGE_LEAVES_PER_SLICE = 16;

    /**
     * How often a caller tries for the hold before he uses the channel: a hold lasts about a
     * microsecond.
     */
    private static final int BORROW_TRIES = 64;

    /**
     * How often he then gives way to other threads before he tries again: a turn of the shard's
     * thread costs more.
     */
    private static final int BORROW_YIELDS = 8;

    /** What {@link #tryBegin} answers. */
    static final int OVER = 0;

    static final int STARTED = 1;
    static final int BUSY = 2;

    /**
     * Looks before a caller parks: none, since on few cores the shard's thread may need this one.
     */
    private static final int AWAIT_SPINS = 0;

    private static final long FULL_PARK_NANOS = 20_000;
    private static final long IDLE_NANOS = 100_000_000;

    private final int number;
    private final ShardHold hold;
    private final IoDriver driver;

    /** Set by {@link #start}, before anyone can call. */
    private ShardStore store;

    private final boolean borrow;
    private final ShardChannel<Operation> inbox = new ShardChannel<>(INBOX_CAPACITY);
    private final AtomicReference<@Nullable Operation> posted = new AtomicReference<>();

    // Owner: holder.
    private @Nullable Operation readyFirst;
    private @Nullable Operation readyLast;
    private @Nullable Operation finishedFirst;
    private @Nullable Operation finishedLast;

    /** Operations that wait for something of the store: its end waits for theirs. Owner: holder. */
    private int parked;

    // Counters. borrowedTurns, restarts: holder; the rest: shard's thread.
    private long borrowedTurns;
    private long restarts;
    private long turns;
    private long queuedOperations;

    /** Set to ask the thread to end; it ends once nothing is left to do. */
    private volatile boolean stopping;

    /** Set by the thread when it takes no more; what comes later is refused by its sender. */
    private volatile boolean ended;

    /** In a world of one thread (simulation) a waiting caller drives the shards himself. */
    private @Nullable Runnable selfDrive;

    @SuppressWarnings("NullAway.Init") // store: see start
    Shard(int number, ShardHold hold, IoDriver driver, boolean borrow) {
        this.number = number;
        this.hold = hold;
        this.driver = driver;
        this.borrow = borrow;
    }

    /** What recovery made; before the first turn. */
    void start(ShardStore recovered) {
        this.store = recovered;
    }

    int number() {
        return number;
    }

    ShardStore store() {
        return store;
    }

    ShardHold hold() {
        return hold;
    }

    IoDriver driver() {
        return driver;
    }

    void selfDrive(Runnable turnAll) {
        this.selfDrive = turnAll;
    }

    // ---- ways in
    // -------------------------------------------------------------------------------------------

    /**
     * Runs {@code operation} to its end and returns, or throws what it failed with.
     *
     * @throws JdbException Interrupted when the thread was interrupted while it waited: the
     *     operation then goes on without its caller and must not be used again
     */
    void call(Operation operation) {
        if (!begin(operation)) {
            awaitDone(operation);
        }
        throwFailure(operation);
    }

    /**
     * The first half of {@link #call}: true when it is over already, else {@link #awaitDone} is to
     * follow.
     */
    boolean begin(Operation operation) {
        refuseFromShard();
        prepare(operation);
        if (borrow && acquireForBorrow()) {
            return runBorrowed(operation);
        }
        enqueue(operation);
        return false;
    }

    /**
     * As {@link #begin}, unless somebody has the hold just now.
     *
     * @return {@link #OVER}, {@link #STARTED}: {@link #awaitDone} is to follow, or {@link #BUSY}:
     *     nothing was done
     */
    int tryBegin(Operation operation) {
        refuseFromShard();
        if (!borrow || !hold.tryAcquire()) {
            return BUSY;
        }
        prepare(operation);
        return runBorrowed(operation) ? OVER : STARTED;
    }

    private void prepare(Operation operation) {
        operation.assign(this);
        operation.listener = null;
        operation.done.reset();
    }

    /**
     * A shard's thread must not wait for a shard. It gets here when the user's executor runs
     * completions where they come up.
     */
    static void refuseFromShard() {
        if (Thread.currentThread() instanceof OwnThread) {
            throw new JdbException(new JdbError.Reentrant("a database verb"));
        }
    }

    /** A shard's thread. */
    static final class OwnThread extends Thread {
        OwnThread(Shard shard, Runnable body) {
            super(null, body, "jdb-shard-" + shard.number(), 0, false);
            setDaemon(true);
        }
    }

    /** Runs it in place and lets go of the hold. True when it is over. */
    private boolean runBorrowed(Operation operation) {
        int progress;
        boolean wake;
        try {
            borrowedTurns++;
            progress = stepGuarded(operation);
            if (progress != Progress.DONE) {
                operation.detach();
                if (progress == Progress.MORE) {
                    ready(operation);
                } else {
                    parked++;
                }
            }
            wake = progress != Progress.DONE || store.takeAttention() || readyFirst != null;
        } finally {
            hold.release();
        }
        if (wake) {
            driver.wakeup();
        }
        return progress == Progress.DONE;
    }

    private boolean acquireForBorrow() {
        for (int i = 0; i < BORROW_TRIES; i++) {
            if (hold.tryAcquire()) {
                return true;
            }
            Thread.onSpinWait();
        }
        for (int i = 0; i < BORROW_YIELDS; i++) {
            Thread.yield();
            if (hold.tryAcquire()) {
                return true;
            }
        }
        return false;
    }

    /** Leaves the operation to the shard's thread, waiting while the channel is full. */
    private void enqueue(Operation operation) {
        operation.detach();
        offer(operation);
    }

    /** For callers who do not wait for the result; {@code operation.listener} hears of the end. */
    void send(Operation operation, Operation.Listener listener) {
        refuseFromShard();
        operation.assign(this);
        operation.listener = listener;
        operation.detach();
        offer(operation);
    }

    private void offer(Operation operation) {
        while (!inbox.offer(operation)) {
            if (ended) {
                throw shutdown();
            }
            driver.wakeup();
            if (selfDrive != null) {
                selfDrive.run();
            } else {
                LockSupport.parkNanos(FULL_PARK_NANOS);
            }
        }
        driver.wakeup();
        if (ended) {
            refuseLeftovers();
        }
    }

    /** From another shard's thread: never waits, never refused while shards live. */
    void post(Operation operation, Operation.Listener listener) {
        operation.assign(this);
        operation.listener = listener;
        Operation head;
        do {
            head = posted.get();
            operation.next = head;
        } while (!posted.compareAndSet(head, operation));
        driver.wakeup();
        if (ended) {
            refuseLeftovers();
        }
    }

    /** Waits until the operation is over. */
    void awaitDone(Operation operation) {
        Runnable drive = selfDrive;
        if (drive != null) {
            while (!operation.done.completed()) {
                drive.run();
            }
            return;
        }
        if (operation.done.await(AWAIT_SPINS) == OneShot.INTERRUPTED) {
            Thread.currentThread().interrupt();
            throw new JdbException(
                    new JdbError.Interrupted(
                            operation.getClass().getSimpleName().replace("Operation", "")));
        }
    }

    static void throwFailure(Operation operation) {
        Throwable failure = operation.failure;
        if (failure != null) {
            throw Failures.forCaller(failure);
        }
    }

    // ---- the turn
    // ------------------------------------------------------------------------------------------

    @Override
    public void run() {
        while (true) {
            int work = turn();
            if (work == 0) {
                if (stopping && idle()) {
                    break;
                }
                if (!pending()) {
                    driver.await(IDLE_NANOS);
                }
            }
        }
        end();
    }

    /** One turn. Returns the work done; 0: nothing to do until a completion or a request. */
    int turn() {
        int work = 0;
        Operation finished;
        hold.acquire();
        try {
            turns++;
            work += driver.poll(COMPLETIONS_PER_TURN);
            work += takePosted();
            work += takeInbox();
            work += runReady();
            work += store.service();
            store.takeAttention();
            driver.submit();
        } catch (Throwable t) {
            store.fail(t);
        } finally {
            finished = finishedFirst;
            finishedFirst = null;
            finishedLast = null;
            hold.release();
        }
        tell(finished);
        work += mergeSlice();
        return work;
    }

    private int mergeSlice() {
        try {
            return store.mergeSlice(MERGE_LEAVES_PER_SLICE);
        } catch (Throwable t) {
            hold.acquire();
            try {
                store.fail(t);
            } finally {
                hold.release();
            }
            return 1;
        }
    }

    private int takeInbox() {
        int taken = 0;
        while (taken < REQUESTS_PER_TURN) {
            Operation operation = inbox.poll();
            if (operation == null) {
                break;
            }
            taken++;
            run(operation);
        }
        queuedOperations += taken;
        return taken;
    }

    private int takePosted() {
        if (posted.get() == null) {
            return 0;
        }
        Operation newest = posted.getAndSet(null);
        Operation oldest = null;
        while (newest != null) {
            Operation older = newest.next;
            newest.next = oldest;
            oldest = newest;
            newest = older;
        }
        int taken = 0;
        while (oldest != null) {
            Operation operation = oldest;
            oldest = operation.next;
            operation.next = null;
            taken++;
            run(operation);
        }
        return taken;
    }

    /** Runs what is ready now; what becomes ready meanwhile waits for the next turn. */
    private int runReady() {
        Operation operation = readyFirst;
        readyFirst = null;
        readyLast = null;
        int ran = 0;
        while (operation != null) {
            Operation following = operation.next;
            operation.next = null;
            ran++;
            run(operation);
            operation = following;
        }
        return ran;
    }

    private void run(Operation operation) {
        int progress = stepGuarded(operation);
        if (progress == Progress.DONE) {
            addFinished(operation);
        } else if (progress == Progress.MORE) {
            ready(operation);
        } else {
            parked++;
        }
    }

    /**
     * Runs a step; what it throws becomes the operation's failure, and a defect puts the shard in
     * doubt.
     */
    private int stepGuarded(Operation operation) {
        try {
            return operation.step(store);
        } catch (JdbException e) {
            operation.failure = e;
        } catch (Throwable t) {
            store.fail(t);
            operation.failure = t;
        }
        return Progress.DONE;
    }

    /**
     * Holder: what {@code operation} waited for is there; it is run again from its top. Perhaps
     * before it says that it waits.
     */
    void resumed(Operation operation) {
        parked--;
        restarts++;
        ready(operation);
    }

    private void ready(Operation operation) {
        assert hold.held();
        assert operation.next == null;
        if (readyLast == null) {
            readyFirst = operation;
        } else {
            readyLast.next = operation;
        }
        readyLast = operation;
    }

    private void addFinished(Operation operation) {
        if (finishedLast == null) {
            finishedFirst = operation;
        } else {
            finishedLast.next = operation;
        }
        finishedLast = operation;
    }

    /** Without the hold: a woken caller may want it. */
    private static void tell(@Nullable Operation finished) {
        while (finished != null) {
            Operation following = finished.next;
            finished.next = null;
            Operation.Listener listener = finished.listener;
            if (listener == null) {
                finished.done.complete();
            } else {
                try {
                    listener.finished(finished);
                } catch (Throwable t) {
                    System.getLogger("site.js0.jdb")
                            .log(System.Logger.Level.ERROR, "a listener failed", t);
                }
            }
            finished = following;
        }
    }

    // ---- the end
    // -------------------------------------------------------------------------------------------

    /** Asks the thread to end once nothing is left to do. Any thread. */
    void stop() {
        stopWhenIdle();
        driver.wakeup();
    }

    /**
     * As {@link #stop}, but the thread finds out by itself: for when it may have ended already, and
     * its driver with it.
     */
    void stopWhenIdle() {
        stopping = true;
    }

    private boolean pending() {
        hold.acquire();
        try {
            return store.pending();
        } finally {
            hold.release();
        }
    }

    private boolean idle() {
        hold.acquire();
        try {
            return inbox.isEmpty()
                    && posted.get() == null
                    && readyFirst == null
                    && parked == 0
                    && store.quiet();
        } finally {
            hold.release();
        }
    }

    /**
     * The thread's last act: nobody can hold the shard any more, and what still comes in is
     * refused.
     */
    private void end() {
        hold.acquire();
        ended = true;
        refuseLeftovers();
        try {
            store.close();
        } catch (RuntimeException e) {
            // Every promise is kept by now; files that could not be closed go with the driver.
            System.getLogger("site.js0.jdb")
                    .log(System.Logger.Level.WARNING, "closing shard " + number, e);
        } finally {
            driver.close();
        }
    }

    /** After the end: whoever put something in makes sure that it is answered. */
    private synchronized void refuseLeftovers() {
        Operation operation;
        while ((operation = inbox.poll()) != null) {
            refuse(operation);
        }
        operation = posted.getAndSet(null);
        while (operation != null) {
            Operation following = operation.next;
            operation.next = null;
            refuse(operation);
            operation = following;
        }
    }

    private static void refuse(Operation operation) {
        operation.failure = shutdown();
        tell(operation);
    }

    static JdbException shutdown() {
        return new JdbException(new JdbError.Shutdown("the database"));
    }

    /** Adds the counters of the loop and of the driver. Holder. */
    void stats(StatsSink to) {
        to.count(StatName.SHARD_BORROWED_TURNS, borrowedTurns);
        to.count(StatName.SHARD_TURNS, turns);
        to.count(StatName.SHARD_QUEUED_OPERATIONS, queuedOperations);
        to.count(StatName.SHARD_RESTARTS, restarts);
        IoStats.add(driver.metrics(), to);
    }
}
