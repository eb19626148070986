package site.js0.jdb.fs.uring;

import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoDriverContractTest;
import site.js0.jdb.fs.IoDriverQueueContractTest;
import site.js0.jdb.fs.LogTailContractTest;

/** The {@code uring} driver keeps the contract. */
class UringContractTest {
    @Nested
    class Operations extends IoDriverContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options);
        }
    }

    @Nested
    class OperationsUnregistered extends IoDriverContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options.withRegisteredBuffers(false).withQueueDepth(1));
        }
    }

    /** A file system that may know no direct I/O. */
    @Nested
    class OperationsInMemory extends IoDriverContractTest {
        @org.junit.jupiter.api.io.TempDir(factory = InMemory.class)
        Path memoryBacked;

        @Override
        protected Path root() {
            return memoryBacked;
        }

        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options);
        }
    }

    @Nested
    class Queues extends IoDriverQueueContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options);
        }
    }

    /** As on Linux 6.1. */
    @Nested
    class QueuesOfLinux610 extends IoDriverQueueContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options, 8, 1);
        }
    }

    /** As on Linux 6.0. */
    @Nested
    class QueuesOfLinux600 extends IoDriverQueueContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options, 8, 2);
        }
    }

    /** As on Linux 5.19. */
    @Nested
    class QueuesOfLinux519 extends IoDriverQueueContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options, 8, 3);
        }
    }

    /** As on Linux 5.18. */
    @Nested
    class QueuesOfLinux518 extends IoDriverQueueContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options, 8, 4);
        }
    }

    /** As on Linux 5.11. */
    @Nested
    class QueuesOfLinux511 extends IoDriverQueueContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options, 8, 5);
        }
    }

    @Nested
    class OperationsOfLinux511 extends IoDriverContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options, 8, RingSetup.STEPS - 1);
        }
    }

    /** Completions that overflow the ring and wait in the kernel. */
    @Nested
    class QueuesOverflowing extends IoDriverQueueContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options.withQueueDepth(400), 4, 0);
        }
    }

    @Nested
    class OperationsOverflowing extends IoDriverContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options.withQueueDepth(400), 4, 0);
        }
    }

    @Nested
    class LogTails extends LogTailContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            return UringAvailable.open(options);
        }
    }

    /** Temporary directories on tmpfs, where there is one. */
    static final class InMemory implements org.junit.jupiter.api.io.TempDirFactory {
        @Override
        public Path createTempDirectory(
                org.junit.jupiter.api.extension.AnnotatedElementContext element,
                org.junit.jupiter.api.extension.ExtensionContext context)
                throws java.io.IOException {
            Path shm = Path.of("/dev/shm");
            return java.nio.file.Files.isDirectory(shm)
                    ? java.nio.file.Files.createTempDirectory(shm, "jdb")
                    : java.nio.file.Files.createTempDirectory("jdb");
        }
    }
}
