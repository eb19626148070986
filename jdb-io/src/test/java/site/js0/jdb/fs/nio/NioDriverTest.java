package site.js0.jdb.fs.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.fs.OpenMode;

/**
 * What is particular to the {@code nio} driver; what all drivers promise is in the contract test.
 */
class NioDriverTest {
    private static final int BLOCK = 4096;

    @TempDir Path dir;
    private final Arena arena = Arena.ofShared();
    private final NioDriver driver = new NioDriver();

    private static class Op extends IoOp {
        int completions;

        @Override
        protected void completed() {
            completions++;
        }
    }

    @AfterEach
    void close() {
        Thread.interrupted();
        driver.close();
        arena.close();
    }

    private Op run(Op op) {
        int before = op.completions;
        driver.enqueue(op);
        while (op.completions == before) {
            driver.await(-1);
            driver.poll(8);
        }
        return op;
    }

    private MemorySegment block(int fill) {
        return arena.allocate(BLOCK, BLOCK).fill((byte) fill);
    }

    @Test
    void bytesWrittenAndSyncedAreRead() {
        try (IoFile file = driver.open(dir.resolve("f"), OpenMode.CREATE, FileRole.OTHER)) {
            Op op = new Op();
            op.prepareWriteThenSync(file, BLOCK, block(7), 0, BLOCK);
            assertThat(run(op).succeeded()).isTrue();
            MemorySegment read = block(0);
            op.prepareRead(file, BLOCK, read, 0, BLOCK);
            assertThat(run(op).succeeded()).isTrue();
            assertThat(read.mismatch(block(7))).isEqualTo(-1);
            assertThat(file.size()).isEqualTo(2 * BLOCK);
        }
    }

    @Test
    void scatteredUnitsGoWhereTheyBelong() {
        try (IoFile file = driver.open(dir.resolve("f"), OpenMode.CREATE, FileRole.OTHER)) {
            int units = 100; // more than one bounce buffer holds
            MemorySegment memory = arena.allocate(2L * units * BLOCK, BLOCK);
            long[] offsets = new long[units];
            for (int i = 0; i < units; i++) {
                offsets[i] = (long) (units - 1 - i) * 2 * BLOCK;
                memory.asSlice(offsets[i], BLOCK).fill((byte) i);
            }
            Op op = new Op();
            op.prepareWriteGathered(file, 0, memory, offsets, units, BLOCK);
            assertThat(run(op).succeeded()).isTrue();
            memory.fill((byte) 0);
            op.prepareReadScattered(file, 0, memory, offsets, units, BLOCK);
            assertThat(run(op).succeeded()).isTrue();
            for (int i = 0; i < units; i++) {
                assertThat(memory.asSlice(offsets[i], BLOCK).mismatch(block(i))).isEqualTo(-1);
                if (i > 0) {
                    assertThat(memory.get(ValueLayout.JAVA_BYTE, offsets[i] + BLOCK)).isZero();
                }
            }
        }
    }

    @Test
    void interruptOfTheOwnerClosesNothing() {
        try (IoFile file = driver.open(dir.resolve("f"), OpenMode.CREATE, FileRole.OTHER)) {
            Thread.currentThread().interrupt();
            Op op = new Op();
            op.prepareWrite(file, 0, block(1), 0, BLOCK);
            assertThat(run(op).succeeded()).isTrue();
            assertThat(file.size()).isEqualTo(BLOCK);
            file.truncate(0);
            driver.directory().syncDir(dir);
            assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
            assertThat(file.size()).isZero();
        }
    }

    @Test
    void taskThatInterruptsItselfHarmsNoOne() {
        try (IoFile file = driver.open(dir.resolve("f"), OpenMode.CREATE, FileRole.OTHER)) {
            for (int i = 0; i < 3; i++) {
                Op task =
                        new Op() {
                            @Override
                            protected void runBlocking() {
                                Thread.currentThread().interrupt();
                            }
                        };
                task.prepareTask();
                assertThat(run(task).succeeded()).isTrue();
                Op opens =
                        new Op() {
                            @Override
                            protected void runBlocking() {
                                file.preallocate(0, BLOCK);
                            }
                        };
                opens.prepareTask();
                assertThat(run(opens).succeeded()).isTrue();
            }
        }
    }

    @Test
    void shortReadTellsWhatWasThere() {
        try (IoFile file = driver.open(dir.resolve("f"), OpenMode.CREATE, FileRole.OTHER)) {
            Op op = new Op();
            file.truncate(BLOCK + 100);
            op.prepareRead(file, 0, arena.allocate(3 * BLOCK, BLOCK), 0, 3 * BLOCK);
            assertThat(run(op).succeeded()).isFalse();
            assertThat(op.failure().error())
                    .isEqualTo(
                            new IoError.ShortRead(
                                    dir.resolve("f").toString(), 0, 3 * BLOCK, BLOCK + 100));
        }
    }

    @Test
    void systemErrorsCarryTheirNumbers() throws Exception {
        Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("target"));
        Files.createFile(dir.resolve("there"));
        assertErrno(dir.resolve("none"), OpenMode.READ, Errno.ENOENT);
        assertErrno(dir.resolve("there"), OpenMode.CREATE, Errno.EEXIST);
        assertErrno(dir, OpenMode.READ, Errno.EISDIR);
        assertErrno(link, OpenMode.OPEN_OR_CREATE, Errno.ELOOP);
        assertThat(Files.exists(dir.resolve("target"))).isFalse();
    }

    private void assertErrno(Path path, OpenMode mode, int errno) {
        assertThatThrownBy(() -> driver.open(path, mode, FileRole.OTHER))
                .isInstanceOfSatisfying(
                        IoException.class, e -> assertThat(e.errno()).isEqualTo(errno))
                .hasMessageContaining(path.toString());
    }

    @Test
    void portableLogTailKeepsItsBytes() throws Exception {
        Path path = dir.resolve("log");
        Workers workers = new Workers("test", 1, new Completions());
        try {
            MemorySegment record = block(9);
            try (LogTail tail = workers.call(() -> NioLogTail.open(workers, path, 64 << 10))) {
                tail.store(5000, record, 0, 100);
                Op op = new Op();
                op.prepareSyncData(tail.file());
                assertThat(run(op).succeeded()).isTrue();
            }
            try (LogTail again = workers.call(() -> NioLogTail.open(workers, path, 64 << 10))) {
                MemorySegment read = block(0);
                again.load(5000, read, 0, 200);
                assertThat(MemorySegment.mismatch(read, 0, 100, record, 0, 100)).isEqualTo(-1);
                assertThat(read.get(ValueLayout.JAVA_BYTE, 100)).isZero();
            }
            try (LogTail other = workers.call(() -> NioLogTail.open(workers, path, 32 << 10))) {
                MemorySegment read = block(1);
                other.load(5000, read, 0, 100);
                assertThat(read.get(ValueLayout.JAVA_BYTE, 0))
                        .as("another size: made anew")
                        .isZero();
            }
        } finally {
            workers.close();
        }
    }
}
