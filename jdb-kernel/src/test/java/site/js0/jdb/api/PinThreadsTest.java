package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.key;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.fs.ThreadAffinity;

/** {@link JdbOptions#withPinThreads}: shards' threads have a core each, and no other thread has. */
class PinThreadsTest {
    @TempDir private Path directory = Path.of("");

    @ParameterizedTest
    @EnumSource(
            value = JdbOptions.DriverChoice.class,
            names = {"AUTO", "NIO"})
    void shardsThreadsHaveACoreEachAndNobodyElse(JdbOptions.DriverChoice driver)
            throws IOException {
        List<Integer> all = ThreadAffinity.allowed();
        Assumptions.assumeTrue(all.size() >= 2, "two cores are needed, allowed are " + all);
        List<List<Integer>> completedOn = new CopyOnWriteArrayList<>();
        try (ExecutorService startsThreads = Executors.newCachedThreadPool();
                Jdb jdb =
                        Jdb.open(
                                directory.resolve("db"),
                                JdbOptions.defaults()
                                        .withMemory(KernelFixture.MEMORY)
                                        .withShards(2)
                                        .withVnodes(2)
                                        .withDriver(driver)
                                        .withExecutor(task ->
                                                startsThreads.execute(() -> {
                                                    completedOn.add(ThreadAffinity.allowed());
                                                    task.run();
                                                }))
                                        .withPinThreads(true))) {
            work(jdb);
            SortedMap<String, List<String>> cores = coresByThread();
            assertThat(cores.get("jdb-shard-0")).containsExactly("" + all.get(0));
            assertThat(cores.get("jdb-shard-1")).containsExactly("" + all.get(1));
            assertThat(cores.keySet()).as("the driver's helpers").anyMatch(this::isHelper);
            cores.forEach((name, of) -> {
                if (isHelper(name)) {
                    assertThat(of).as(name).doesNotContain("" + all.get(0), "" + all.get(1));
                }
            });
            assertThat(completedOn).isNotEmpty().allMatch(all::equals);
            assertThat(jdb.stats().info())
                    .containsEntry(
                            "pinned",
                            "shard 0: core " + all.get(0) + "; shard 1: core " + all.get(1));
        }
    }

    private boolean isHelper(String thread) {
        return thread.startsWith("jdb-") && !thread.startsWith("jdb-shard");
    }

    /** Enough that drivers' helpers have something to do, and asynchronous calls end. */
    private static void work(Jdb jdb) {
        Table table = jdb.database("d").table("t");
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            calls.add(table.putAsync(key(i), new byte[2000]).toCompletableFuture());
        }
        calls.forEach(CompletableFuture::join);
        jdb.settle();
    }

    /** From /proc: the names are the first 15 characters, the cores as the kernel prints them. */
    private static SortedMap<String, List<String>> coresByThread() throws IOException {
        TreeMap<String, List<String>> cores = new TreeMap<>();
        try (var tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : tasks.toList()) {
                String name = Files.readString(task.resolve("comm")).strip();
                for (String line : Files.readAllLines(task.resolve("status"))) {
                    if (line.startsWith("Cpus_allowed_list:")) {
                        cores.computeIfAbsent(name, n -> new ArrayList<>())
                                .add(line.substring(line.indexOf(':') + 1).strip());
                    }
                }
            }
        }
        return cores;
    }
}
