package site.js0.jdb.page;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;

/**
 * Single operations that are waited for: for start-up only, on the driver's owner thread. What else
 * completes meanwhile is finished too.
 */
final class StartOp extends IoOp {
    private static final int POLL_MAX = 64;

    private final IoDriver driver;
    private boolean done;

    StartOp(IoDriver driver) {
        this.driver = driver;
    }

    /** Reads all {@code length} bytes to the start of {@code to}. */
    void read(IoFile file, long offset, MemorySegment to, int length) throws IoException {
        prepareRead(file, offset, to, 0, length);
        finish();
    }

    void write(IoFile file, long offset, MemorySegment from, long at, int length) {
        prepareWrite(file, offset, from, at, length);
        finish();
    }

    void syncAll(IoFile file) {
        prepareSyncAll(file);
        finish();
    }

    private void finish() {
        done = false;
        driver.enqueue(this);
        while (!done) {
            driver.await(-1);
            driver.poll(POLL_MAX);
        }
        if (!succeeded()) {
            throw failure();
        }
    }

    @Override
    protected void completed() {
        done = true;
    }

    /** The same failure in the kernel's terms. */
    static JdbException translate(String op, String file, IoException e) {
        JdbError error =
                e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT
                        ? new JdbError.DiskFull(file, e.error().message())
                        : new JdbError.Io(op, file, e.error().message());
        return new JdbException(error, e);
    }
}
