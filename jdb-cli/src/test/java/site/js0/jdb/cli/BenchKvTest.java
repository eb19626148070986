package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Table;
import site.js0.jdb.comm.JdbOptions;

/** {@code jetdb bench kv}: its lines, its checks. Never how fast. */
class BenchKvTest {
    private static final String[] FIELDS = {
        "workload",
        "ops",
        "seconds",
        "opsPerSecond",
        "p50Micros",
        "p99Micros",
        "p999Micros",
        "maxMicros",
        "settleSeconds",
        "userBytes",
        "writtenBytes",
        "diskBytes",
        "peakRssBytes",
        "errors"
    };

    @TempDir private Path dir;

    private final MemJdb.Disk disk = new MemJdb.Disk();

    private Cli cli() {
        return new Cli(disk, dir.resolve("unused"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void everyWorkloadGivesALineAndFindsNoErrors(int threads) {
        List<String> workloads =
                List.of(
                        "fillseq",
                        "readseq",
                        "fillsync",
                        "fillrandom",
                        "overwrite",
                        "readrandom",
                        "readmissing",
                        "readseq",
                        "seekrandom",
                        "readwhilewriting");
        String out =
                cli().ok(
                                "bench",
                                "kv",
                                "--json",
                                "--n",
                                "5000",
                                "--threads",
                                "" + threads,
                                "--warm",
                                "--intervals",
                                "4",
                                "--dir",
                                dir.resolve("b").toString(),
                                "--workload",
                                String.join(",", workloads));
        List<String> lines = out.lines().toList();
        assertThat(lines).hasSize(workloads.size());
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            JsonText.assertObject(line, FIELDS);
            assertThat(JsonText.field(line, "workload")).isEqualTo(workloads.get(i));
            assertThat(JsonText.field(line, "errors")).as(line).isEqualTo("0");
            int ops =
                    switch (workloads.get(i)) {
                        case "fillsync" -> 5;
                        case "seekrandom" -> 500;
                        case "readseq" -> 5000 * threads;
                        default -> 5000;
                    };
            assertThat(JsonText.field(line, "ops")).as(line).isEqualTo("" + ops);
        }
        assertThat(JsonText.field(lines.get(3), "userBytes")).isEqualTo("" + 5000 * 116);
        assertThat(JsonText.field(lines.get(9), "backgroundWrites")).isNotEqualTo("0");
    }

    @Test
    void aStoreThatLiesIsFoundOut() {
        Cli cli =
                new Cli(
                        (path, options) -> {
                            Jdb jdb = disk.open(path, options);
                            Table table = jdb.database("bench").table("kv");
                            // The second opening, before the reads: damage one value, lose one key.
                            try (var scan = table.scan(ScanRange.all())) {
                                if (scan.next()) {
                                    byte[] value = scan.value();
                                    value[50] ^= 1;
                                    table.put(scan.key(), value);
                                    scan.next();
                                    table.delete(scan.key());
                                }
                            }
                            return jdb;
                        },
                        dir);
        assertThat(
                        cli.run(
                                "bench",
                                "kv",
                                "--json",
                                "--n",
                                "100",
                                "--dir",
                                dir.resolve("b").toString(),
                                "-w",
                                "fillrandom,readrandom,readseq,seekrandom"))
                .isEqualTo(ExitCode.WRONG_ANSWERS);
        List<String> lines = cli.out().lines().toList();
        assertThat(JsonText.field(lines.get(1), "errors")).isNotEqualTo("0");
        assertThat(JsonText.field(lines.get(2), "errors")).isEqualTo("2");
        assertThat(JsonText.field(lines.get(2), "firstError")).contains("wrong value");
        assertThat(cli.err).contains("first error");
    }

    @Test
    void aTemporaryStoreLeavesNothing() throws IOException {
        String out =
                cli().ok(
                                "bench",
                                "kv",
                                "--n",
                                "1k",
                                "-w",
                                "fillrandom,readrandom",
                                "--no-borrow",
                                "--sync");
        assertThat(out).contains("workload").contains("fillrandom").hasLineCount(3);
        try (var files = Files.newDirectoryStream(Path.of(""), "jetdb-bench-*")) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void plansThatCannotBeAreUsageErrors() throws IOException {
        Cli cli = cli();
        String b = dir.resolve("b").toString();
        assertThat(cli.fails(ExitCode.USAGE, "bench", "kv", "-w", "readrandom", "--dir", b))
                .contains("fillrandom");
        assertThat(cli.fails(ExitCode.USAGE, "bench", "kv", "-w", "fillfast")).contains("fillfast");
        assertThat(cli.fails(ExitCode.USAGE, "bench", "kv", "--n", "many"))
                .contains("--n")
                .contains("many");
        assertThat(
                        cli.fails(
                                ExitCode.USAGE,
                                "bench",
                                "kv",
                                "--key-size",
                                "1",
                                "--n",
                                "1000",
                                "--dir",
                                b))
                .contains("too short");
        assertThat(cli.fails(ExitCode.USAGE, "bench", "kv", "--threads", "0"))
                .contains("--threads");
        Files.createDirectories(dir.resolve("full").resolve("x"));
        assertThat(
                        cli.fails(
                                ExitCode.USAGE,
                                "bench",
                                "kv",
                                "--dir",
                                dir.resolve("full").toString()))
                .contains("not empty");
        assertThat(dir.resolve("full").resolve("x")).exists();
    }

    @Test
    void aKeptStoreIsReadLater() throws IOException {
        Cli cli = cli();
        Path b = Files.createDirectory(dir.resolve("b"));
        cli.ok("bench", "kv", "--n", "1000", "-w", "fillseq", "--dir", b.toString());
        String out =
                cli.ok(
                        "bench",
                        "kv",
                        "--n",
                        "1000",
                        "-w",
                        "readseq,readrandom",
                        "--dir",
                        b.toString(),
                        "--existing",
                        "--keys",
                        "dense",
                        "--json");
        assertThat(out).contains("\"errors\":0").doesNotContain("firstError");
        assertThat(disk.open(b, JdbOptions.defaults()).database("bench").tableNames()).hasSize(1);
    }
}
