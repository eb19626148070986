package site.js0.jdb.fs.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import site.js0.jdb.fs.DriverFixture;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.fs.OpenMode;

/** What is particular to the {@code uring} driver and to files on a real file system. */
class UringFilesTest extends DriverFixture {
    @Override
    protected IoDriver open(DriverOptions options) {
        return UringAvailable.open(options);
    }

    @ParameterizedTest
    @EnumSource(OpenMode.class)
    void linksAreRefused(OpenMode mode) throws IOException {
        Path target = Files.write(temporary.resolve("target"), new byte[BLOCK]);
        Path link = Files.createSymbolicLink(temporary.resolve("link"), target);
        assertThatThrownBy(() -> driver.open(link, mode, FileRole.OTHER))
                .isInstanceOfSatisfying(
                        IoException.class,
                        e -> assertThat(e.errno()).isIn(Errno.ELOOP, Errno.EEXIST));
        assertThatThrownBy(() -> driver.openLogTail(link, BLOCK))
                .isInstanceOfSatisfying(
                        IoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ELOOP));
        assertThat(target).hasSize(BLOCK);
    }

    @Test
    void filesAreTheOwnersOnly() throws IOException {
        create("f");
        try (LogTail tail = driver.openLogTail(temporary.resolve("t"), BLOCK)) {
            assertThat(tail.mapped()).isTrue();
        }
        for (String name : List.of("f", "t")) {
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(temporary.resolve(name))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aFileOfAnotherDriverIsRefused() {
        try (IoDriver other = open(options());
                IoFile theirs =
                        other.open(temporary.resolve("f"), OpenMode.CREATE, FileRole.OTHER)) {
            Op op = new Op();
            op.prepareSyncAll(theirs);
            assertThatThrownBy(() -> driver.enqueue(op))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(driver.inFlight()).isZero();
        }
    }

    @Test
    void aClosedFileIsRefused() {
        IoFile file = create("f");
        file.close();
        Op op = new Op();
        op.prepareSyncAll(file);
        assertThatThrownBy(() -> driver.enqueue(op)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(file::size).isInstanceOf(IllegalStateException.class);
    }

    /** More files than the table has places: the rest works unregistered. */
    @Test
    void filesBeyondTheTableWork() {
        List<IoFile> files = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            files.add(
                    closing(
                            driver.open(
                                    temporary.resolve("f" + i), OpenMode.CREATE, FileRole.OTHER)));
        }
        var memory = memory(BLOCK);
        for (int i = 0; i < files.size(); i++) {
            Op op = new Op();
            op.prepareWrite(files.get(i), 0, pattern(memory, i), 0, BLOCK);
            succeed(op);
        }
        Op op = new Op();
        op.prepareRead(files.get(599), 0, memory, 0, BLOCK);
        succeed(op);
        assertPattern(memory, 599);
    }

    /**
     * A file that another thread closes gives its place in the table back, and with it its space on
     * disk.
     */
    @Test
    void placesOfFilesClosedElsewhereAreUsedAgain() throws InterruptedException {
        var memory = memory(BLOCK);
        for (int i = 0; i < 1100; i++) {
            IoFile file =
                    driver.open(temporary.resolve("f"), OpenMode.OPEN_OR_CREATE, FileRole.OTHER);
            Op op = new Op();
            op.prepareWrite(file, 0, memory, 0, BLOCK);
            succeed(op);
            assertThat(((UringFile) file).tableIndex()).isPositive();
            if (i % 20 == 0) {
                Thread.ofPlatform().start(file::close).join();
            } else {
                file.close();
            }
        }
    }

    /** An operation that enqueues itself again when it ends, some times. */
    private final class Chain extends Op {
        private final IoFile file;
        private final MemorySegment memory;
        private int left;

        Chain(IoFile file, MemorySegment memory, int times) {
            this.file = file;
            this.memory = memory;
            this.left = times;
        }

        void start() {
            left--;
            prepareRead(file, 0, memory, 0, BLOCK);
            driver.enqueue(this);
        }

        @Override
        protected void completed() {
            super.completed();
            if (left > 0) {
                start();
            }
        }
    }

    /** One system call submits the next operation and waits for it; there is no other. */
    @Test
    void oneSystemCallForEachOperation() {
        Chain chain = new Chain(written("f", 1, 0), memory(BLOCK), 100);
        long before = ((UringDriver) driver).enters();
        chain.start();
        while (driver.inFlight() > 0) {
            driver.await(-1);
            driver.poll(1);
        }
        assertThat(chain.completions).isEqualTo(100);
        // A wait may end early, for a signal: some more are no mistake.
        assertThat(((UringDriver) driver).enters() - before).isBetween(100L, 110L);
    }

    /** What waited in the backlog goes on without being asked for. */
    @Test
    void pollAloneFinishesWhatWasSubmitted() {
        IoFile file = written("f", 64, 0);
        MemorySegment memory = memory(64L * BLOCK);
        Op[] ops = new Op[64];
        for (int i = 0; i < ops.length; i++) {
            ops[i] = new Op();
            ops[i].prepareRead(file, (long) i * BLOCK, memory, (long) i * BLOCK, BLOCK);
            driver.enqueue(ops[i]);
        }
        driver.submit();
        while (driver.inFlight() > 0) {
            driver.poll(3);
        }
        for (int i = 0; i < ops.length; i++) {
            assertThat(ops[i].succeeded()).isTrue();
            assertPattern(memory.asSlice((long) i * BLOCK, BLOCK), i);
        }
    }

    @Test
    void descriptorsAreGivenBack() throws IOException {
        long before = openDescriptors();
        for (int i = 0; i < 40; i++) { // a thread may register 16 rings
            try (IoDriver other = open(options());
                    IoFile file =
                            other.open(
                                    temporary.resolve("f"),
                                    OpenMode.OPEN_OR_CREATE,
                                    FileRole.OTHER)) {
                assertThat(file.size()).isZero();
                other.wakeup();
                other.await(-1);
                assertThat(other.describe()).contains("registered files and ring");
            }
        }
        assertThat(openDescriptors()).isLessThan(before + 10);
    }

    private static long openDescriptors() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }
}
