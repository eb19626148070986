package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.key;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import site.js0.jdb.comm.JdbOptions;

/**
 * Calls in steady state make no garbage: neither the caller's thread nor, when the request goes
 * through the channel, the shard's.
 */
class AllocationTest {
    private static final int KEYS = 5_000;
    private static final int CALLS = 30_000;

    /** Until the compiler is through, which may take a while on busy cores. */
    private static final int ROUNDS = 12;

    /** For a lost race for a pooled operation, and the like: less than a byte a call. */
    private static final long NOISE_BYTES = CALLS / 2;

    @TempDir private Path directory = Path.of("");

    private final byte[][] keys = new byte[KEYS][];
    private final byte[] value = new byte[16];
    private final byte[] target = new byte[200];

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void getAndPutAllocateNothing(boolean borrow) {
        JdbOptions options =
                JdbOptions.defaults().withMemory(256 << 20).withShards(1).withBorrow(borrow);
        for (int i = 0; i < KEYS; i++) {
            keys[i] = key(i);
        }
        try (Jdb jdb = Jdb.open(directory.resolve("db"), options)) {
            Table table = jdb.database("d").table("t");
            IntConsumer put = i -> table.put(keys[i % KEYS], value);
            IntConsumer get =
                    i -> {
                        if (table.get(keys[i % KEYS], target, 7) != value.length) {
                            throw new AssertionError("key " + i % KEYS);
                        }
                    };
            assertThat(allocatedBy(put)).as("put").isLessThan(NOISE_BYTES);
            assertThat(jdb.stats().total("tablet.memtableEntries")).isPositive();
            assertThat(allocatedBy(get)).as("get, from the memtable").isLessThan(NOISE_BYTES);
            jdb.settle();
            assertThat(jdb.stats().total("tablet.memtableEntries")).isZero();
            assertThat(allocatedBy(get)).as("get, from the tree").isLessThan(NOISE_BYTES);
            assertThat(jdb.stats().total("page.hits")).isPositive();
        }
    }

    private static long allocatedBy(IntConsumer call) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] ids = {Thread.currentThread().threadId(), shardsThread()};
        long fewest = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && fewest >= NOISE_BYTES; round++) {
            long before = sum(threads.getThreadAllocatedBytes(ids));
            run(call, CALLS);
            fewest = Math.min(fewest, sum(threads.getThreadAllocatedBytes(ids)) - before);
        }
        return fewest;
    }

    private static long sum(long[] bytes) {
        return bytes[0] + bytes[1];
    }

    private static long shardsThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("jdb-shard-0"))
                .findFirst()
                .orElseThrow()
                .threadId();
    }

    private static void run(IntConsumer call, int times) {
        for (int i = 0; i < times; i++) {
            call.accept(i);
        }
    }
}
