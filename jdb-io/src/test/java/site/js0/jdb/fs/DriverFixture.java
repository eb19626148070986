package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the contract tests of {@link IoDriver} stand on: one driver, one place for files, a few
 * verbs. A driver's own tests extend the {@code ...ContractTest} classes beside this one and say
 * how to open it.
 */
@Timeout(60)
public abstract class DriverFixture {
    /** Block of all tests; a multiple of what any device asks for. */
    protected static final int BLOCK = 4096;

    @TempDir protected Path temporary;

    protected final Arena arena = Arena.ofShared();
    protected IoDriver driver;
    private final List<AutoCloseable> opened = new ArrayList<>();

    /** Opens the driver under test. */
    protected abstract IoDriver open(DriverOptions options);

    /** Where the files go; a simulated world has a place of its own. */
    protected Path root() {
        return temporary;
    }

    /** False for a driver that is not meant to be free of allocation. */
    protected boolean allocationFree() {
        return true;
    }

    /** The options of most tests: a ring so small that it overflows often. */
    protected DriverOptions options() {
        return DriverOptions.defaults().withQueueDepth(8).withThreadName("contract");
    }

    @BeforeEach
    void openDriver() {
        driver = open(options());
    }

    @AfterEach
    void closeDriver() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        driver.close();
        arena.close();
    }

    /** An operation that counts how often it ended. */
    public static class Op extends IoOp {
        /** Times that {@link #completed()} ran. */
        public int completions;

        @Override
        protected void completed() {
            completions++;
        }
    }

    /** To be closed after the test. */
    protected <T extends AutoCloseable> T closing(T resource) {
        opened.add(resource);
        return resource;
    }

    protected IoFile create(String name) {
        return closing(driver.open(root().resolve(name), OpenMode.CREATE, FileRole.OTHER));
    }

    /**
     * A direct file that really holds {@code blocks} blocks; block {@code i} is {@link #pattern} of
     * {@code seed + i}.
     */
    protected IoFile written(String name, int blocks, int seed) {
        IoFile file = create(name);
        MemorySegment bytes = memory((long) blocks * BLOCK);
        for (int i = 0; i < blocks; i++) {
            pattern(bytes.asSlice((long) i * BLOCK, BLOCK), seed + i);
        }
        Op op = new Op();
        op.prepareWrite(file, 0, bytes, 0, blocks * BLOCK);
        succeed(op);
        return file;
    }

    protected MemorySegment memory(long bytes) {
        return arena.allocate(bytes, BLOCK);
    }

    /**
     * Fills with bytes that tell {@code seed} from its neighbours and each offset from the others.
     */
    protected static MemorySegment pattern(MemorySegment bytes, int seed) {
        for (long i = 0; i < bytes.byteSize(); i++) {
            bytes.set(
                    java.lang.foreign.ValueLayout.JAVA_BYTE, i, (byte) (seed * 31L + i + (i >> 8)));
        }
        return bytes;
    }

    /** Checks that {@code bytes} are the {@link #pattern} of {@code seed}. */
    protected void assertPattern(MemorySegment bytes, int seed) {
        MemorySegment expected = pattern(memory(bytes.byteSize()), seed);
        assertThat(bytes.mismatch(expected))
                .as("first wrong byte of block with seed %d", seed)
                .isEqualTo(-1);
    }

    /** Runs one operation to its end. */
    protected <T extends Op> T run(T op) {
        int before = op.completions;
        driver.enqueue(op);
        drive(() -> op.completions == before);
        assertThat(op.completions).isEqualTo(before + 1);
        return op;
    }

    /** Runs one operation, which must succeed. */
    protected <T extends Op> T succeed(T op) {
        run(op);
        if (!op.succeeded()) {
            throw op.failure();
        }
        return op;
    }

    /** Drives the driver as a shard does, while {@code unfinished}. */
    protected void drive(java.util.function.BooleanSupplier unfinished) {
        while (unfinished.getAsBoolean()) {
            driver.submit();
            if (driver.poll(64) == 0 && unfinished.getAsBoolean()) {
                driver.await(1_000_000_000);
            }
            assertThat(Thread.interrupted())
                    .as("timed out with %d in flight", driver.inFlight())
                    .isFalse();
        }
    }

    /** Drives until nothing is in flight. */
    protected void drainAll() {
        drive(() -> driver.inFlight() > 0);
    }
}
