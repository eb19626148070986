package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.key;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.Drivers;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.OpenMode;

/**
 * The machinery is really exercised: a workload in little memory, on a database that is also
 * reopened, makes every counter move that {@link StatName} documents.
 */
class CountersTest {
    private static final int KEYS = 40_000;
    private static final int BLOBS = 40;
    private static final int THREADS = 4;

    @TempDir private Path directory = Path.of("");

    private final Set<String> names = new TreeSet<>();
    private final Set<String> moved = new TreeSet<>();

    @Test
    void everyCounterMovesOnUring() {
        try (IoDriver probe =
                Drivers.open(DriverOptions.defaults().withKind(DriverOptions.Kind.URING))) {
            assertThat(probe.name()).isEqualTo("uring");
        } catch (IoException e) {
            Assumptions.abort("no io_uring here: " + e.getMessage());
        }
        run(JdbOptions.DriverChoice.URING);
    }

    @Test
    void everyCounterMovesOnNio() {
        run(JdbOptions.DriverChoice.NIO);
    }

    private void run(JdbOptions.DriverChoice driver) {
        JdbOptions options =
                JdbOptions.defaults()
                        .withMemory(6 << 20)
                        .withShards(2)
                        .withVnodes(3)
                        .withWalSegmentBytes(64 << 10)
                        .withDriver(driver);
        Set<String> expected = keys(n -> n.kind() != StatName.Kind.TROUBLE && possible(n, driver));
        try (Jdb jdb = open(options)) {
            fill(jdb);
        }
        try (Jdb jdb = open(options)) {
            workOnFilled(jdb);
            if (info(jdb, "driver.description").contains("buffers not registered")) {
                // RLIMIT_MEMLOCK, in containers
                expected.remove(StatName.IO_REGISTERED_BUFFER_REQUESTS.key());
            }
        }
        assertThat(names).as("documented and reported").isEqualTo(keys(n -> true));
        assertThat(minus(expected, moved)).as("never moved").isEmpty();
        assertThat(minus(moved, expected)).as("moved, though nothing failed").isEmpty();
    }

    private boolean possible(StatName name, JdbOptions.DriverChoice driver) {
        return switch (name) {
            // The JDK's file channels know nothing of the kind.
            case IO_REGISTERED_FILE_REQUESTS, IO_REGISTERED_BUFFER_REQUESTS ->
                    driver == JdbOptions.DriverChoice.URING;
            // Some file systems have no direct I/O.
            case IO_DIRECT_OPENS -> directIsPossible();
            default -> true;
        };
    }

    private boolean directIsPossible() {
        try (IoDriver probe =
                        Drivers.open(DriverOptions.defaults().withKind(DriverOptions.Kind.NIO));
                IoFile file =
                        probe.open(
                                directory.resolve("probe"),
                                OpenMode.OPEN_OR_CREATE,
                                FileRole.OTHER)) {
            return file.direct();
        }
    }

    private static Set<String> keys(Predicate<StatName> which) {
        Set<String> keys = new TreeSet<>();
        for (StatName name : StatName.values()) {
            if (which.test(name)) {
                keys.add(name.key());
            }
        }
        return keys;
    }

    private static String info(Jdb jdb, String name) {
        return Objects.requireNonNull(jdb.stats().info().get(name));
    }

    private static Set<String> minus(Set<String> some, Set<String> others) {
        Set<String> left = new TreeSet<>(some);
        left.removeAll(others);
        return left;
    }

    private Jdb open(JdbOptions options) {
        return Jdb.open(directory.resolve("db"), options);
    }

    private void note(Jdb jdb) {
        jdb.stats()
                .totals()
                .forEach((name, value) -> {
                    names.add(name);
                    if (value > 0) {
                        moved.add(name);
                    }
                });
    }

    private void fill(Jdb jdb) {
        Table table = jdb.database("d").table("t");
        together(n -> {
            for (int i = n; i < KEYS; i += THREADS) {
                table.put(keyOf(i), value(i));
            }
        });
        putBlobs(jdb);
        note(jdb);
        until(
                jdb,
                StatName.WAL_SHARED_SYNCS,
                () -> all(i -> table.putSyncAsync(keyOf(i), value(i)), 40));
        until(
                jdb,
                StatName.TABLET_ROOM_WAITS,
                () -> all(i -> table.putAsync(keyOf(i), value(i)), 10_000));
        until(
                jdb,
                StatName.WAL_SEGMENTS_REMOVED,
                () -> {
                    all(i -> table.putAsync(keyOf(i), value(i)), 10_000);
                    jdb.settle();
                });
        note(jdb);
    }

    private static byte[] keyOf(int i) {
        return key(i * 0x9E3779B97F4A7C15L);
    }

    private static byte[] value(int i) {
        return new byte[100 + i % 100];
    }

    /** Asynchronous calls for the keys {@code 0 .. count - 1}, all at once. */
    private static void all(IntFunction<CompletionStage<?>> call, int count) {
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            calls.add(call.apply(i).toCompletableFuture());
        }
        calls.forEach(CompletableFuture::join);
    }

    /** What only moves when threads meet at a bad moment is tried again. */
    private static void until(Jdb jdb, StatName name, Runnable action) {
        for (int i = 0; i < 50 && jdb.stats().total(name.key()) == 0; i++) {
            action.run();
        }
    }

    private static void putBlobs(Jdb jdb) {
        Table blobs = jdb.database("d").table("blobs");
        Batch batch = new Batch();
        for (int i = 0; i < BLOBS; i++) {
            batch.put(blobs, key(i), new byte[5000 + i]);
        }
        jdb.write(batch); // over both shards
    }

    private void workOnFilled(Jdb jdb) {
        Table table = jdb.database("d").table("t");
        Table blobs = jdb.database("d").table("blobs");
        together(n -> {
            for (int i = n; i < KEYS; i += THREADS) {
                assertThat(table.get(keyOf(i))).hasSameSizeAs(value(i));
            }
        });
        for (int i = 0; i < BLOBS; i++) {
            assertThat(blobs.get(key(i))).hasSize(5000 + i);
        }
        until(jdb, StatName.PAGE_FRAME_WAITS, () -> all(i -> table.getAsync(keyOf(i)), KEYS / 4));
        until(
                jdb,
                StatName.PAGE_PREFETCHES_REFUSED,
                () -> together(n -> assertThat(rows(table)).isEqualTo(KEYS)));
        note(jdb);
        // What the value files had is overwritten, and ranges of the tree are deleted.
        putBlobs(jdb);
        together(n -> {
            for (int i = n; i < KEYS; i += THREADS) {
                if ((keyOf(i)[0] & 8) == 0) {
                    table.delete(keyOf(i));
                }
            }
        });
        note(jdb);
        jdb.settle();
        note(jdb);
    }

    private static int rows(Table table) {
        int rows = 0;
        try (Scan scan = table.scan(ScanRange.all())) {
            while (scan.next()) {
                rows++;
            }
        }
        return rows;
    }

    /** Runs {@code work} in some threads at once, and waits for all. */
    private static void together(IntConsumer work) {
        List<CompletableFuture<Void>> all =
                IntStream.range(0, THREADS)
                        .mapToObj(n ->
                                CompletableFuture.runAsync(
                                        () -> work.accept(n), task -> new Thread(task).start()))
                        .toList();
        all.forEach(CompletableFuture::join);
    }
}
