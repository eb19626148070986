package site.js0.jdb.cli.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.SplittableRandom;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.Drivers;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.OpenMode;

/**
 * One run: {@code depth} requests in flight, each prepared anew at a random block as soon as it is
 * finished, for some seconds. The calling thread owns the driver.
 */
final class IoLoad {
    /** What came out. CPU is of the whole process, compiler and collector included. */
    record Rate(double iops, double cpuMicrosPerIo) {}

    private static final int BLOCK = IoBenchOptions.BLOCK_BYTES;
    private static final long WARM_UP_NANOS = 1_000_000_000;
    private static final long NO_LIMIT = -1;

    private final IoBenchOptions options;
    private final IoBenchOptions.Op kind;
    private final int depth;
    private final IoDriver driver;
    private final IoFile file;
    private final MemorySegment memory;
    private final long blocks;
    private long random;
    private long finished;
    private boolean stopping;

    private IoLoad(
            IoBenchOptions options,
            IoBenchOptions.Op kind,
            int depth,
            IoDriver driver,
            IoFile file,
            MemorySegment memory) {
        this.options = options;
        this.kind = kind;
        this.depth = depth;
        this.driver = driver;
        this.file = file;
        this.memory = memory;
        this.blocks = options.fileBytes() / BLOCK;
        this.random = new SplittableRandom(options.seed()).nextLong() | 1;
    }

    static Rate run(
            IoBenchOptions options,
            DriverOptions.Kind driverKind,
            IoBenchOptions.Op kind,
            int depth) {
        DriverOptions driverOptions =
                DriverOptions.defaults().withKind(driverKind).withQueueDepth(depth);
        try (Arena arena = Arena.ofShared();
                IoDriver driver = Drivers.open(driverOptions);
                IoFile file = driver.open(options.file(), OpenMode.READ_WRITE, FileRole.OTHER)) {
            MemorySegment memory = arena.allocate((long) depth * BLOCK, BLOCK);
            new SplittableRandom(options.seed())
                    .ints(memory.byteSize() / 4)
                    .forEach(new Filler(memory));
            driver.registerBuffers(memory);
            return new IoLoad(options, kind, depth, driver, file, memory).run();
        }
    }

    /** Bytes that no device compresses to nothing. */
    private static final class Filler implements java.util.function.IntConsumer {
        private final MemorySegment memory;
        private long at;

        Filler(MemorySegment memory) {
            this.memory = memory;
        }

        @Override
        public void accept(int value) {
            memory.set(java.lang.foreign.ValueLayout.JAVA_INT, at, value);
            at += 4;
        }
    }

    private final class Request extends IoOp {
        private final long slot;

        Request(int index) {
            slot = (long) index * BLOCK;
        }

        void start() {
            // xorshift64: the load must not cost more than what it loads.
            long r = random;
            r ^= r << 13;
            r ^= r >>> 7;
            r ^= r << 17;
            random = r;
            long offset = Long.remainderUnsigned(r, blocks) * BLOCK;
            if (kind == IoBenchOptions.Op.READ) {
                prepareRead(file, offset, memory, slot, BLOCK);
            } else {
                prepareWrite(file, offset, memory, slot, BLOCK);
            }
            driver.enqueue(this);
        }

        @Override
        protected void completed() {
            if (!succeeded()) {
                throw failure();
            }
            finished++;
            if (!stopping) {
                start();
            }
        }
    }

    private Rate run() {
        for (int i = 0; i < depth; i++) {
            new Request(i).start();
        }
        turnFor(WARM_UP_NANOS);
        long finishedBefore = finished;
        long cpuBefore = cpuNanos();
        long nanos = turnFor(options.seconds() * 1_000_000_000L);
        long ios = finished - finishedBefore;
        long cpu = cpuNanos() - cpuBefore;
        stopping = true;
        while (driver.inFlight() > 0) {
            turn();
        }
        return new Rate(ios * 1e9 / nanos, cpu / 1e3 / ios);
    }

    /** Of the whole process; in steps of 10 ms, as that of OperatingSystemMXBean is. */
    private static long cpuNanos() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    /** Answers how long it really took. */
    private long turnFor(long nanos) {
        long start = System.nanoTime();
        long now;
        do {
            for (int i = 0; i < 32; i++) {
                turn();
            }
            now = System.nanoTime();
        } while (now - start < nanos);
        return now - start;
    }

    /** One system call submits what the completions started, and sleeps if nothing is ready. */
    private void turn() {
        driver.poll(depth);
        if (driver.inFlight() > 0) {
            driver.await(NO_LIMIT); // a limit would cost a timer
        }
    }
}
