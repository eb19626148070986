package site.js0.jdb.fs.async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import site.js0.jdb.alloc.AlignedBuf;
import site.js0.jdb.alloc.RawIoBuf;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.DriverOptions.Kind;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

@Timeout(60)
class FileTest {
    private static final int BLOCK = 4096;

    @TempDir Path dir;

    private static IoLoop loop(Kind kind) {
        return IoLoop.start(DriverOptions.defaults().withKind(kind).withQueueDepth(8));
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"AUTO", "NIO"})
    void everyVerbDoesItsWork(Kind kind) {
        try (IoLoop loop = loop(kind);
                File file = File.create(loop, dir.resolve("f")).join();
                AlignedBuf buf = AlignedBuf.zeroed(2 * BLOCK)) {
            assertThat(file.path()).isEqualTo(dir.resolve("f"));
            assertThat(loop.describe()).isNotEmpty();
            file.preallocate(0, 8 * BLOCK).join();
            assertThat(file.size().join()).isEqualTo(8 * BLOCK);
            file.truncate(3 * BLOCK).join();
            assertThat(file.size().join()).isEqualTo(3 * BLOCK);
            buf.memory().fill((byte) 7);
            assertThat(file.writeAt(buf, BLOCK).join()).isSameAs(buf);
            file.syncData().thenCompose(File::syncAll).join();

            buf.memory().fill((byte) 0);
            assertThat(file.readAt(buf, 2 * BLOCK).join().length())
                    .as("up to the end")
                    .isEqualTo(BLOCK);
            assertThat(buf.memory().get(ValueLayout.JAVA_BYTE, BLOCK - 1)).isEqualTo((byte) 7);
            assertThatThrownBy(() -> file.readExactAt(buf, 2 * BLOCK).join())
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            IoException.class,
                            e -> assertThat(e.error()).isInstanceOf(IoError.ShortRead.class));
            assertThat(file.readAt(buf, 16 * BLOCK).join().length()).isZero();
            loop.directory().syncDir(dir);
        }
    }

    @Test
    void openingFailsAsTheSystemSays() throws Exception {
        Files.createFile(dir.resolve("there"));
        try (IoLoop loop = IoLoop.start()) {
            assertErrno(Errno.ENOENT, File.open(loop, dir.resolve("none")));
            assertErrno(Errno.EEXIST, File.create(loop, dir.resolve("there")));
            try (File wal = File.openWal(loop, dir.resolve("wal")).join();
                    File again = File.open(loop, dir.resolve("wal")).join();
                    AlignedBuf page = AlignedBuf.page()) {
                wal.writeAt(page, 0).join();
                assertThat(again.size().join()).isEqualTo(BLOCK);
            }
        }
    }

    private static void assertErrno(int errno, CompletableFuture<?> future) {
        assertThatThrownBy(future::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        IoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void misalignedCallFailsAndTheFileLivesOn() {
        try (IoLoop loop = IoLoop.start();
                File file = File.openRw(loop, dir.resolve("f")).join();
                AlignedBuf page = AlignedBuf.page()) {
            if (file.direct()) {
                assertThatThrownBy(() -> file.writeAt(page, 1).join())
                        .cause()
                        .isInstanceOfSatisfying(
                                IoException.class,
                                e -> assertThat(e.error()).isInstanceOf(IoError.Alignment.class));
            }
            file.writeAt(page, 0).join();
            assertThat(file.size().join()).isEqualTo(BLOCK);
        }
    }

    @Test
    void futuresCompleteOnTheExecutorThatWasGiven() {
        ConcurrentLinkedQueue<Runnable> ran = new ConcurrentLinkedQueue<>();
        ConcurrentHashMap<String, Boolean> names = new ConcurrentHashMap<>();
        try (IoLoop loop =
                        IoLoop.start(
                                DriverOptions.defaults(),
                                task -> {
                                    ran.add(task);
                                    Thread.ofVirtual().name("mine").start(task);
                                });
                File file = File.openRw(loop, dir.resolve("f")).join();
                AlignedBuf page = AlignedBuf.page()) {
            file.writeAt(page, 0)
                    .thenAccept(buf -> names.put(Thread.currentThread().getName(), true))
                    .join();
            assertThat(ran).isNotEmpty();
            assertThat(names.keySet()).allMatch(n -> n.equals("mine") || n.equals("main"));
        }
    }

    @Test
    void closingWaitsForWhatWasCalledBefore() {
        try (IoLoop loop = loop(Kind.AUTO);
                AlignedBuf arena = AlignedBuf.zeroed(64 * BLOCK)) {
            File file = File.create(loop, dir.resolve("f")).join();
            List<CompletableFuture<RawIoBuf>> writes = new ArrayList<>();
            RawIoBuf[] pages = arena.sliceIntoRaws(BLOCK);
            for (int i = 0; i < pages.length; i++) {
                writes.add(file.writeAt(pages[i], (long) i * BLOCK));
            }
            CompletableFuture<File> closed = file.closeAsync();
            CompletableFuture<Long> late = file.size();
            closed.join();
            assertThat(writes).allMatch(write -> !write.isCompletedExceptionally());
            CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
            assertThat(dir.resolve("f")).hasSize(64 * BLOCK);
            assertThatThrownBy(late::join).cause().isInstanceOf(IllegalStateException.class);
            file.close();
        }
    }

    @Test
    void closedLoopRefusesAndHasClosedItsFiles() {
        IoLoop loop = IoLoop.start();
        File file = File.openRw(loop, dir.resolve("f")).join();
        loop.close();
        loop.close();
        assertThatThrownBy(() -> file.size().join())
                .cause()
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> File.open(loop, dir.resolve("f")).join())
                .cause()
                .isInstanceOf(IllegalStateException.class);
        file.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(
                        name -> name.startsWith("jdb-io-loop-") && !name.endsWith("completions"));
    }

    /** Many virtual threads, each with blocks of its own. */
    @Test
    void manyThreadsShareALoop() throws InterruptedException {
        int threads = 40;
        int rounds = 20;
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (IoLoop loop = loop(Kind.AUTO);
                File file = File.openRw(loop, dir.resolve("f")).join()) {
            List<Thread> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                long offset = (long) t * BLOCK;
                int number = t;
                Thread thread =
                        Thread.ofVirtual()
                                .unstarted(() -> {
                                    try (AlignedBuf page = AlignedBuf.page()) {
                                        for (int i = 0; i < rounds; i++) {
                                            page.memory().fill((byte) (number + i));
                                            file.writeAt(page, offset).join();
                                            page.memory().fill((byte) 0);
                                            file.readExactAt(page, offset).join();
                                            assertThat(page.memory().get(ValueLayout.JAVA_BYTE, 99))
                                                    .isEqualTo((byte) (number + i));
                                        }
                                    }
                                });
                thread.setUncaughtExceptionHandler((x, e) -> failures.add(e));
                thread.start();
                all.add(thread);
            }
            for (Thread thread : all) {
                thread.join();
            }
            assertThat(failures).isEmpty();
        }
        assertThat(dir.resolve("f")).hasSize((long) threads * BLOCK);
    }

    @Test
    void exampleRunsAndIsTheOneInTheReadme() throws Exception {
        assertThat(FileExample.run(dir.resolve("f"))).isEqualTo("Hello, NVMe!");
        String source =
                Files.readString(Path.of("src/test/java/site/js0/jdb/fs/async/FileExample.java"));
        String example =
                source.substring(
                        source.indexOf("from here\n") + 10,
                        source.indexOf("        // README: to"));
        assertThat(squeezed(Files.readString(Path.of("README.md")))).contains(squeezed(example));
    }

    private static String squeezed(String text) {
        return String.join("\n", Stream.of(text.split("\n", -1)).map(String::strip).toList());
    }

    @Test
    void rawBufferIsWrittenInPart() {
        try (IoLoop loop = IoLoop.start();
                File file = File.openRw(loop, dir.resolve("f")).join();
                AlignedBuf buf = AlignedBuf.zeroed(4 * BLOCK)) {
            MemorySegment second = buf.memory().asSlice(BLOCK, BLOCK);
            second.fill((byte) 3);
            file.writeAt(buf.asRaw().slice(BLOCK, BLOCK), 0).join();
            assertThat(file.size().join()).isEqualTo(BLOCK);
            RawIoBuf target = buf.asRaw().sliceData(3 * BLOCK, BLOCK);
            assertThat(file.readAt(target, 0).join().length()).isEqualTo(BLOCK);
            assertThat(buf.memory().asSlice(3 * BLOCK, BLOCK).mismatch(second)).isEqualTo(-1);
        }
    }
}
