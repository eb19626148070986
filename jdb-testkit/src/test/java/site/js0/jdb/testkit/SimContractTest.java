package site.js0.jdb.testkit;

import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.DirectoryContractTest;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoDriverContractTest;
import site.js0.jdb.fs.IoDriverQueueContractTest;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.LogTailContractTest;
import site.js0.jdb.fs.OpenMode;

/** The simulated driver keeps the contract of the real ones, and so does the seeded wrapper. */
class SimContractTest {
    private static final Path ROOT = Path.of("/db");

    private static SimDisk disk() {
        SimDisk disk = SimDisk.seeded(7);
        disk.mkdirs(ROOT);
        return disk;
    }

    @Nested
    class Operations extends IoDriverContractTest {
        private final SimDisk disk = disk();

        @Override
        protected Path root() {
            return ROOT;
        }

        @Override
        protected IoDriver open(DriverOptions options) {
            return disk.driver();
        }
    }

    @Nested
    class OperationsInSeededOrder extends IoDriverContractTest {
        private final SimDisk disk = disk();

        @Override
        protected Path root() {
            return ROOT;
        }

        @Override
        protected IoDriver open(DriverOptions options) {
            return new SeededDriver(disk.driver(), 3);
        }
    }

    @Nested
    class Queues extends IoDriverQueueContractTest {
        private final SimDisk disk = disk();

        @Override
        protected Path root() {
            return ROOT;
        }

        @Override
        protected boolean allocationFree() {
            return false;
        }

        @Override
        protected IoDriver open(DriverOptions options) {
            return disk.driver();
        }
    }

    @Nested
    class LogTails extends LogTailContractTest {
        private final SimDisk disk = disk();

        @Override
        protected Path root() {
            return ROOT;
        }

        @Override
        protected IoDriver open(DriverOptions options) {
            return disk.driver();
        }
    }

    @Nested
    class Directories extends DirectoryContractTest {
        private final SimDisk disk = disk();
        private final IoDriver driver = disk.driver();

        @Override
        protected Directory directory() {
            return driver.directory();
        }

        @Override
        protected Path root() {
            return ROOT;
        }

        @Override
        protected void makeFile(Path path, int bytes) {
            try (IoFile file = driver.open(path, OpenMode.CREATE, FileRole.OTHER)) {
                file.truncate(bytes);
            }
        }
    }
}
