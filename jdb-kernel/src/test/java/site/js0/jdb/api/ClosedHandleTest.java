package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static site.js0.jdb.api.KernelFixture.b;
import static site.js0.jdb.api.KernelFixture.failure;
import static site.js0.jdb.api.KernelFixture.key;
import static site.js0.jdb.api.KernelFixture.refusal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import site.js0.jdb.api.KernelFixture.Way;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;

/**
 * What a handle answers after, and during, the close of its database; and who may call from where.
 */
@Timeout(120)
class ClosedHandleTest {
    private static final String WAYS = "site.js0.jdb.api.KernelFixture#ways";

    @TempDir Path temp;

    @ParameterizedTest
    @MethodSource(WAYS)
    void everyVerbSaysSo(Way way) {
        Jdb jdb = way.open(temp.resolve("db"));
        Database d = jdb.database("d");
        Table t = d.table("t");
        t.put(b("a"), b("1"));
        t.put(b("b"), b("2"));
        Scan open = t.scan(ScanRange.all());
        assertThat(open.next()).isTrue();
        Scan closed = t.scan(ScanRange.all());
        assertThat(closed.next()).isTrue();
        closed.close();
        closed.close();
        List<ThrowingCallable> ofAScan = verbs(closed);
        for (ThrowingCallable verb : ofAScan) {
            assertThat(refusal(JdbError.Shutdown.class, verb).message())
                    .isEqualTo("the scan is closed");
        }
        failure(JdbError.Shutdown.class, closed.nextRows(1));
        jdb.close();
        jdb.close();

        List<ThrowingCallable> verbs = new ArrayList<>(verbs(open));
        Batch batch = new Batch().put(t, b("a"), b("3"));
        verbs.addAll(
                List.of(
                        () -> jdb.database("d"),
                        jdb::databaseNames,
                        () -> jdb.write(batch),
                        () -> jdb.writeSync(batch),
                        () -> jdb.write(new Batch()),
                        jdb::flush,
                        jdb::settle,
                        jdb::stats,
                        () -> d.table("t"),
                        () -> d.table("new"),
                        () -> d.existingTable(b("t")),
                        d::tableNames,
                        () -> t.put(b("a"), b("3")),
                        () -> t.putSync(b("a"), b("3")),
                        () -> t.get(b("a")),
                        () -> t.get(b("a"), new byte[1], 0),
                        () -> t.delete(b("a")),
                        () -> t.remove(b("a")),
                        () -> t.multiGet(List.of(b("a"))),
                        () -> t.multiGet(List.of()),
                        () -> t.scan(ScanRange.all())));
        for (ThrowingCallable verb : verbs) {
            assertThat(refusal(JdbError.Shutdown.class, verb).message())
                    .isEqualTo("the database is closed");
        }
        List<CompletionStage<?>> stages =
                List.of(
                        jdb.writeAsync(batch),
                        jdb.writeSyncAsync(batch),
                        jdb.flushAsync(),
                        t.putAsync(b("a"), b("3")),
                        t.putSyncAsync(b("a"), b("3")),
                        t.getAsync(b("a")),
                        t.deleteAsync(b("a")),
                        t.removeAsync(b("a")),
                        t.multiGetAsync(List.of(b("a"))),
                        open.nextRows(1));
        for (CompletionStage<?> stage : stages) {
            failure(JdbError.Shutdown.class, stage);
        }
        open.close();
        open.close();
        assertThat(jdb.path()).isEqualTo(temp.resolve("db"));
        assertThat(t.name()).isEqualTo(b("t"));
        assertThat(t.database().name()).isEqualTo(b("d"));
        try (Jdb again = way.open(temp.resolve("db"))) {
            Table reopened = again.database("d").table("t");
            assertThat(reopened.get(b("a"))).isEqualTo(b("1"));
            refusal(JdbError.Shutdown.class, () -> t.get(b("a")));
            refusal(
                    JdbError.BadArgument.class,
                    () -> again.write(new Batch().put(t, b("a"), b("3"))));
        }
    }

    private static List<ThrowingCallable> verbs(Scan scan) {
        return List.of(
                scan::next,
                scan::key,
                scan::value,
                () -> scan.key(new byte[1], 0),
                () -> scan.value(new byte[1], 0));
    }

    /** Each call works or is refused, each stage ends, and what was acknowledged is there. */
    @ParameterizedTest
    @MethodSource(WAYS)
    void closingUnderLoad(Way way) throws Exception {
        int threads = 6;
        for (int round = 0; round < 3; round++) {
            Path db = temp.resolve("db" + round);
            Jdb jdb = way.open(db);
            Table t = jdb.database("d").table("t");
            AtomicLongArray acknowledged = new AtomicLongArray(threads);
            ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
            ConcurrentLinkedQueue<CompletableFuture<?>> stages = new ConcurrentLinkedQueue<>();
            CountDownLatch busy = new CountDownLatch(threads * 50);
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int id = i;
                Thread.Builder kind = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
                callers.add(
                        kind.start(() -> {
                            try {
                                for (long n = 1; ; n++) {
                                    call(jdb, t, id, n, stages);
                                    acknowledged.set(id, n);
                                    busy.countDown();
                                }
                            } catch (JdbException e) {
                                if (!(e.error() instanceof JdbError.Shutdown)) {
                                    wrong.add(e);
                                }
                            } catch (Throwable e) {
                                wrong.add(e);
                            }
                        }));
            }
            busy.await();
            jdb.close();
            for (Thread caller : callers) {
                caller.join();
            }
            for (CompletableFuture<?> stage : stages) {
                try {
                    stage.get(60, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    assertThat(e.getCause())
                            .isInstanceOfSatisfying(
                                    JdbException.class,
                                    j ->
                                            assertThat(j.error())
                                                    .isInstanceOf(JdbError.Shutdown.class));
                }
            }
            assertThat(wrong).isEmpty();
            try (Jdb again = way.open(db)) {
                Table reopened = again.database("d").table("t");
                for (int i = 0; i < threads; i++) {
                    for (long n = 1; n <= acknowledged.get(i); n++) {
                        if (n % 5 < 2) {
                            assertThat(reopened.get(key(i * 1_000_000L + n))).isNotNull();
                        }
                    }
                }
            }
        }
    }

    private static void call(
            Jdb jdb, Table t, int id, long n, ConcurrentLinkedQueue<CompletableFuture<?>> stages) {
        byte[] key = key(id * 1_000_000L + n);
        switch ((int) (n % 5)) {
            case 0 -> t.put(key, new byte[n % 50 == 0 ? 3000 : 10]);
            case 1 ->
                    jdb.write(
                            new Batch()
                                    .put(t, key, b("batch"))
                                    .put(t, key(id), b("x"))
                                    .put(t, key(id + 100L), b("x")));
            case 2 -> {
                stages.add(t.putAsync(key, b("async")).toCompletableFuture());
                stages.add(t.getAsync(key).toCompletableFuture());
            }
            case 3 -> t.multiGet(List.of(key, key(id), key(n)));
            default -> {
                try (Scan scan = t.scan(ScanRange.all().from(key).limit(20))) {
                    while (scan.next()) {
                        assertThat(scan.key()).hasSize(8);
                    }
                }
                if (n % 25 == 4) {
                    jdb.flush();
                }
            }
        }
    }

    @Test
    void manyThreadsCloseAtOnce() throws Exception {
        Jdb jdb = Jdb.open(temp.resolve("db"), HolderChild.OPTIONS);
        jdb.database("d").table("t").put(b("a"), b("1"));
        List<Thread> closers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            closers.add(Thread.ofPlatform().start(jdb::close));
        }
        for (Thread closer : closers) {
            closer.join();
        }
        try (Jdb again = Jdb.open(temp.resolve("db"), HolderChild.OPTIONS)) {
            assertThat(again.database("d").table("t").get(b("a"))).isEqualTo(b("1"));
        }
    }

    private JdbOptions with(Executor executor) {
        return HolderChild.OPTIONS.withShards(2).withExecutor(executor);
    }

    /** A synchronous verb does not wait for the executor that its caller occupies. */
    @Test
    void everySynchronousVerbWorksOnTheOnlyThreadOfTheExecutor() throws Exception {
        try (ExecutorService single = Executors.newSingleThreadExecutor()) {
            Jdb jdb = Jdb.open(temp.resolve("db"), with(single));
            Table t = jdb.database("d").table("t");
            t.putAsync(b("a"), b("1"))
                    .thenRun(() -> {
                        t.putSync(b("b"), b("2"));
                        Batch batch = new Batch();
                        for (int i = 0; i < 20; i++) {
                            batch.put(t, key(i), b("x"));
                        }
                        jdb.write(batch);
                        jdb.writeSync(batch);
                        jdb.flush();
                        jdb.settle();
                        assertThat(jdb.stats().perShard()).hasSize(2);
                        assertThat(t.multiGet(List.of(key(1), key(30)))).hasSize(2);
                        try (Scan scan = t.scan(ScanRange.all())) {
                            assertThat(scan.next()).isTrue();
                        }
                        jdb.close();
                    })
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    /** An executor that runs things where they come up: a shard must not wait for itself. */
    @Test
    void callsFromAShardsThreadAreRefused() throws Exception {
        AtomicReference<@Nullable ThrowingCallable> onTheShard = new AtomicReference<>();
        ConcurrentLinkedQueue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        Executor inPlace =
                task -> {
                    ThrowingCallable verb = onTheShard.getAndSet(null);
                    if (verb != null) {
                        assertThat(Thread.currentThread().getName()).startsWith("jdb-shard");
                        thrown.add(catchThrowable(verb));
                    }
                    task.run();
                };
        try (Jdb jdb = Jdb.open(temp.resolve("db"), with(inPlace))) {
            Table t = jdb.database("d").table("t");
            List<ThrowingCallable> verbs =
                    List.of(
                            () -> t.get(b("a")),
                            () -> t.put(b("a"), b("2")),
                            () -> t.multiGet(List.of(b("a"))),
                            () -> t.scan(ScanRange.all()).next(),
                            () -> jdb.write(new Batch().put(t, b("a"), b("2"))),
                            jdb::flush,
                            jdb::settle,
                            jdb::stats,
                            jdb::close);
            for (ThrowingCallable verb : verbs) {
                onTheShard.set(verb);
                t.putAsync(b("a"), b("1")).toCompletableFuture().get(60, TimeUnit.SECONDS);
            }
            assertThat(thrown).hasSameSizeAs(verbs);
            for (Throwable refused : thrown) {
                refusal(
                        JdbError.Reentrant.class,
                        () -> {
                            throw refused;
                        });
            }
            assertThat(t.get(b("a"))).isEqualTo(b("1"));
        }
    }

    @Test
    void stagesEndAlsoWhenTheExecutorRefuses() throws Exception {
        ExecutorService gone = Executors.newSingleThreadExecutor();
        Executor broken =
                task -> {
                    throw new IllegalStateException("planted");
                };
        for (Executor executor : List.of(gone, broken)) {
            try (Jdb jdb = Jdb.open(temp.resolve("db"), with(executor))) {
                gone.shutdown();
                Table t = jdb.database("d").table("t");
                t.putAsync(b("a"), b("1")).toCompletableFuture().get(60, TimeUnit.SECONDS);
                jdb.flushAsync().toCompletableFuture().get(60, TimeUnit.SECONDS);
                try (Scan scan = t.scan(ScanRange.all())) {
                    assertThat(scan.nextRows(5).toCompletableFuture().get(60, TimeUnit.SECONDS))
                            .hasSize(1);
                }
            }
        }
    }
}
