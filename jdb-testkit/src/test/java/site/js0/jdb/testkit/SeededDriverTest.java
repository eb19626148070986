package site.js0.jdb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.fs.nio.NioDriver;

/** One seed, one outcome, whatever the driver below. */
class SeededDriverTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 32;
    private static final int OPS = 200;

    @TempDir Path dir;

    @ParameterizedTest
    @Seeds(5)
    void sameBytesOnEveryDriver(long seed) throws IOException {
        SimDisk disk = SimDisk.seeded(seed);
        disk.mkdirs(Path.of("/db"));
        Path simulated = Path.of("/db/f");
        run(new SeededDriver(disk.driver(), seed), simulated, seed);
        byte[] expected = disk.bytes(simulated);
        assertThat(expected).hasSize(BLOCKS * BLOCK);

        Path path = dir.resolve("f");
        run(new SeededDriver(new NioDriver(), seed), path, seed);
        assertThat(Files.readAllBytes(path)).as("nio").isEqualTo(expected);

        Files.delete(path);
        run(new SeededDriver(new NioDriver(), seed + 1), path, seed);
        assertThat(Files.readAllBytes(path)).as("another order").isNotEqualTo(expected);
    }

    /**
     * Each slot writes one block after the other; what it writes depends on what completed before.
     */
    private static final class Slot extends IoOp {
        private final int first;
        private final IoDriver driver;
        private final IoFile file;
        private final MemorySegment memory;
        private final SplittableRandom workload;
        private final long[] state;

        Slot(
                int first,
                IoDriver driver,
                IoFile file,
                Arena arena,
                SplittableRandom random,
                long[] state) {
            this.first = first;
            this.driver = driver;
            this.file = file;
            this.memory = arena.allocate(BLOCK, BLOCK);
            this.workload = random;
            this.state = state;
        }

        void next() {
            if (state[1]++ >= OPS) {
                return;
            }
            if (workload.nextInt(4) == 0) {
                prepareSyncData(file);
            } else {
                memory.set(ValueLayout.JAVA_LONG, 0, state[0]);
                int block = first + workload.nextInt(BLOCKS / 8);
                prepareWrite(file, (long) block * BLOCK, memory, 0, BLOCK);
            }
            driver.enqueue(this);
        }

        @Override
        protected void completed() {
            assertThat(succeeded()).isTrue();
            state[0] = state[0] * 31 + first;
            next();
        }
    }

    private static void run(IoDriver driver, Path path, long seed) {
        try (driver;
                Arena arena = Arena.ofShared()) {
            IoFile file = driver.open(path, OpenMode.CREATE, FileRole.OTHER);
            file.preallocate(0, BLOCKS * BLOCK);
            SplittableRandom workload = new SplittableRandom(seed);
            long[] state = {seed, 0};
            for (int first = 0; first < BLOCKS; first += BLOCKS / 8) {
                new Slot(first, driver, file, arena, workload, state).next();
            }
            while (driver.inFlight() > 0) {
                driver.await(-1);
                driver.poll(3);
            }
            file.close();
        }
    }

    @Test
    void failuresArriveAsTheyWere() {
        try (SimWorld world = new SimWorld(1)) {
            world.driver = new SeededDriver(world.driver, 1);
            IoFile file = world.open("f", OpenMode.CREATE);
            world.disk.faults().failNth(1, a -> a.verb() == Faults.Verb.WRITE, Errno.ENOSPC);
            assertThat(world.finish(world.write(file, 0, 1)).failure().error())
                    .isEqualTo(
                            new IoError.Io(
                                    "write", file.path().toString(), 0, BLOCK, Errno.ENOSPC));
            SimWorld.Op read = new SimWorld.Op();
            read.prepareRead(file, BLOCK, world.block(0), 0, BLOCK);
            world.driver.enqueue(read);
            assertThat(world.finish(read).failure().error())
                    .isEqualTo(new IoError.ShortRead(file.path().toString(), BLOCK, BLOCK, 0));
        }
    }
}
