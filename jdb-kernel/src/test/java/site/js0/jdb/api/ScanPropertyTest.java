package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.key;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import site.js0.jdb.api.KernelFixture.Way;
import site.js0.jdb.comm.JdbOptions;

/** Scans against a naive model: while memtables are merged below them, and many at a time. */
class ScanPropertyTest {
    private static final String WAYS = "site.js0.jdb.api.KernelFixture#ways";

    /** Few enough that most of them have several versions. */
    private static final int KEYS = 3000;

    @TempDir Path temp;

    /** A scan that was opened some time ago, and what it must still show. */
    private record OpenScan(Scan scan, List<String> expected, List<String> seen) {
        /** Reads on; true when it is at its end. */
        boolean read(int rows, boolean keysOnly) {
            for (int i = 0; i < rows; i++) {
                if (!scan.next()) {
                    scan.close();
                    assertThat(seen).isEqualTo(expected);
                    return true;
                }
                seen.add(row(scan.key(), keysOnly ? new byte[0] : scan.value()));
            }
            assertThat(seen).isEqualTo(expected.subList(0, seen.size()));
            return false;
        }
    }

    private static String row(byte[] key, byte[] value) {
        long version = value.length == 0 ? -1 : ByteBuffer.wrap(value).getLong();
        return ByteBuffer.wrap(key).getLong() + "=" + version + "/" + value.length;
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void scansShowTheirSnapshotHoweverMuchIsMergedMeanwhile(Way way) {
        long seed = Long.getLong("jdb.seed", System.nanoTime());
        try {
            run(way, new Random(seed));
        } catch (AssertionError e) {
            throw new AssertionError("with -Djdb.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    private void run(Way way, Random random) {
        NavigableMap<Long, byte[]> model = new TreeMap<>();
        JdbOptions tight = way.options().withMemory(8L << 20);
        try (Jdb jdb = Jdb.open(temp.resolve("db"), tight)) {
            Table table = jdb.database("d").table("t");
            // Neighbours that no scan of the table may run into.
            jdb.database("d").table("before").put(key(1), new byte[10]);
            jdb.database("d").table("after").put(key(1), new byte[10]);
            List<OpenScan> open = new ArrayList<>();
            List<Boolean> keysOnly = new ArrayList<>();
            for (int step = 0; step < 250; step++) {
                write(table, model, random, step);
                if (random.nextInt(60) == 0) {
                    jdb.settle();
                }
                ScanRange range = range(random);
                open.add(
                        new OpenScan(table.scan(range), expected(model, range), new ArrayList<>()));
                keysOnly.add(range.isKeysOnly());
                for (int i = open.size() - 1; i >= 0; i--) {
                    if (open.get(i).read(1 + random.nextInt(200), keysOnly.get(i))) {
                        open.remove(i);
                        keysOnly.remove(i);
                    }
                }
                while (open.size() > 8) {
                    open.removeFirst().scan().close(); // given up half-way
                    keysOnly.removeFirst();
                }
            }
            for (int i = 0; i < open.size(); i++) {
                assertThat(open.get(i).read(Integer.MAX_VALUE, keysOnly.get(i))).isTrue();
            }
            assertThat(jdb.stats().totals().get("tablet.merges")).isGreaterThan(0L);
        }
    }

    private static void write(
            Table table, NavigableMap<Long, byte[]> model, Random random, int step) {
        for (int i = 0; i < 300; i++) {
            long k = random.nextInt(KEYS);
            if (random.nextInt(5) == 0) {
                table.delete(key(k));
                model.remove(k);
            } else {
                int length = random.nextInt(200) == 0 ? 3000 : Long.BYTES + random.nextInt(120);
                byte[] value = new byte[length];
                ByteBuffer.wrap(value).putLong((long) step << 32 | i);
                table.put(key(k), value);
                model.put(k, value);
            }
        }
    }

    private static ScanRange range(Random random) {
        ScanRange range = ScanRange.all();
        if (random.nextBoolean()) {
            byte[] from = key(random.nextInt(KEYS));
            range = random.nextBoolean() ? range.from(from) : range.after(from);
        }
        if (random.nextBoolean()) {
            byte[] to = key(random.nextInt(KEYS));
            range = random.nextBoolean() ? range.to(to) : range.through(to);
        }
        if (random.nextBoolean()) {
            range = range.reversed();
        }
        if (random.nextInt(3) == 0) {
            range = range.limit(1 + random.nextInt(300));
        }
        if (random.nextInt(4) == 0) {
            range = range.keysOnly();
        }
        return range;
    }

    private static List<String> expected(NavigableMap<Long, byte[]> model, ScanRange range) {
        NavigableMap<Long, byte[]> part = range.isReverse() ? model.descendingMap() : model;
        List<String> rows = new ArrayList<>();
        for (Map.Entry<Long, byte[]> row : part.entrySet()) {
            byte[] key = key(row.getKey());
            if (within(key, range) && rows.size() < range.rowsMax()) {
                rows.add(row(key, range.isKeysOnly() ? new byte[0] : row.getValue()));
            }
        }
        return rows;
    }

    private static boolean within(byte[] key, ScanRange range) {
        byte @Nullable [] from = range.fromKey();
        byte @Nullable [] to = range.toKey();
        int low = from == null ? 1 : Arrays.compareUnsigned(key, from);
        int high = to == null ? -1 : Arrays.compareUnsigned(key, to);
        return (range.fromInclusive() ? low >= 0 : low > 0)
                && (range.toInclusive() ? high <= 0 : high < 0);
    }

    /** Scans are recycled: none may ever see another's rows. */
    @ParameterizedTest
    @MethodSource(WAYS)
    void scansOfManyThreadsDoNotMeet(Way way) throws InterruptedException {
        int threads = 6;
        try (Jdb jdb = way.open(temp.resolve("db"))) {
            for (int t = 0; t < threads; t++) {
                Table table = jdb.database("d").table("t" + t);
                for (int i = 0; i < 200; i++) {
                    table.put(key(i), new byte[] {(byte) t, (byte) i});
                }
            }
            CountDownLatch ended = new CountDownLatch(threads);
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            for (int t = 0; t < threads; t++) {
                int own = t;
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                scanAgainAndAgain(jdb.database("d").table("t" + own), own);
                            } catch (Throwable e) {
                                failure.compareAndSet(null, e);
                            } finally {
                                ended.countDown();
                            }
                        });
            }
            assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(failure.get()).isNull();
        }
    }

    private static void scanAgainAndAgain(Table table, int own) {
        Random random = new Random(own);
        for (int round = 0; round < 150; round++) {
            int from = random.nextInt(200);
            int limit = 1 + random.nextInt(250);
            int rows = 0;
            try (Scan scan = table.scan(ScanRange.all().from(key(from)).limit(limit))) {
                while (scan.next()) {
                    assertThat(scan.key()).isEqualTo(key(from + rows));
                    assertThat(scan.value()).containsExactly(own, from + rows);
                    rows++;
                }
            }
            assertThat(rows).isEqualTo(Math.min(limit, 200 - from));
        }
    }
}
