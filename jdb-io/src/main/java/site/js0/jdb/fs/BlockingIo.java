package site.js0.jdb.fs;

import java.lang.foreign.MemorySegment;

/**
 * Single requests, waited for: for opening, tools and tests, where nothing else is to be done
 * meanwhile. Owner: the thread that owns the driver. Other operations' completions are delivered
 * while it waits.
 */
public final class BlockingIo {
    private static final int COMPLETIONS_PER_POLL = 64;
    private static final long WAIT_NANOS = 50_000_000;

    private static final class Single extends IoOp {
        private boolean done;

        @Override
        protected void completed() {
            done = true;
        }
    }

    private BlockingIo() {}

    /** Reads exactly {@code length} bytes. */
    public static void read(
            IoDriver driver,
            IoFile file,
            long offset,
            MemorySegment buffer,
            long bufferOffset,
            int length) {
        Single op = new Single();
        op.prepareRead(file, offset, buffer, bufferOffset, length);
        run(driver, op);
    }

    /** Writes exactly {@code length} bytes. */
    public static void write(
            IoDriver driver,
            IoFile file,
            long offset,
            MemorySegment buffer,
            long bufferOffset,
            int length) {
        Single op = new Single();
        op.prepareWrite(file, offset, buffer, bufferOffset, length);
        run(driver, op);
    }

    /** Makes data and metadata of {@code file} durable. */
    public static void syncAll(IoDriver driver, IoFile file) {
        Single op = new Single();
        op.prepareSyncAll(file);
        run(driver, op);
    }

    private static void run(IoDriver driver, Single op) {
        driver.enqueue(op);
        driver.submit();
        while (!op.done) {
            if (driver.poll(COMPLETIONS_PER_POLL) == 0 && !op.done) {
                driver.await(WAIT_NANOS);
            }
        }
        if (!op.succeeded()) {
            throw op.failure();
        }
    }
}
