package site.js0.jdb.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.Drivers;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.page.PageFile;
import site.js0.jdb.page.PageFileOptions;
import site.js0.jdb.page.PageSpace;

/** Finding a resident page, in random order: by the hint its parent has, or by the page table. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class PageFetchBenchmark {
    private static final int BATCH = 4096;

    /** Pages that are resident: a few in the processor's caches, or far more than those hold. */
    @Param({"256", "32768"})
    public int pages = 256;

    private final Arena arena = Arena.ofShared();
    private final Waiter waiter =
            new Waiter() {
                @Override
                public void resume() {}
            };
    private final long[] pageNo = new long[BATCH];
    private final int[] crc = new int[BATCH];
    private final int[] hint = new int[BATCH];
    private Path directory = Path.of("");
    private @Nullable PageSpace space;
    private final IoDriver driver = Drivers.open(DriverOptions.defaults());

    @Setup
    public void fill() {
        try {
            directory = Files.createTempDirectory(Path.of("."), "page-bench");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long bytes = 2L * pages * PageHeader.PAGE_BYTES;
        MemorySegment memory = arena.allocate(bytes, PageHeader.PAGE_BYTES);
        BufferPool pool = new BufferPool(memory, driver, Hold.ALWAYS, 0);
        PageFile file =
                PageFile.create(
                        pool,
                        directory,
                        new UUID(0, 1),
                        0,
                        new PageFileOptions(pages + 512, pages + 512, 8));
        long[] sealed = new long[pages];
        int[] frames = new int[pages];
        for (int i = 0; i < pages; i++) {
            int frame = file.create(waiter);
            while (frame < 0) {
                pool.writeOut();
                pool.service();
                driver.await(-1);
                driver.poll(64);
                frame = file.create(waiter);
            }
            PageHeader.init(
                    memory, (long) frame * PageHeader.PAGE_BYTES, PageHeader.TYPE_LEAF, 0, 0, 1, 0);
            sealed[i] = file.seal(frame);
            frames[i] = frame;
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < BATCH; i++) {
            int page = random.nextInt(pages);
            pageNo[i] = sealed[page];
            hint[i] = frames[page];
            crc[i] = file.crc(frames[page]);
        }
        space = file;
    }

    @TearDown
    public void remove() throws IOException {
        driver.close();
        arena.close();
        Files.deleteIfExists(directory.resolve(PageFile.PAGES));
        Files.deleteIfExists(directory.resolve(PageFile.SUPER));
        Files.delete(directory);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int byHint() {
        PageSpace space = Objects.requireNonNull(this.space);
        int sum = 0;
        for (int i = 0; i < BATCH; i++) {
            sum += space.fetch(pageNo[i], crc[i], hint[i], waiter);
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int byTable() {
        PageSpace space = Objects.requireNonNull(this.space);
        int sum = 0;
        for (int i = 0; i < BATCH; i++) {
            sum += space.fetch(pageNo[i], crc[i], PageSpace.NONE, waiter);
        }
        return sum;
    }
}
