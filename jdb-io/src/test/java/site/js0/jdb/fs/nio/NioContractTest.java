package site.js0.jdb.fs.nio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoDriverContractTest;
import site.js0.jdb.fs.IoDriverQueueContractTest;
import site.js0.jdb.fs.LogTailContractTest;

/** The {@code nio} driver keeps the contract. */
class NioContractTest {
    private static IoDriver nio(DriverOptions options) {
        return new NioDriver(options, "under test");
    }

    @Nested
    class Operations extends IoDriverContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return nio(options);
        }
    }

    @Nested
    class OperationsWithOneWorker extends IoDriverContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return nio(options.withWorkers(1));
        }
    }

    /** A file system that may know no direct I/O. */
    @Nested
    class OperationsInMemory extends IoDriverContractTest {
        @TempDir(factory = InMemory.class)
        Path memoryBacked;

        @Override
        protected Path root() {
            return memoryBacked;
        }

        @Override
        protected IoDriver open(DriverOptions options) {
            return nio(options);
        }
    }

    @Nested
    class Queues extends IoDriverQueueContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return nio(options);
        }
    }

    @Nested
    class LogTails extends LogTailContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return nio(options);
        }
    }

    /** As on systems other than Linux, or without native access. */
    @Nested
    class PortableLogTails extends LogTailContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return new NioDriver(options, "under test", true);
        }
    }

    /** Temporary directories on tmpfs, where there is one. */
    static final class InMemory implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
                throws IOException {
            Path shm = Path.of("/dev/shm");
            return Files.isDirectory(shm)
                    ? Files.createTempDirectory(shm, "jdb")
                    : Files.createTempDirectory("jdb");
        }
    }
}
