package site.js0.jdb.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.cli.bench.JdbEngine;
import site.js0.jdb.cli.bench.KvBench;
import site.js0.jdb.cli.bench.KvEngine;
import site.js0.jdb.cli.bench.KvPlan;
import site.js0.jdb.cli.bench.Workload;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.JdbOptions.DriverChoice;

/**
 * JDB beside RocksDB: the same workloads with the same keys, each engine in a JVM of its own,
 * alternating, round after round; medians and their ratio. See docs/benchmarks.md.
 */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description =
                "Runs the workloads of 'jetdb bench kv' on JDB and RocksDB, each in a JVM of its own, alternating.",
        footer = {
            "",
            "Example: ./build compare --n 10000000 --threads 8 --rounds 5 --memory 4g --json result.json"
        })
public final class CompareKv implements Callable<Integer> {
    private static final List<String> ENGINES = List.of("jdb", "rocksdb");
    private static final List<Workload> DEFAULT =
            List.of(
                    Workload.FILLRANDOM,
                    Workload.READRANDOM,
                    Workload.READMISSING,
                    Workload.SEEKRANDOM);

    @Option(names = "--n", description = "Keys, and operations. Default: ${DEFAULT-VALUE}.")
    private long n = 1_000_000;

    @Option(
            names = "--reads",
            description =
                    "Reads, and seeks times ten, of workloads that only read. Default: as many as keys.")
    private long reads;

    @Option(names = "--threads", description = "Threads that call. Default: ${DEFAULT-VALUE}.")
    private int threads = 1;

    @Option(names = "--key-size", description = "Default: ${DEFAULT-VALUE}.")
    private int keyBytes = 16;

    @Option(names = "--value-size", description = "Default: ${DEFAULT-VALUE}.")
    private int valueBytes = 100;

    @Option(names = "--memory", description = "Memory of each engine. Default: ${DEFAULT-VALUE}.")
    private String memory = "1g";

    @Option(names = "--heap", description = "-Xmx of each JVM. Default: ${DEFAULT-VALUE}.")
    private String heap = "512m";

    @Option(names = "--rounds", description = "Runs of each engine. Default: ${DEFAULT-VALUE}.")
    private int rounds = 3;

    @Option(
            names = {"-w", "--workload"},
            split = ",",
            description = "Default: fillrandom,readrandom,readmissing,seekrandom.")
    private List<Workload> workloads = new ArrayList<>();

    @Option(
            names = "--warm",
            description = "Read all rows once, unmeasured, before the first workload that reads.")
    private boolean warm;

    @Option(names = "--driver", description = "JDB's driver: auto, uring or nio. Default: auto.")
    private DriverChoice driver = DriverChoice.AUTO;

    @Option(
            names = "--borrow",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "JDB: callers may run their requests themselves (the default), or not.")
    private boolean borrow = true;

    @Option(names = "--seed", description = "Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(names = "--dir", description = "Stores are made below it, and removed. Default: here.")
    private Path directory = Path.of("");

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "All results, one JSON object a line.")
    private @Nullable Path json;

    @Option(names = "--child", hidden = true, description = "Run this engine, in this JVM.")
    private String child = "";

    private CompareKv() {}

    /** Runs the comparison; the process ends with 0 when no engine gave a wrong answer. */
    public static void main(String[] args) {
        System.exit(
                new CommandLine(new CompareKv())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (workloads.isEmpty()) {
            workloads = DEFAULT;
        }
        return child.isEmpty() ? compare() : runHere();
    }

    // ---- one engine, in this JVM

    private int runHere() throws IOException, InterruptedException {
        KvEngine engine = engine(child);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println("# " + engine.name() + " " + engine.settings());
        long[] errors = {0};
        new KvBench(engine, plan(directory), (workload, done, total) -> {})
                .run(result -> {
                    out.println(result.toJson());
                    errors[0] += result.errors();
                });
        return errors[0] == 0 ? 0 : 5;
    }

    private KvEngine engine(String name) {
        long memoryBytes = JdbOptions.parseBytes("--memory", memory);
        return name.equals("rocksdb")
                ? new RocksEngine(memoryBytes, valueBytes)
                : new JdbEngine(
                        JdbOptions.defaults()
                                .withMemory(memoryBytes)
                                .withDriver(driver)
                                .withBorrow(borrow),
                        Jdb::open);
    }

    private KvPlan plan(Path target) {
        return new KvPlan(
                workloads,
                n,
                reads,
                keyBytes,
                valueBytes,
                threads,
                false,
                false,
                50,
                0,
                warm,
                true,
                seed,
                target,
                false);
    }

    // ---- both, in JVMs of their own

    private int compare() throws IOException, InterruptedException {
        System.out.printf(
                Locale.ROOT,
                "%,d keys of %d bytes, values of %d bytes, %d thread(s), memory %s, heap %s, %d round(s), seed %d%n"
                        + "%s %s, Java %s, %d cores%n"
                        + "Rates of workloads that write include settling; reads come after closing and opening%s.%n",
                n,
                keyBytes,
                valueBytes,
                threads,
                memory,
                heap,
                rounds,
                seed,
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                warm ? ", and after one pass over all rows" : "");
        Map<String, Map<String, List<String>>> results =
                new LinkedHashMap<>(); // workload -> engine -> JSON lines
        boolean right = true;
        try (BufferedWriter log =
                json == null ? null : Files.newBufferedWriter(json, StandardCharsets.UTF_8)) {
            for (int round = 0; round < rounds; round++) {
                // Who goes first changes, so that neither always has the warmer machine.
                for (String engine : round % 2 == 0 ? ENGINES : ENGINES.reversed()) {
                    right &= runChild(engine, round, results, log);
                }
            }
        }
        print(results);
        return right ? 0 : 5;
    }

    private boolean runChild(
            String engine,
            int round,
            Map<String, Map<String, List<String>>> results,
            @Nullable BufferedWriter log)
            throws IOException, InterruptedException {
        Path target =
                Files.createTempDirectory(directory.toAbsolutePath(), "compare-" + engine + "-");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx" + heap,
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                CompareKv.class.getName(),
                                "--child=" + engine,
                                "--dir=" + target,
                                "--n=" + n,
                                "--reads=" + reads,
                                "--threads=" + threads,
                                "--key-size=" + keyBytes,
                                "--value-size=" + valueBytes,
                                "--memory=" + memory,
                                "--driver=" + driver,
                                borrow ? "--borrow" : "--no-borrow",
                                "--seed=" + seed));
        for (Workload workload : workloads) {
            command.add("--workload=" + workload.label());
        }
        if (warm) {
            command.add("--warm");
        }
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(engine, round, line, results, log);
            }
        }
        int code = process.waitFor();
        KvBench.deleteContents(target);
        Files.deleteIfExists(target);
        if (code != 0) {
            System.out.println(
                    "round " + (round + 1) + ", " + engine + ": ended with exit code " + code);
        }
        return code == 0;
    }

    private static void take(
            String engine,
            int round,
            String line,
            Map<String, Map<String, List<String>>> results,
            @Nullable BufferedWriter log)
            throws IOException {
        if (!line.startsWith("{")) {
            if (round == 0) {
                System.out.println(line);
            }
            return;
        }
        if (log != null) {
            log.write(line);
            log.newLine();
            log.flush();
        }
        String workload = text(line, "workload");
        System.out.printf(
                Locale.ROOT,
                "round %d  %-8s %-17s %,12.0f ops/s%n",
                round + 1,
                engine,
                workload,
                number(line, "opsPerSecond"));
        results.computeIfAbsent(workload, w -> new LinkedHashMap<>())
                .computeIfAbsent(engine, e -> new ArrayList<>())
                .add(line);
    }

    private void print(Map<String, Map<String, List<String>>> results) {
        System.out.printf(
                Locale.ROOT,
                "%nMedians of %d round(s)%n%-17s %12s %12s %7s   %-19s %-19s %-15s %-15s%n",
                rounds,
                "workload",
                "jdb ops/s",
                "rocks ops/s",
                "ratio",
                "p99 us jdb / rocks",
                "settle s",
                "written/put",
                "peak RSS MiB");
        results.forEach((workload, byEngine) -> {
            List<String> jdb = byEngine.getOrDefault("jdb", List.of());
            List<String> rocks = byEngine.getOrDefault("rocksdb", List.of());
            if (jdb.isEmpty() || rocks.isEmpty()) {
                System.out.println(workload + ": an engine gave no result");
                return;
            }
            double ours = median(jdb, "opsPerSecond");
            double theirs = median(rocks, "opsPerSecond");
            System.out.printf(
                    Locale.ROOT,
                    "%-17s %,12.0f %,12.0f %6.2fx   %-19s %-19s %-15s %-15s%n",
                    workload,
                    ours,
                    theirs,
                    ours / theirs,
                    pair("%.1f", median(jdb, "p99Micros"), median(rocks, "p99Micros")),
                    pair("%.2f", median(jdb, "settleSeconds"), median(rocks, "settleSeconds")),
                    pair("%.2f", writtenPerByte(jdb), writtenPerByte(rocks)),
                    pair(
                            "%.0f",
                            median(jdb, "peakRssBytes") / (1 << 20),
                            median(rocks, "peakRssBytes") / (1 << 20)));
            double errors = sum(jdb, "errors") + sum(rocks, "errors");
            if (errors > 0) {
                System.out.printf(
                        Locale.ROOT, "  %.0f ERRORS: jdb %.0f%n", errors, sum(jdb, "errors"));
            }
        });
    }

    private static String pair(String format, double a, double b) {
        return String.format(Locale.ROOT, format + " / " + format, a, b);
    }

    private static double writtenPerByte(List<String> lines) {
        return median(lines, "writtenBytes") / Math.max(1, median(lines, "userBytes"));
    }

    private static double median(List<String> lines, String field) {
        double[] values = lines.stream().mapToDouble(line -> number(line, field)).toArray();
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static double sum(List<String> lines, String field) {
        return lines.stream().mapToDouble(line -> number(line, field)).sum();
    }

    private static double number(String line, String field) {
        return Double.parseDouble(find(line, "\"" + field + "\":(-?[0-9.]+)"));
    }

    private static String text(String line, String field) {
        return find(line, "\"" + field + "\":\"([^\"]*)\"");
    }

    private static String find(String line, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(line);
        if (!matcher.find()) {
            throw new IllegalStateException("expected " + pattern + " in " + line);
        }
        return matcher.group(1);
    }
}
