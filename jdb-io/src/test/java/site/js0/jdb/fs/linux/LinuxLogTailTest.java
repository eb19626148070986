package site.js0.jdb.fs.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.LogTailContractTest;
import site.js0.jdb.fs.nio.NioDriver;

/** What is particular to log tails on Linux; what all promise is in the contract test. */
@EnabledOnOs(OS.LINUX)
class LinuxLogTailTest {
    private static final int BYTES = 8 << 20;
    private static final int PAGE = 4096;

    @TempDir Path temporary;

    private LinuxLogTail open(boolean mapped) {
        return LinuxLogTail.open(temporary.resolve("tail"), BYTES, LinuxFile::new, mapped);
    }

    /**
     * Bytes that this process has made dirty in the page cache so far: whole folios, as they will
     * be written.
     */
    private static long dirtiedBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/io")).stream()
                    .filter(line -> line.startsWith("write_bytes: "))
                    .mapToLong(line -> Long.parseLong(line.substring("write_bytes: ".length())))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return Assumptions.<Long>abort("no I/O accounting here: " + e);
        }
    }

    /** A small record must not drag a large folio to the device (see {@link SmallFolios}). */
    private static void assertSmallSyncs(LinuxLogTail tail) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment record = arena.allocate(128).fill((byte) 1);
            tail.file().syncData();
            for (int i = 0; i < 10; i++) {
                long before = dirtiedBytes();
                tail.store((long) i * 37 * PAGE, record, 0, 128);
                assertThat(dirtiedBytes() - before)
                        .as("bytes that a sync writes for 128")
                        .isLessThanOrEqualTo(4 * PAGE);
                tail.file().syncData();
            }
        }
    }

    @Test
    void aSmallRecordSyncsSmall() {
        try (LinuxLogTail tail = open(true)) {
            assertThat(tail.mapped()).isTrue();
            assertSmallSyncs(tail);
        }
        try (LinuxLogTail recycled = open(true)) {
            assertSmallSyncs(recycled);
        }
    }

    /**
     * A segment from before a restart lies in the page cache as replay has read it: in large
     * folios.
     */
    @Test
    void aSegmentOfAnotherProcessSyncsSmall() throws IOException {
        byte[] old = new byte[BYTES];
        new java.util.SplittableRandom(1).nextBytes(old);
        Files.write(temporary.resolve("tail"), old);
        try (FileChannel channel = FileChannel.open(temporary.resolve("tail"))) {
            assertThat(channel.size()).isEqualTo(BYTES);
        }
        try (LinuxLogTail tail = open(true);
                Arena arena = Arena.ofConfined()) {
            MemorySegment now = arena.allocate(BYTES);
            tail.load(0, now, 0, BYTES);
            assertThat(now.mismatch(MemorySegment.ofArray(old))).isEqualTo(-1);
            assertSmallSyncs(tail);
        }
    }

    @Test
    void prefaultingDirtiesTheRangeAndNoMore() {
        try (LinuxLogTail tail = open(true)) {
            tail.file().syncData();
            long before = dirtiedBytes();
            tail.prefault(10 * PAGE + 5, 16 * PAGE);
            assertThat(dirtiedBytes() - before).isBetween(16L * PAGE, 32L * PAGE);
        }
    }

    @Test
    void aFileCutUnderTheMappingIsAnErrorAndNoCrash() throws IOException {
        try (LinuxLogTail tail = open(true);
                Arena arena = Arena.ofConfined()) {
            try (RandomAccessFile file =
                    new RandomAccessFile(temporary.resolve("tail").toFile(), "rw")) {
                file.setLength(PAGE);
            }
            MemorySegment record = arena.allocate(20_000);
            assertThatThrownBy(() -> tail.store(4 * PAGE, record, 0, 20_000))
                    .isInstanceOf(IoException.class);
            assertThatThrownBy(() -> tail.load(4 * PAGE, record, 0, 20_000))
                    .isInstanceOf(IoException.class);
        }
    }

    @Test
    void aClosedTailRefuses() {
        LinuxLogTail tail = open(true);
        tail.close();
        tail.close();
        assertThatThrownBy(() -> tail.store(0, MemorySegment.ofArray(new byte[8]), 0, 8))
                .isInstanceOf(IllegalStateException.class);
        assertThat(tail.file().isOpen()).isFalse();
    }

    /** The fallback, a system call per store, keeps the contract too. */
    @org.junit.jupiter.api.Nested
    class Unmapped extends LogTailContractTest {
        @Override
        protected IoDriver open(DriverOptions options) {
            IoDriver driver = new NioDriver(options, "for a test");
            return (IoDriver)
                    Proxy.newProxyInstance(
                            IoDriver.class.getClassLoader(),
                            new Class<?>[] {IoDriver.class},
                            (proxy, method, args) -> {
                                if (method.getName().equals("openLogTail")) {
                                    return LinuxLogTail.open(
                                            (Path) args[0], (long) args[1], LinuxFile::new, false);
                                }
                                try {
                                    return method.invoke(driver, args);
                                } catch (InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            });
        }
    }
}
