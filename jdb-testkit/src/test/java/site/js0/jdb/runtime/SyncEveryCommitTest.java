package site.js0.jdb.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import site.js0.jdb.api.Batch;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Table;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.testkit.CrashMode;
import site.js0.jdb.testkit.SimDisk;

/**
 * {@link JdbOptions#withSyncEveryCommit}: no form of write loses anything to a power failure,
 * though none of them asked for a sync.
 */
class SyncEveryCommitTest {
    private static final int POWER_LOSSES = 20;

    /** All that was asked for and acknowledged. */
    private static final List<String> EXPECTED =
            List.of(
                    "async=1",
                    "batch0=1",
                    "batch1=1",
                    "batch2=1",
                    "batch3=1",
                    "batch4=1",
                    "batch5=1",
                    "batchAsync=1",
                    "kept=1");

    @Test
    void everyFormOfWriteIsDurableWhenAcknowledged() {
        List<List<String>> found = afterPowerLosses(SimKernel.options().withSyncEveryCommit(true));
        assertThat(found).hasSize(POWER_LOSSES).allMatch(EXPECTED::equals);
    }

    /** Else the test above says nothing. */
    @Test
    void withoutItAPowerLossTakesSomething() {
        assertThat(afterPowerLosses(SimKernel.options())).anyMatch(rows -> !rows.equals(EXPECTED));
    }

    /** The rows there are after each of some power losses that all struck at the same moment. */
    private static List<List<String>> afterPowerLosses(JdbOptions options) {
        SimDisk disk = SimKernel.disk();
        Jdb jdb = SimKernel.open(disk, options);
        Table table = jdb.database("d").table("t");
        // What is to go is made durable first: its deletion is what must not be lost.
        table.putSync(b("deleted"), b("1"));
        table.putSync(b("deletedAsync"), b("1"));
        table.putSync(b("removed"), b("1"));
        table.putSync(b("removedAsync"), b("1"));
        write(jdb, table);
        List<List<String>> found = new ArrayList<>();
        for (int seed = 0; seed < POWER_LOSSES; seed++) {
            found.add(rows(disk.crashClone(CrashMode.POWER_LOSS, seed)));
        }
        return found;
    }

    private static void write(Jdb jdb, Table table) {
        table.put(b("kept"), b("1"));
        Batch batch = new Batch(); // over both shards
        for (int i = 0; i < 6; i++) {
            batch.put(table, b("batch" + i), b("1"));
        }
        jdb.write(batch);
        table.delete(b("deleted"));
        assertThat(table.remove(b("removed"))).isTrue();
        // Somebody has to drive the world of one thread: stats() does, until all has been answered.
        var async = table.putAsync(b("async"), b("1")).toCompletableFuture();
        var batchAsync = jdb.writeAsync(new Batch().put(table, b("batchAsync"), b("1")));
        var deleted = table.deleteAsync(b("deletedAsync")).toCompletableFuture();
        var removed = table.removeAsync(b("removedAsync")).toCompletableFuture();
        while (!async.isDone()
                || !batchAsync.toCompletableFuture().isDone()
                || !deleted.isDone()
                || !removed.isDone()) {
            assertThat(jdb.stats().totals()).isNotEmpty();
        }
        assertThat(removed.join()).isTrue();
    }

    private static List<String> rows(SimDisk disk) {
        List<String> rows = new ArrayList<>();
        try (Jdb jdb = SimKernel.open(disk, SimKernel.options());
                Scan scan = jdb.database("d").table("t").scan(ScanRange.all())) {
            while (scan.next()) {
                rows.add(s(scan.key()) + "=" + s(scan.value()));
            }
        }
        return rows;
    }

    private static byte[] b(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String s(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
