package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.b;
import static site.js0.jdb.api.KernelFixture.key;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import site.js0.jdb.api.KernelFixture.Way;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * A call of an interrupted thread works or says that it was interrupted; the thread's status stays
 * set; and nobody else's file is closed by it.
 */
@Timeout(120)
class InterruptTest {
    private static final String WAYS = "site.js0.jdb.api.KernelFixture#ways";

    @TempDir Path temp;

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    /** True when the call worked. */
    private static boolean interrupted(Runnable call) {
        Thread.currentThread().interrupt();
        try {
            call.run();
            return true;
        } catch (JdbException e) {
            assertThat(e.error()).isInstanceOf(JdbError.Interrupted.class);
            assertThat(e.getMessage()).contains("interrupted");
            return false;
        } finally {
            assertThat(Thread.interrupted()).as("still set").isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource(WAYS)
    void beforeEachVerb(Way way) {
        Path db = temp.resolve("db");
        Thread.currentThread().interrupt();
        Jdb jdb = way.open(db);
        assertThat(Thread.interrupted()).isTrue();
        Table[] table = new Table[1];
        assertThat(interrupted(() -> table[0] = jdb.database("d").table("t")))
                .as("a table is made, or not, before anyone goes on")
                .isTrue();
        Table t = table[0];
        for (int i = 0; i < 2000; i++) {
            t.put(key(i), new byte[200]);
        }
        jdb.settle();
        byte[] big = new byte[100_000];
        for (int i = 0; i < 20; i++) {
            int n = i;
            // A key of its own: what is given up may take place later.
            if (interrupted(() -> t.put(key(n + 10_000L), b("put")))) {
                assertThat(t.get(key(n + 10_000L))).isEqualTo(b("put"));
            }
            interrupted(() -> t.get(key(n + 1000L)));
            interrupted(() -> t.putSync(key(n), b("sync")));
            interrupted(() -> t.put(key(n), big));
            interrupted(() -> t.get(key(n)));
            interrupted(() -> t.remove(key(n + 500L)));
            interrupted(() -> t.multiGet(List.of(key(n), key(n + 1L), key(n + 2L))));
            interrupted(() -> {
                try (Scan scan = t.scan(ScanRange.all())) {
                    while (scan.next()) {
                        assertThat(scan.key()).hasSize(8);
                    }
                }
            });
            interrupted(() ->
                    jdb.write(
                            new Batch()
                                    .put(t, key(n), b("batch"))
                                    .put(t, key(n + 1L), b("batch"))
                                    .put(t, key(n + 2L), b("batch"))));
            interrupted(jdb::flush);
            interrupted(jdb::settle);
            interrupted(jdb::stats);
        }
        for (int i = 100; i < 200; i++) {
            assertThat(t.get(key(i))).hasSize(200);
        }
        t.putSync(b("last"), b("1"));
        jdb.settle();
        Thread.currentThread().interrupt();
        jdb.close();
        assertThat(Thread.interrupted()).isTrue();
        try (Jdb again = way.open(db)) {
            assertThat(again.database("d").table("t").get(b("last"))).isEqualTo(b("1"));
        }
    }

    /** Interrupts at any moment; what was acknowledged is there, and nobody waits for ever. */
    @ParameterizedTest
    @MethodSource(WAYS)
    void duringCalls(Way way) throws Exception {
        Path db = temp.resolve("db");
        int writers = 3;
        AtomicLong[] acknowledged = new AtomicLong[writers];
        try (Jdb jdb = way.open(db)) {
            Table t = jdb.database("d").table("t");
            AtomicBoolean stop = new AtomicBoolean();
            ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
            List<Thread> threads = new ArrayList<>();
            for (int w = 0; w < writers; w++) {
                int id = w;
                acknowledged[w] = new AtomicLong();
                threads.add(
                        (w == 0 ? Thread.ofVirtual() : Thread.ofPlatform())
                                .start(() -> {
                                    try {
                                        write(t, id, acknowledged[id], stop);
                                    } catch (Throwable e) {
                                        wrong.add(e);
                                    }
                                }));
            }
            for (int i = 0; i < 300 && wrong.isEmpty(); i++) {
                threads.get(i % writers).interrupt();
                // Reads of our own: neither harmed nor held up by the others' interrupts.
                assertThat(t.get(key(-1L - i))).isNull();
                Thread.yield();
            }
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(wrong).isEmpty();
            jdb.flush();
            check(t, acknowledged);
        }
        try (Jdb again = way.open(db)) {
            check(again.database("d").table("t"), acknowledged);
        }
    }

    private static void write(Table t, int id, AtomicLong acknowledged, AtomicBoolean stop) {
        long n = 0;
        while (!stop.get()) {
            try {
                long next = n + 1;
                byte[] value = new byte[next % 10 == 0 ? 5000 : 50];
                if (next % 20 == 0) {
                    t.putSync(key(id * 1_000_000L + next), value);
                } else {
                    t.put(key(id * 1_000_000L + next), value);
                }
                n = next;
                acknowledged.set(n);
                assertThat(t.get(key(id * 1_000_000L + n))).hasSameSizeAs(value);
            } catch (JdbException e) {
                assertThat(e.error()).isInstanceOf(JdbError.Interrupted.class);
                assertThat(Thread.interrupted()).as("status kept").isTrue();
            }
        }
    }

    private static void check(Table t, AtomicLong[] acknowledged) {
        for (int w = 0; w < acknowledged.length; w++) {
            assertThat(acknowledged[w].get()).isPositive();
            for (long n = 1; n <= acknowledged[w].get(); n++) {
                assertThat(t.get(key(w * 1_000_000L + n))).hasSize(n % 10 == 0 ? 5000 : 50);
            }
        }
    }
}
