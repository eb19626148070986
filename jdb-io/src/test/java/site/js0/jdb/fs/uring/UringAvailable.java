package site.js0.jdb.fs.uring;

import org.junit.jupiter.api.Assumptions;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.IoException;

/**
 * Opens the driver under test, or skips the test with the reason where the machine has no io_uring.
 */
final class UringAvailable {
    private UringAvailable() {}

    static UringDriver open(DriverOptions options) {
        try {
            return new UringDriver(options);
        } catch (IoException e) {
            Assumptions.abort("no io_uring here: " + e.getMessage());
            throw e;
        }
    }
}
