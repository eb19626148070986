package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static site.js0.jdb.api.KernelFixture.b;
import static site.js0.jdb.api.KernelFixture.key;
import static site.js0.jdb.api.KernelFixture.rows;
import static site.js0.jdb.api.KernelFixture.s;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import site.js0.jdb.api.KernelFixture.Way;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/** What a user may rely on, each on both drivers, with and without borrowing. */
class KernelTest {
    private static final String WAYS = "site.js0.jdb.api.KernelFixture#ways";

    @TempDir Path temp;

    private Path db() {
        return temp.resolve("db");
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void whatWasPutIsReadAlsoAfterReopening(Way way) {
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            t.put(b("a"), b("1"));
            t.put(b("empty"), b(""));
            t.putSync(b("b"), b("2"));
            t.put(b("a"), b("3"));
            assertThat(s(Objects.requireNonNull(t.get(b("a"))))).isEqualTo("3");
            assertThat(t.get(b("empty"))).isEmpty();
            assertThat(t.get(b("c"))).isNull();
        }
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").existingTable(b("t"));
            assertThat(s(Objects.requireNonNull(t.get(b("a"))))).isEqualTo("3");
            assertThat(s(Objects.requireNonNull(t.get(b("b"))))).isEqualTo("2");
            assertThat(t.get(b("empty"))).isEmpty();
            assertThat(t.get(b("c"))).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void removeSaysWhetherTheKeyWasThere(Way way) {
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            t.put(b("a"), b("1"));
            assertThat(t.remove(b("a"))).isTrue();
            assertThat(t.remove(b("a"))).isFalse();
            t.put(b("a"), b("2"));
            t.delete(b("a"));
            assertThat(t.get(b("a"))).isNull();
            jdb.settle();
            assertThat(t.remove(b("a"))).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void getIntoTheCallersArraySaysTheFullLength(Way way) {
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            t.put(b("a"), b("12345"));
            byte[] target = new byte[8];
            assertThat(t.get(b("a"), target, 2)).isEqualTo(5);
            assertThat(s(Arrays.copyOfRange(target, 2, 7))).isEqualTo("12345");
            assertThat(t.get(b("a"), new byte[3], 1)).isEqualTo(5);
            assertThat(t.get(b("x"), target, 0)).isEqualTo(-1);
            assertThatThrownBy(() -> t.get(b("a"), target, 9))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void scansGoBothWaysWithinTheirBounds(Way way) {
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            Table other = jdb.database("d").table("u");
            for (String k : List.of("a", "b", "ba", "bb", "c", "d")) {
                t.put(b(k), b(k + k));
                other.put(b(k), b("other"));
            }
            for (boolean settled : new boolean[] {false, true}) {
                if (settled) {
                    jdb.settle();
                }
                assertThat(rows(t, ScanRange.all()))
                        .containsExactly("a=aa", "b=bb", "ba=baba", "bb=bbbb", "c=cc", "d=dd");
                assertThat(rows(t, ScanRange.all().reversed()))
                        .containsExactly("d=dd", "c=cc", "bb=bbbb", "ba=baba", "b=bb", "a=aa");
                assertThat(rows(t, ScanRange.prefix(b("b"))))
                        .containsExactly("b=bb", "ba=baba", "bb=bbbb");
                assertThat(rows(t, ScanRange.prefix(b("b")).reversed().limit(2)))
                        .containsExactly("bb=bbbb", "ba=baba");
                assertThat(rows(t, ScanRange.all().after(b("b")).through(b("c"))))
                        .containsExactly("ba=baba", "bb=bbbb", "c=cc");
                assertThat(rows(t, ScanRange.all().from(b("b")).to(b("c")).reversed()))
                        .containsExactly("bb=bbbb", "ba=baba", "b=bb");
                assertThat(rows(t, ScanRange.all().after(b("d")))).isEmpty();
                assertThat(rows(t, ScanRange.all().limit(0))).isEmpty();
                assertThat(rows(t, ScanRange.all().keysOnly().limit(2)))
                        .containsExactly("a=", "b=");
            }
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void aScanShowsTheStateAtItsOpening(Way way) {
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            int n = 5000;
            for (int i = 0; i < n; i++) {
                t.put(key(i), key(i));
            }
            try (Scan scan = t.scan(ScanRange.all());
                    Scan back = t.scan(ScanRange.all().reversed())) {
                for (int i = 0; i < n; i++) {
                    if (i % 3 == 0) {
                        t.delete(key(i));
                    } else {
                        t.put(key(i), b("new"));
                    }
                }
                t.put(key(n), b("later"));
                jdb.settle();
                for (int i = 0; i < n; i++) {
                    assertThat(scan.next()).isTrue();
                    assertThat(scan.key()).isEqualTo(key(i));
                    assertThat(scan.value()).isEqualTo(key(i));
                    assertThat(back.next()).isTrue();
                    assertThat(back.key()).isEqualTo(key(n - 1 - i));
                    assertThat(back.value()).isEqualTo(key(n - 1 - i));
                }
                assertThat(scan.next()).isFalse();
                assertThat(back.next()).isFalse();
            }
            assertThat(t.get(key(1))).isEqualTo(b("new"));
            assertThat(t.get(key(3))).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void aBatchTakesPlaceAsAWholeOverTablesAndShards(Way way) {
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            Table u = jdb.database("e").table("u");
            t.put(key(7), b("old"));
            Batch batch = new Batch();
            for (int i = 0; i < 100; i++) {
                batch.put(t, key(i), b("t" + i)).put(u, key(i), b("u" + i));
            }
            batch.delete(t, key(7));
            jdb.write(batch);
            assertThat(t.get(key(7))).isNull();
            assertThat(t.get(key(8))).isEqualTo(b("t8"));
            jdb.writeSync(
                    new Batch()
                            .put(t, key(1), b("x"))
                            .put(t, key(2), b("y"))
                            .put(u, key(3), b("z")));
            if (jdb.stats().perShard().size() == 2) {
                assertThat(jdb.stats().total("tablet.crossShardCommits")).isGreaterThanOrEqualTo(2);
            }
        }
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            Table u = jdb.database("e").table("u");
            assertThat(t.get(key(1))).isEqualTo(b("x"));
            assertThat(u.get(key(3))).isEqualTo(b("z"));
            for (int i = 4; i < 100; i++) {
                assertThat(u.get(key(i))).isEqualTo(b("u" + i));
                assertThat(t.get(key(i))).isEqualTo(i == 7 ? null : b("t" + i));
            }
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void asynchronousCallsCompleteOnTheNamedExecutor(Way way) throws Exception {
        AtomicReference<Thread> completedOn = new AtomicReference<>();
        try (var executor =
                        java.util.concurrent.Executors.newSingleThreadExecutor(
                                r -> new Thread(r, "mine"));
                Jdb jdb = Jdb.open(db(), way.options().withExecutor(executor))) {
            Table t = jdb.database("d").table("t");
            List<CompletableFuture<?>> all = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                all.add(t.putAsync(key(i), key(i * 2L)).toCompletableFuture());
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                    .get(30, TimeUnit.SECONDS);
            byte[] v =
                    t.getAsync(key(99))
                            .thenApply(got -> {
                                completedOn.set(Thread.currentThread());
                                return got;
                            })
                            .toCompletableFuture()
                            .get(30, TimeUnit.SECONDS);
            assertThat(v).isEqualTo(key(198));
            assertThat(t.removeAsync(key(99)).toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(
                            t.multiGetAsync(List.of(key(1), key(99)))
                                    .toCompletableFuture()
                                    .get(30, TimeUnit.SECONDS))
                    .containsExactly(key(2), null);
            t.putSyncAsync(key(5), b("five")).toCompletableFuture().get(30, TimeUnit.SECONDS);
            jdb.writeAsync(new Batch().put(t, key(6), b("six")).put(t, key(7), b("seven")))
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);
            assertThat(t.multiGet(List.of(key(5), key(6), key(7), key(5000))))
                    .containsExactly(b("five"), b("six"), b("seven"), null);
            try (Scan scan = t.scan(ScanRange.all().limit(700))) {
                int seen = 0;
                List<Scan.Row> rows;
                do {
                    rows = scan.nextRows(300).toCompletableFuture().get(30, TimeUnit.SECONDS);
                    seen += rows.size();
                } while (!rows.isEmpty());
                assertThat(seen).isEqualTo(700);
            }
            jdb.flushAsync().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
        assertThat(Objects.requireNonNull(completedOn.get()).getName())
                .isIn("mine", Thread.currentThread().getName());
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void manyThreadsWriteAndReadTheirOwn(Way way) throws Exception {
        int threads = 6;
        int each = 4000;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            CountDownLatch done = new CountDownLatch(threads);
            for (int w = 0; w < threads; w++) {
                int writer = w;
                Runnable work =
                        () -> {
                            try {
                                for (int i = 0; i < each; i++) {
                                    byte[] k = key((long) writer << 32 | i);
                                    t.put(k, b(writer + ":" + i));
                                    if (i % 7 == 0) {
                                        assertThat(t.get(k)).isEqualTo(b(writer + ":" + i));
                                    }
                                    if (i % 501 == 0) {
                                        t.putSync(k, b(writer + ":" + i));
                                    }
                                }
                            } catch (Throwable e) {
                                failure.compareAndSet(null, e);
                            } finally {
                                done.countDown();
                            }
                        };
                if (w % 2 == 0) {
                    Thread.ofPlatform().start(work);
                } else {
                    Thread.ofVirtual().start(work);
                }
            }
            assertThat(done.await(120, TimeUnit.SECONDS)).isTrue();
            assertThat(failure.get()).isNull();
            long count = 0;
            try (Scan scan = t.scan(ScanRange.all().keysOnly())) {
                while (scan.next()) {
                    count++;
                }
            }
            assertThat(count).isEqualTo((long) threads * each);
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void namesAreArbitraryBytes(Way way) {
        byte[] odd = {0, ':', (byte) 0xFF, '/'};
        byte[] alike = {0, ':', (byte) 0xFF};
        try (Jdb jdb = way.open(db())) {
            jdb.database(odd).table(alike).put(b("k"), b("1"));
            jdb.database(alike).table(odd).put(b("k"), b("2"));
        }
        try (Jdb jdb = way.open(db())) {
            assertThat(jdb.databaseNames()).containsExactly(alike, odd);
            assertThat(jdb.database(odd).tableNames()).containsExactly(alike);
            assertThat(jdb.database(odd).existingTable(alike).get(b("k"))).isEqualTo(b("1"));
            assertThat(jdb.database(alike).existingTable(odd).get(b("k"))).isEqualTo(b("2"));
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void wrongArgumentsAreRefusedAndChangeNothing(Way way) {
        Table stale;
        Scan open;
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            stale = t;
            assertRefused(() -> t.put(new byte[0], b("v")), JdbError.BadArgument.class);
            assertRefused(() -> t.put(new byte[1025], b("v")), JdbError.BadArgument.class);
            assertRefused(() -> t.get(new byte[0]), JdbError.BadArgument.class);
            assertRefused(() -> jdb.database("d").table(new byte[256]), JdbError.BadArgument.class);
            assertRefused(
                    () -> jdb.database("d").existingTable(b("none")), JdbError.NotFound.class);
            assertRefused(
                    () ->
                            jdb.write(
                                    new Batch()
                                            .put(t, b("ok"), b("v"))
                                            .put(t, new byte[0], b("v"))),
                    JdbError.BadArgument.class);
            assertThat(t.get(b("ok"))).isNull();
            t.put(new byte[1024], new byte[0]);
            assertThat(t.get(new byte[1024])).isEmpty();
            open = t.scan(ScanRange.all());
            assertThat(open.next()).isTrue();
        }
        assertRefused(() -> stale.put(b("k"), b("v")), JdbError.Shutdown.class);
        assertRefused(() -> stale.get(b("k")), JdbError.Shutdown.class);
        assertRefused(open::next, JdbError.Shutdown.class);
        open.close();
        open.close();
    }

    private static void assertRefused(Runnable call, Class<? extends JdbError> error) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        JdbException.class, e -> assertThat(e.error()).isInstanceOf(error));
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void theNumberOfShardsMayChangeAtReopening(Way way) {
        int n = 3000;
        for (int shards : new int[] {1, 3, 2}) {
            try (Jdb jdb = Jdb.open(db(), way.options().withShards(shards))) {
                Table t = jdb.database("d").table("t");
                for (int i = 0; i < n; i++) {
                    byte[] before = t.get(key(i));
                    assertThat(before)
                            .isEqualTo(shards == 1 ? null : key(i + (shards == 3 ? 1L : 3L)));
                    t.put(key(i), key(i + (long) shards));
                }
                assertThat(jdb.stats().perShard()).hasSize(shards);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void largeValuesGoThroughTheValueLog(Way way) {
        int[] sizes = {1023, 1024, 1025, 4096, 5000, 70_000, 1 << 20, 3_000_001};
        try (Jdb jdb = way.open(db())) {
            Table t = jdb.database("d").table("t");
            for (int i = 0; i < sizes.length; i++) {
                t.put(key(i), pattern(i, sizes[i]));
            }
            t.put(key(100), pattern(1, 50_000));
            t.put(key(100), b("small now"));
            t.put(key(101), b("large soon"));
            jdb.write(
                    new Batch()
                            .put(t, key(101), pattern(7, 9999))
                            .put(t, key(102), b("x"))
                            .put(t, key(103), pattern(8, 2000)));
            checkLarge(t, sizes);
            jdb.settle();
            checkLarge(t, sizes);
            assertThat(jdb.stats().total("vlog.blobsWritten")).isGreaterThanOrEqualTo(sizes.length);
            assertRefused(
                    () -> t.put(b("k"), new byte[(64 << 20) + 1]), JdbError.BadArgument.class);
        }
        try (Jdb jdb = way.open(db())) {
            checkLarge(jdb.database("d").table("t"), sizes);
        }
    }

    private static void checkLarge(Table t, int[] sizes) {
        for (int i = 0; i < sizes.length; i++) {
            assertThat(t.get(key(i))).isEqualTo(pattern(i, sizes[i]));
        }
        assertThat(t.get(key(100))).isEqualTo(b("small now"));
        assertThat(t.get(key(101))).isEqualTo(pattern(7, 9999));
        assertThat(t.get(key(103))).isEqualTo(pattern(8, 2000));
        int row = 0;
        try (Scan scan = t.scan(ScanRange.all().to(key(100)))) {
            while (scan.next()) {
                assertThat(scan.value()).isEqualTo(pattern(row, sizes[row]));
                row++;
            }
        }
        assertThat(row).isEqualTo(sizes.length);
        try (Scan scan = t.scan(ScanRange.all().to(key(100)).reversed())) {
            while (scan.next()) {
                row--;
                assertThat(scan.value()).isEqualTo(pattern(row, sizes[row]));
            }
        }
        assertThat(row).isZero();
    }

    private static byte[] pattern(int seed, int length) {
        byte[] bytes = new byte[length];
        new java.util.SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }
}
