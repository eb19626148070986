package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static site.js0.jdb.api.KernelFixture.b;
import static site.js0.jdb.api.KernelFixture.failure;
import static site.js0.jdb.api.KernelFixture.key;
import static site.js0.jdb.api.KernelFixture.refusal;
import static site.js0.jdb.api.KernelFixture.rows;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import site.js0.jdb.api.KernelFixture.Way;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/** Arguments out of bounds: refused with what was expected and what came; nothing has changed. */
class BoundsTest {
    private static final String WAYS = "site.js0.jdb.api.KernelFixture#ways";
    private static final byte @org.jspecify.annotations.Nullable [] NULL = null;

    @TempDir Path temp;

    private static String refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return refusal(JdbError.BadArgument.class, call).message();
    }

    private static void assertAllRefuse(
            List<Consumer<byte[]>> verbs, byte[] argument, String... says) {
        for (Consumer<byte[]> verb : verbs) {
            assertThat(refused(() -> verb.accept(argument))).contains(says);
        }
    }

    private static void assertAllFail(
            List<Function<byte[], CompletionStage<?>>> verbs, byte[] argument, String... says) {
        for (Function<byte[], CompletionStage<?>> verb : verbs) {
            assertThat(failure(JdbError.BadArgument.class, verb.apply(argument)).message())
                    .contains(says);
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    @SuppressWarnings("NullAway") // what a caller without it may do
    void keysAndValues(Way way) {
        try (Jdb jdb = way.open(temp.resolve("db"))) {
            Table t = jdb.database("d").table("t");
            t.put(b("a"), b("1"));
            byte[] value = b("v");
            List<Consumer<byte[]>> verbs =
                    List.of(
                            k -> t.put(k, value),
                            k -> t.putSync(k, value),
                            t::get,
                            k -> t.get(k, new byte[9], 0),
                            t::delete,
                            t::remove,
                            k -> t.multiGet(Arrays.asList(b("a"), k)));
            List<Function<byte[], CompletionStage<?>>> stages =
                    List.of(
                            k -> t.putAsync(k, value),
                            k -> t.putSyncAsync(k, value),
                            t::getAsync,
                            t::deleteAsync,
                            t::removeAsync,
                            k -> t.multiGetAsync(Arrays.asList(b("a"), k)));
            String expected = "key: expected 1 to 1024 bytes";
            assertAllRefuse(verbs, new byte[0], expected, "got 0 bytes");
            assertAllRefuse(verbs, new byte[1025], expected, "got 1025 bytes");
            assertAllRefuse(verbs, NULL, expected, "got null");
            assertAllFail(stages, new byte[0], expected, "got 0 bytes");
            assertAllFail(stages, new byte[1025], expected, "got 1025 bytes");
            assertAllFail(stages, NULL, expected, "got null");

            byte[] tooLarge = new byte[(64 << 20) + 1];
            List<Consumer<byte[]>> puts =
                    List.of(
                            v -> t.put(b("a"), v),
                            v -> t.putSync(b("a"), v),
                            v -> jdb.write(new Batch().put(t, b("b"), value).put(t, b("a"), v)));
            assertAllRefuse(puts, tooLarge, "value: expected 0 to 67108864", "got 67108865 bytes");
            assertAllRefuse(puts, NULL, "value: expected 0 to 67108864", "got null");
            assertThat(failure(JdbError.BadArgument.class, t.putAsync(b("a"), NULL)).message())
                    .contains("value");
            assertThat(refused(() -> t.multiGet(null))).contains("keys");
            failure(JdbError.BadArgument.class, t.multiGetAsync(null));

            assertThat(rows(t, ScanRange.all())).containsExactly("a=1");
            t.put(new byte[1024], new byte[0]);
            assertThat(t.get(new byte[1024])).isEmpty();
        }
    }

    @Test
    void theLargestValue() {
        byte[] value = new byte[64 << 20];
        value[value.length - 1] = 7;
        Path db = temp.resolve("db");
        try (Jdb jdb = Jdb.open(db, HolderChild.OPTIONS)) {
            jdb.database("d").table("t").put(b("k"), value);
        }
        try (Jdb jdb = Jdb.open(db, HolderChild.OPTIONS)) {
            byte[] found = jdb.database("d").existingTable(b("t")).get(b("k"));
            assertThat(Arrays.equals(found, value)).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    @SuppressWarnings("NullAway")
    void names(Way way) {
        try (Jdb jdb = way.open(temp.resolve("db"))) {
            Database d = jdb.database("d");
            String database = "name of a database: expected 1 to 255 bytes";
            String table = "name of a table: expected 1 to 255 bytes";
            assertThat(refused(() -> jdb.database(new byte[0]))).contains(database, "got 0");
            assertThat(refused(() -> jdb.database(new byte[256]))).contains(database, "got 256");
            assertThat(refused(() -> jdb.database(NULL))).contains(database, "null");
            assertThat(refused(() -> d.table(""))).contains(table, "got 0");
            assertThat(refused(() -> d.table(new byte[256]))).contains(table, "got 256");
            assertThat(refused(() -> d.table(NULL))).contains(table, "null");
            assertThat(refused(() -> d.existingTable(new byte[256]))).contains(table, "got 256");
            assertThat(refusal(JdbError.NotFound.class, () -> d.existingTable(b("x"))).message())
                    .contains("no table \"x\" in database \"d\"");
            assertThat(jdb.databaseNames()).isEmpty();
            byte[] longest = new byte[255];
            jdb.database(longest).table(longest).put(b("k"), b("v"));
            assertThat(jdb.databaseNames()).containsExactly(longest);
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    @SuppressWarnings("NullAway")
    void batches(Way way) {
        try (Jdb jdb = way.open(temp.resolve("db"));
                Jdb other = way.open(temp.resolve("other"))) {
            Table t = jdb.database("d").table("t");
            Table foreign = other.database("d").table("t");
            Batch mixed = new Batch().put(t, b("a"), b("1")).put(foreign, b("b"), b("2"));
            assertThat(refused(() -> jdb.write(mixed))).contains("batch", "another");
            assertThat(refused(() -> jdb.writeSync(mixed))).contains("batch");
            failure(JdbError.BadArgument.class, jdb.writeAsync(mixed));
            failure(JdbError.BadArgument.class, jdb.writeSyncAsync(mixed));
            assertThat(refused(() -> jdb.write(new Batch().put(null, b("a"), b("1")))))
                    .contains("batch");
            assertThat(refused(() -> jdb.write(null))).contains("batch");
            failure(JdbError.BadArgument.class, jdb.writeAsync(null));
            assertThat(refused(() -> jdb.write(new Batch().delete(t, new byte[0]))))
                    .contains("key");
            assertThat(refused(() -> new Batch().put(t, NULL, b("v")))).contains("key");

            Batch large = new Batch();
            for (int i = 0; i < 40_000; i++) {
                large.put(t, key(i), new byte[1000]);
            }
            assertThat(refused(() -> jdb.write(large))).contains("batch", "expected at most");
            failure(JdbError.BadArgument.class, jdb.writeAsync(large));
            assertThat(rows(t, ScanRange.all())).isEmpty();
            assertThat(rows(foreign, ScanRange.all())).isEmpty();
            jdb.write(new Batch());
            jdb.write(new Batch().put(t, b("a"), b("1")));
            assertThat(rows(t, ScanRange.all())).containsExactly("a=1");
        }
    }

    /** As large as a batch may be, in as few and as many writes as that takes. */
    @ParameterizedTest
    @MethodSource(WAYS)
    void theLargestBatchFits(Way way) {
        try (Jdb jdb = way.open(temp.resolve("db"))) {
            Table t = jdb.database("d").table("t");
            for (int valueBytes : new int[] {0, 1000}) {
                int fits = 0;
                for (int step = 1 << 15; step > 0; step /= 2) {
                    Batch batch = new Batch();
                    for (int i = 0; i < fits + step; i++) {
                        batch.put(t, key(i), new byte[valueBytes]);
                    }
                    try {
                        jdb.write(batch);
                        fits += step;
                    } catch (JdbException e) {
                        assertThat(e.error()).isInstanceOf(JdbError.BadArgument.class);
                    }
                }
                assertThat(fits).isGreaterThan(50);
            }
            t.put(b("a"), b("1"));
            assertThat(t.get(b("a"))).isEqualTo(b("1"));
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    @SuppressWarnings("NullAway")
    void scans(Way way) {
        try (Jdb jdb = way.open(temp.resolve("db"))) {
            Table t = jdb.database("d").table("t");
            t.put(b("a"), b("12345"));
            t.put(b("b"), b("2"));
            byte[] tooLong = new byte[1025];
            Arrays.fill(tooLong, (byte) 'a');
            for (ScanRange range :
                    List.of(
                            ScanRange.all().from(tooLong),
                            ScanRange.all().after(tooLong).reversed(),
                            ScanRange.all().to(tooLong),
                            ScanRange.all().through(tooLong).reversed(),
                            ScanRange.prefix(new byte[5000]))) {
                assertThat(refused(() -> t.scan(range).close()))
                        .contains("bound of a scan", "0 to 1024 bytes");
            }
            assertThat(refused(() -> t.scan(null))).contains("range");
            assertThat(refused(() -> ScanRange.all().limit(-1))).contains("limit", "-1");
            t.put(b("b"), b("2")); // shards take writes

            byte[] longest = Arrays.copyOf(tooLong, 1024);
            assertThat(rows(t, ScanRange.all().from(longest))).containsExactly("b=2");
            assertThat(rows(t, ScanRange.all().to(longest))).containsExactly("a=12345");
            assertThat(rows(t, ScanRange.all().from(new byte[0]))).hasSize(2);
            assertThat(rows(t, ScanRange.all().to(new byte[0]))).isEmpty();
            assertThat(rows(t, ScanRange.all().through(new byte[0]).reversed())).isEmpty();
            assertThat(rows(t, ScanRange.all().from(b("b")).to(b("a")))).isEmpty();
            assertThat(rows(t, ScanRange.all().from(b("b")).to(b("a")).reversed())).isEmpty();

            try (Scan scan = t.scan(ScanRange.all())) {
                assertThat(refused(scan::key)).contains("next()");
                assertThat(refused(() -> scan.value(new byte[1], 0))).contains("next()");
                failure(JdbError.BadArgument.class, scan.nextRows(0));
                failure(JdbError.BadArgument.class, scan.nextRows(-1));
                assertThat(scan.next()).isTrue();
                byte[] small = new byte[3];
                assertThat(scan.value(small, 1)).isEqualTo(5);
                assertThat(small).containsExactly(0, '1', '2');
                assertThat(scan.value(small, 3)).isEqualTo(5);
                assertThat(scan.key(new byte[0], 0)).isEqualTo(1);
                assertThatThrownBy(() -> scan.value(small, 4))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> scan.key(small, -1))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThat(scan.next()).isTrue();
                assertThat(scan.next()).isFalse();
                assertThat(scan.next()).isFalse();
                assertThat(refused(scan::value)).contains("next()");
            }
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void targetsOfGet(Way way) {
        try (Jdb jdb = way.open(temp.resolve("db"))) {
            Table t = jdb.database("d").table("t");
            for (int length : new int[] {5, 5000}) {
                byte[] value = new byte[length];
                Arrays.fill(value, (byte) 'v');
                t.put(b("a"), value);
                byte[] target = new byte[4];
                assertThat(t.get(b("a"), target, 2)).isEqualTo(length);
                assertThat(target).containsExactly(0, 0, 'v', 'v');
                assertThat(t.get(b("a"), new byte[0], 0)).isEqualTo(length);
                assertThatThrownBy(() -> t.get(b("a"), target, 5))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> t.get(b("a"), target, -1))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThat(t.get(b("a"))).isEqualTo(value);
            }
        }
    }

    @Test
    @SuppressWarnings("NullAway")
    void openingWithoutAPathOrOptions() {
        assertThat(refused(() -> Jdb.open(null).close())).contains("path");
        assertThat(refused(() -> Jdb.open(temp, null).close())).contains("options");
    }
}
