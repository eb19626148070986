package site.js0.jdb.fs.uring;

import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.IoException;

/**
 * Opens the driver under test, or skips the test with the reason where the machine has no io_uring.
 */
final class UringAvailable {
    private UringAvailable() {}

    static UringDriver open(DriverOptions options) {
        return open(() -> new UringDriver(options));
    }

    /**
     * With a small ring and the features of an older kernel: a step of {@link RingSetup}'s ladder.
     */
    static UringDriver open(DriverOptions options, int entries, int firstStep) {
        return open(() -> new UringDriver(options, entries, firstStep));
    }

    private static UringDriver open(Supplier<UringDriver> opening) {
        try {
            return opening.get();
        } catch (IoException e) {
            Assumptions.abort("no io_uring here: " + e.getMessage());
            throw e;
        }
    }
}
