package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.b;

import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.alloc.Leaks;
import site.js0.jdb.comm.JdbOptions;

/**
 * {@link JdbOptions#withDebugLeaks}: scans that nobody closed are reported with who opened them.
 */
class LeakedScanTest {
    @TempDir private Path directory = Path.of("");

    private final LinkedBlockingQueue<Leaks.Leak> reports = new LinkedBlockingQueue<>();
    private final Consumer<Leaks.Leak> before = Leaks.reportTo(reports::add);

    @AfterEach
    void reportAsBefore() {
        Leaks.reportTo(before);
    }

    private Jdb open(boolean debugLeaks) {
        return Jdb.open(
                directory.resolve("db"),
                JdbOptions.defaults()
                        .withMemory(KernelFixture.MEMORY)
                        .withShards(1)
                        .withDebugLeaks(debugLeaks));
    }

    private static Table filled(Jdb jdb) {
        Table table = jdb.database("app").table("people");
        table.put(b("ada"), b("1815"));
        return table;
    }

    @Test
    void aLostScanIsReportedWhenTheCollectorMeetsIt() throws InterruptedException {
        try (Jdb jdb = open(true)) {
            lose(filled(jdb));
            Leaks.Leak leak = null;
            for (int i = 0; i < 200 && leak == null; i++) {
                System.gc();
                leak = reports.poll(100, TimeUnit.MILLISECONDS);
            }
            assertReported(leak, "lose");
        }
        assertThat(reports).as("reported again at close").isEmpty();
    }

    private static void lose(Table table) {
        assertThat(table.scan(ScanRange.all()).next()).isTrue();
    }

    @Test
    void anOpenScanIsReportedWhenTheDatabaseIsClosed() {
        Scan scan;
        try (Jdb jdb = open(true)) {
            scan = forget(filled(jdb));
            assertThat(reports).isEmpty();
        }
        assertReported(reports.poll(), "forget");
        scan.close(); // late, and no harm
        assertThat(reports).isEmpty();
    }

    private static Scan forget(Table table) {
        return table.scan(ScanRange.all());
    }

    private static void assertReported(Leaks.@Nullable Leak leak, String opener) {
        if (leak == null) {
            throw new AssertionError("nothing was reported");
        }
        assertThat(leak.what()).isEqualTo("scan of \"app\"/\"people\"");
        assertThat(leak.openedAt().getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals(opener));
    }

    @Test
    void whatIsClosedIsNotReported() {
        try (Jdb jdb = open(true);
                Scan scan = filled(jdb).scan(ScanRange.all())) {
            assertThat(scan.next()).isTrue();
        }
        assertThat(reports).isEmpty();
    }

    @Test
    void withoutTheOptionNothingIsFollowed() {
        Scan scan;
        try (Jdb jdb = open(false)) {
            scan = forget(filled(jdb));
        }
        assertThat(reports).isEmpty();
        scan.close();
    }
}
