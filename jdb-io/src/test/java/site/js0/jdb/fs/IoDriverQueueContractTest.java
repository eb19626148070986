package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * What every {@link IoDriver} promises of its queues: depth, order of events, wakeups, tasks,
 * closing, metrics.
 */
public abstract class IoDriverQueueContractTest extends DriverFixture {
    @Test
    void moreOperationsThanTheRingHoldsAllFinish() {
        IoFile file = written("f", 64, 0);
        MemorySegment in = memory(500L * BLOCK);
        List<Op> ops = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Op op = new Op();
            op.prepareRead(file, (long) (i % 64) * BLOCK, in, (long) i * BLOCK, BLOCK);
            driver.enqueue(op);
            ops.add(op);
        }
        assertThat(driver.inFlight()).isEqualTo(500);
        drainAll();
        assertThat(ops).allMatch(op -> op.completions == 1 && op.succeeded());
        for (int i = 0; i < 500; i++) {
            assertPattern(in.asSlice((long) i * BLOCK, BLOCK), i % 64);
        }
    }

    @Test
    void enqueueNeverRunsACompletion() {
        IoFile file = written("f", 1, 0);
        MemorySegment in = memory(BLOCK);
        List<Op> ops = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Op op = new Op();
            op.prepareRead(file, 0, in, 0, BLOCK);
            driver.enqueue(op);
            driver.submit();
            ops.add(op);
        }
        driver.await(1_000_000_000);
        assertThat(ops).allMatch(op -> op.completions == 0);
        drainAll();
        assertThat(ops).allMatch(op -> op.completions == 1);
    }

    @Test
    void pollFinishesNoMoreThanItIsTold() {
        IoFile file = written("f", 1, 0);
        MemorySegment in = memory(BLOCK);
        for (int i = 0; i < 20; i++) {
            Op op = new Op();
            op.prepareRead(file, 0, in, 0, BLOCK);
            driver.enqueue(op);
        }
        assertThat(driver.poll(0)).isZero();
        int left = 20;
        while (left > 0) {
            driver.submit();
            int finished = driver.poll(3);
            assertThat(finished).isBetween(0, 3);
            left -= finished;
            assertThat(driver.inFlight()).isEqualTo(left);
            if (finished == 0) {
                driver.await(-1);
            }
        }
    }

    @Test
    void aCompletionMayEnqueueAgain() {
        IoFile file = written("f", 8, 0);
        MemorySegment in = memory(BLOCK);
        Op chain =
                new Op() {
                    @Override
                    protected void completed() {
                        super.completed();
                        if (completions < 50) {
                            prepareRead(file, (long) (completions % 8) * BLOCK, in, 0, BLOCK);
                            driver.enqueue(this);
                        }
                    }
                };
        chain.prepareRead(file, 0, in, 0, BLOCK);
        driver.enqueue(chain);
        drainAll();
        assertThat(chain.completions).isEqualTo(50);
        assertPattern(in, 49 % 8);
    }

    @Test
    void aCompletionThatThrowsLeavesTheDriverWhole() {
        IoFile file = written("f", 1, 0);
        MemorySegment in = memory(BLOCK);
        for (int i = 0; i < 20; i++) {
            Op op =
                    new Op() {
                        @Override
                        protected void completed() {
                            throw new IllegalStateException("planned");
                        }
                    };
            op.prepareRead(file, 0, in, 0, BLOCK);
            driver.enqueue(op);
        }
        int thrown = 0;
        while (driver.inFlight() > 0) {
            driver.submit();
            try {
                if (driver.poll(8) == 0) {
                    driver.await(-1);
                }
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("planned");
                thrown++;
            }
        }
        assertThat(thrown).isEqualTo(20);
        Op after = new Op();
        after.prepareRead(file, 0, in, 0, BLOCK);
        succeed(after);
    }

    @Test
    void awaitGivesUpInTime() {
        long start = System.nanoTime();
        driver.await(20_000_000);
        driver.await(0);
        assertThatCode(() -> driver.await(1)).doesNotThrowAnyException();
        assertThat(System.nanoTime() - start).as("not for ever").isLessThan(30_000_000_000L);
        assertThat(driver.poll(1)).isZero();
    }

    @Test
    void aWakeupBeforeTheSleepEndsIt() {
        driver.wakeup();
        driver.wakeup();
        driver.await(-1); // the test hangs, and times out, if this is lost
        driver.poll(1);
    }

    @Test
    void awaitReturnsForACompletion() {
        IoFile file = written("f", 1, 0);
        Op op = new Op();
        op.prepareRead(file, 0, memory(BLOCK), 0, BLOCK);
        driver.enqueue(op); // not submitted: await does it
        while (op.completions == 0) {
            driver.await(-1);
            driver.poll(1);
        }
        assertThat(op.succeeded()).isTrue();
    }

    /**
     * Two threads hand a ball to the owner and wait until it is taken: a lost wakeup would stop the
     * game.
     */
    @Test
    void noWakeupIsLost() throws InterruptedException {
        int rounds = 3000;
        AtomicInteger thrown = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        IoDriver shared = driver;
        List<Thread> players = new ArrayList<>();
        for (int p = 0; p < 2; p++) {
            players.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 0; i < rounds; i++) {
                                    int mine = thrown.incrementAndGet();
                                    shared.wakeup();
                                    while (taken.get() < mine) {
                                        Thread.onSpinWait();
                                        if (Thread.interrupted()) {
                                            return;
                                        }
                                        Thread.yield();
                                    }
                                }
                            }));
        }
        try {
            while (taken.get() < 2 * rounds) {
                driver.await(-1);
                driver.poll(1);
                taken.set(thrown.get());
            }
        } finally {
            for (Thread player : players) {
                player.interrupt();
                player.join();
            }
        }
    }

    /** Wakeups, tasks and I/O at once. */
    @Test
    void wakeupsDoNotDisturbIo() throws InterruptedException {
        IoFile file = written("f", 16, 0);
        MemorySegment in = memory(16L * BLOCK);
        IoDriver shared = driver;
        AtomicInteger stop = new AtomicInteger();
        Thread noise =
                Thread.ofPlatform()
                        .start(() -> {
                            while (stop.get() == 0) {
                                shared.wakeup();
                                Thread.yield();
                            }
                        });
        try {
            for (int round = 0; round < 300; round++) {
                int block = round % 16;
                Op read = new Op();
                read.prepareRead(file, (long) block * BLOCK, in, (long) block * BLOCK, BLOCK);
                Op task = new TaskOp(() -> {});
                task.prepareTask();
                driver.enqueue(task);
                driver.enqueue(read);
                while (driver.inFlight() > 0) {
                    driver.await(-1);
                    driver.poll(4);
                }
                assertThat(read.succeeded()).isTrue();
                assertThat(task.succeeded()).isTrue();
                assertPattern(in.asSlice((long) block * BLOCK, BLOCK), block);
            }
        } finally {
            stop.set(1);
            noise.join();
        }
    }

    /** A task with a body. */
    protected static final class TaskOp extends Op {
        /** May throw. */
        public interface Body {
            /** The work. */
            void run() throws Exception;
        }

        private final Body body;

        /** A task that runs {@code body}. */
        public TaskOp(Body body) {
            this.body = body;
        }

        @Override
        protected void runBlocking() throws Exception {
            body.run();
        }
    }

    @Test
    void tasksRunElsewhereInOrderAndEndHere() {
        List<Integer> order = new ArrayList<>();
        List<Op> tasks = new ArrayList<>();
        AtomicReference<Thread> where = new AtomicReference<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            Op task =
                    new TaskOp(() -> {
                        where.set(Thread.currentThread());
                        order.add(number);
                    });
            task.prepareTask();
            driver.enqueue(task);
            tasks.add(task);
        }
        drainAll();
        assertThat(tasks).allMatch(task -> task.completions == 1 && task.succeeded());
        assertThat(order).hasSize(20).isSorted();
    }

    @Test
    void aTaskThatThrowsFails() {
        for (Throwable planned :
                List.of(new java.io.IOException("planned"), new StackOverflowError("planned"))) {
            Op task = new TaskOp(() -> sneak(planned));
            task.prepareTask();
            run(task);
            assertThat(task.succeeded()).isFalse();
            assertThat(task.failure()).hasCause(planned);
            assertThat(task.failure().error()).isInstanceOf(IoError.Join.class);
        }
        IoException own = new IoException(new IoError.Io("open", "x", 0, 0, Errno.ENOENT));
        Op task = new TaskOp(() -> sneak(own));
        task.prepareTask();
        run(task);
        assertThat(task.failure()).isSameAs(own);
        Op next = new TaskOp(() -> {});
        next.prepareTask();
        succeed(next);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable t) throws T {
        throw (T) t;
    }

    @Test
    void aTaskOpensAFileThatIsThenUsed() {
        AtomicReference<IoFile> opened = new AtomicReference<>();
        Op task =
                new TaskOp(() ->
                        opened.set(
                                driver.open(root().resolve("t"), OpenMode.CREATE, FileRole.PAGES)));
        task.prepareTask();
        succeed(task);
        Op op = new Op();
        IoFile file = java.util.Objects.requireNonNull(opened.get());
        op.prepareWriteThenSync(file, 0, pattern(memory(BLOCK), 1), 0, BLOCK);
        succeed(op);
        Op closing = new TaskOp(file::close);
        closing.prepareTask();
        succeed(closing);
        assertThat(driver.directory().size(root().resolve("t"))).isEqualTo(BLOCK);
    }

    @Test
    void manyFilesComeAndGo() {
        MemorySegment memory = memory(BLOCK);
        Op op = new Op();
        for (int i = 0; i < 700; i++) {
            try (IoFile file =
                    driver.open(
                            root().resolve("n" + i % 5), OpenMode.OPEN_OR_CREATE, FileRole.OTHER)) {
                op.prepareWrite(file, 0, pattern(memory, i), 0, BLOCK);
                succeed(op);
                op.prepareRead(file, 0, memory, 0, BLOCK);
                succeed(op);
                assertPattern(memory, i);
            }
        }
    }

    @Test
    void closeWaitsAndDeliversNothing() {
        IoDriver other = open(options());
        IoFile file = closing(driver.open(root().resolve("f"), OpenMode.CREATE, FileRole.OTHER));
        IoFile theirs = other.open(root().resolve("f"), OpenMode.READ_WRITE, FileRole.OTHER);
        List<Op> ops = new ArrayList<>();
        AtomicInteger ran = new AtomicInteger();
        MemorySegment out = pattern(memory(BLOCK), 3);
        for (int i = 0; i < 100; i++) {
            Op op = new Op();
            op.prepareWrite(theirs, (long) i * BLOCK, out, 0, BLOCK);
            other.enqueue(op);
            ops.add(op);
        }
        Op task = new TaskOp(ran::incrementAndGet);
        task.prepareTask();
        other.enqueue(task);
        other.close();
        other.close();
        assertThat(ops).allMatch(op -> op.completions == 0);
        assertThat(task.completions).isZero();
        assertThat(ran).hasValue(1);
        assertThat(file.size()).as("all writes are done").isEqualTo(100L * BLOCK);
        theirs.close();
    }

    @Test
    void aClosedDriverRefusesWork() {
        IoDriver other = open(options());
        IoFile file = other.open(root().resolve("f"), OpenMode.CREATE, FileRole.OTHER);
        other.poll(1);
        other.close();
        Op op = new Op();
        op.prepareRead(file, 0, memory(BLOCK), 0, BLOCK);
        assertThatThrownBy(() -> other.enqueue(op)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> other.open(root().resolve("g"), OpenMode.CREATE, FileRole.OTHER))
                .isInstanceOfAny(IllegalStateException.class, IoException.class);
        assertThatCode(other::wakeup).doesNotThrowAnyException();
        assertThat(other.metrics()).isNotNull();
        assertThat(other.describe()).isNotEmpty();
        file.close();
    }

    @Test
    void anyThreadClosesOnceTheOwnerHasEnded() throws InterruptedException {
        IoDriver other = open(options());
        IoFile file = written("f", 64, 0);
        IoFile theirs = other.open(file.path(), OpenMode.READ, FileRole.OTHER);
        MemorySegment in = memory(64 * BLOCK);
        Thread owner =
                Thread.ofPlatform()
                        .start(() -> {
                            for (int i = 0; i < 64; i++) {
                                Op op = new Op();
                                op.prepareRead(
                                        theirs, (long) i * BLOCK, in, (long) i * BLOCK, BLOCK);
                                other.enqueue(op);
                            }
                            other.submit();
                        });
        owner.join();
        other.close();
        theirs.close();
    }

    @Test
    void metricsCountWhatWasDone() {
        IoMetrics.Snapshot before = driver.metrics().snapshot(0);
        IoFile file = closing(driver.open(root().resolve("f"), OpenMode.CREATE, FileRole.LOG));
        MemorySegment memory = memory(4 * BLOCK);
        Op op = new Op();
        for (int i = 0; i < 10; i++) {
            op.prepareWrite(file, 0, memory, 0, 2 * BLOCK);
            succeed(op);
        }
        op.prepareWriteThenSync(file, 0, memory, 0, BLOCK);
        succeed(op);
        op.prepareSyncAll(file);
        succeed(op);
        op.prepareRead(file, BLOCK, memory, 0, 4 * BLOCK);
        run(op);
        IoMetrics.Snapshot done = driver.metrics().snapshot(2_000_000_000L).since(before);
        assertThat(done.count(FileRole.LOG, IoMetrics.Verb.WRITE)).isEqualTo(11);
        assertThat(done.bytes(FileRole.LOG, IoMetrics.Verb.WRITE)).isEqualTo(21L * BLOCK);
        assertThat(done.errors(FileRole.LOG, IoMetrics.Verb.WRITE)).isZero();
        assertThat(done.count(FileRole.LOG, IoMetrics.Verb.SYNC)).isEqualTo(2);
        assertThat(done.count(FileRole.LOG, IoMetrics.Verb.READ)).isEqualTo(1);
        assertThat(done.errors(FileRole.LOG, IoMetrics.Verb.READ)).as("a short read").isEqualTo(1);
        assertThat(done.bytes(FileRole.LOG, IoMetrics.Verb.READ)).isEqualTo(BLOCK);
        assertThat(done.count(FileRole.PAGES, IoMetrics.Verb.WRITE)).isZero();
        assertThat(done.perSecond(FileRole.LOG, IoMetrics.Verb.WRITE)).isEqualTo(5.5);
        long p50 = done.percentileNanos(FileRole.LOG, IoMetrics.Verb.WRITE, 50);
        assertThat(done.percentileNanos(FileRole.LOG, IoMetrics.Verb.WRITE, 100))
                .isGreaterThanOrEqualTo(p50);
    }

    @Test
    void theOwnersThreadAllocatesNothing() {
        Assumptions.assumeTrue(
                allocationFree(), "this driver is not meant to be free of allocation");
        IoFile file = written("f", 64, 0);
        MemorySegment memory = memory(64L * BLOCK);
        driver.registerBuffers(memory.asSlice(0, 32 * BLOCK));
        Op[] ops = new Op[32];
        for (int i = 0; i < ops.length; i++) {
            ops[i] = new Op();
        }
        long[] units = {3 * BLOCK, BLOCK, 40 * BLOCK};
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long fewest = Long.MAX_VALUE;
        for (int attempt = 0;
                attempt < 10 && fewest > 0;
                attempt++) { // the first ones compile and warm up
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int round = 0; round < 200; round++) {
                for (int i = 0; i < ops.length; i++) {
                    prepare(ops[i], i, file, memory, units);
                    driver.enqueue(ops[i]);
                }
                while (driver.inFlight() > 0) {
                    driver.submit();
                    if (driver.poll(16) == 0) {
                        driver.await(100_000_000);
                    }
                }
            }
            fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(fewest).as("bytes per 6400 operations").isZero();
        for (Op op : ops) {
            assertThat(op.succeeded()).isTrue();
        }
    }

    private static void prepare(Op op, int i, IoFile file, MemorySegment memory, long[] units) {
        long at = (long) i * BLOCK;
        switch (i % 8) {
            case 0 -> op.prepareReadScattered(file, 0, memory, units, 3, BLOCK);
            case 1 -> op.prepareWriteGathered(file, 0, memory, units, 3, BLOCK);
            case 2 -> op.prepareWrite(file, at, memory, at, BLOCK);
            case 3 -> op.prepareRead(file, at, memory, 50 * BLOCK, BLOCK);
            default -> op.prepareRead(file, at, memory, at, BLOCK);
        }
    }

    @Test
    void aSecondThreadIsRefused() throws InterruptedException {
        driver.poll(1);
        AtomicReference<Throwable> refusal = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        IoDriver shared = driver;
        Thread.ofPlatform()
                .start(() -> {
                    try {
                        shared.poll(1);
                    } catch (Throwable e) {
                        refusal.set(e);
                    }
                    done.countDown();
                });
        done.await();
        assertThat(refusal.get())
                .isInstanceOfAny(IllegalStateException.class, AssertionError.class);
    }
}
