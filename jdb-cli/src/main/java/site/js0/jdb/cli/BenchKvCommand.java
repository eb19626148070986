package site.js0.jdb.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import site.js0.jdb.cli.bench.JdbEngine;
import site.js0.jdb.cli.bench.KvBench;
import site.js0.jdb.cli.bench.KvPlan;
import site.js0.jdb.cli.bench.KvResult;
import site.js0.jdb.cli.bench.Workload;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.JdbOptions.DriverChoice;

/** Measures the whole engine. */
@Command(
        name = "kv",
        header = "Measure puts, gets and scans on a store of its own.",
        description = {
            "",
            "Workloads, in the words of db_bench:",
            "  fillseq           n keys in order, into an empty store",
            "  fillrandom        n random keys, into an empty store",
            "  fillsync          as fillrandom, each put durable against power failure (n/1000 of them)",
            "  overwrite         n puts to keys that are there, chosen at random",
            "  readrandom        n gets of keys that are there, chosen at random",
            "  readmissing       n gets of keys that are not there",
            "  readseq           all rows in order",
            "  seekrandom        n/10 seeks to a random key, and --scan-rows rows from there",
            "  readwhilewriting  as readrandom, while one more thread overwrites",
            "",
            "Every value that is read is checked: it follows from its key. Any wrong one makes the exit code 5. The rate"
                    + " of workloads that write counts the time until background work has settled; between writing and"
                    + " reading the store is closed and opened again. Latencies are of every call.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb bench kv",
            "  jetdb bench kv --workload fillrandom,readrandom --n 10m --threads 8 --memory 4g --warm",
            "  jetdb bench kv --workload fillrandom --n 20m --intervals 20 --json   how it ages: 20 rates",
            "  jetdb bench kv --workload fillsync --n 1m",
            "  jetdb bench kv --workload fillseq --n 5m --dir ./b     keeps the store; then, on it:",
            "  jetdb bench kv --workload readseq --n 5m --dir ./b --existing --keys dense",
            "",
            "A JSON line has workload, ops, seconds, opsPerSecond, p50Micros, p99Micros, p999Micros, maxMicros,",
            "settleSeconds, userBytes, writtenBytes, diskBytes, peakRssBytes, errors, and more behind these.",
        })
final class BenchKvCommand implements Callable<Integer> {
    private static final List<Workload> DEFAULT =
            List.of(
                    Workload.FILLRANDOM,
                    Workload.OVERWRITE,
                    Workload.READRANDOM,
                    Workload.READMISSING,
                    Workload.READSEQ,
                    Workload.SEEKRANDOM);

    private final Env env;

    @Option(
            names = {"-w", "--workload"},
            split = ",",
            paramLabel = "NAME",
            description =
                    "Workloads, in this order. Default: fillrandom,overwrite,readrandom,readmissing,readseq,seekrandom.")
    private List<Workload> workloads = new ArrayList<>();

    @Option(
            names = "--n",
            paramLabel = "KEYS",
            description = "Keys, and operations; 10m is ten million. Default: 1m.")
    private String n = "1m";

    @Option(
            names = "--reads",
            paramLabel = "OPS",
            description =
                    "Operations of workloads that only read (seekrandom: a tenth). Default: as n.")
    private String reads = "0";

    @Option(names = "--key-size", paramLabel = "BYTES", description = "Default: ${DEFAULT-VALUE}.")
    private int keyBytes = 16;

    @Option(
            names = "--value-size",
            paramLabel = "BYTES",
            description = "Default: ${DEFAULT-VALUE}.")
    private int valueBytes = 100;

    @Option(
            names = "--keys",
            paramLabel = "KIND",
            description =
                    "random (random bytes) or dense (numbers). Default: random, but fillseq makes dense ones.")
    private KeyKind keys = KeyKind.RANDOM;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that call. Default: ${DEFAULT-VALUE}.")
    private int threads = 1;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Memory of the engine. Default: the engine's.")
    private String memory = "";

    @Option(names = "--sync", description = "Every put is durable against power failure.")
    private boolean sync;

    @Option(
            names = "--borrow",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "Callers may run their requests themselves on an idle shard (the default), or not.")
    private boolean borrow = true;

    @Option(
            names = "--driver",
            paramLabel = "NAME",
            description = "auto, uring or nio. Default: auto.")
    private DriverChoice driver = DriverChoice.AUTO;

    @Option(names = "--shards", paramLabel = "N", description = "Shards. Default: one per core.")
    private int shards;

    @Option(
            names = "--scan-rows",
            paramLabel = "N",
            description = "Rows behind each seek. Default: ${DEFAULT-VALUE}.")
    private int scanRows = 50;

    @Option(
            names = "--intervals",
            paramLabel = "K",
            description = "Rates of each K-th of the operations too.")
    private int intervals;

    @Option(
            names = "--warm",
            description = "Read all rows once before the first workload that reads.")
    private boolean warm;

    @Option(
            names = "--no-reopen",
            description = "Do not close and open the store between writing and reading.")
    private boolean noReopen;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Of all that is random. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--dir",
            paramLabel = "PATH",
            description =
                    "Where the store is made; it is kept. Default: a new directory here, removed at the end.")
    private @Nullable Path directory;

    @Option(names = "--existing", description = "--dir has a store of n keys from an earlier run.")
    private boolean existing;

    @Option(names = "--json", description = "Print one JSON object a workload.")
    private boolean json;

    @Mixin HelpArgs help = new HelpArgs();

    enum KeyKind {
        RANDOM,
        DENSE
    }

    BenchKvCommand(Env env) {
        this.env = env;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        boolean temporary = directory == null;
        plan(Path.of("")); // its errors, before a directory is made
        Path target =
                directory == null
                        ? Files.createTempDirectory(Path.of(""), "jetdb-bench-")
                        : directory;
        KvPlan plan = plan(target);
        JdbEngine engine = new JdbEngine(options(), env.opener::open);
        AtomicLong errors = new AtomicLong();
        env.err.println(
                engine.name()
                        + " "
                        + engine.settings()
                        + ", "
                        + plan.n()
                        + " keys of "
                        + keyBytes
                        + " bytes, values of "
                        + valueBytes
                        + ", "
                        + threads
                        + " thread(s), seed "
                        + seed
                        + ", in "
                        + target);
        try {
            if (!json) {
                env.out.line(KvResult.header());
                env.out.flush();
            }
            run(engine, plan, errors);
        } finally {
            if (temporary) {
                KvBench.deleteContents(target);
                Files.deleteIfExists(target);
            }
        }
        if (errors.get() > 0) {
            throw new CliException(
                    ExitCode.WRONG_ANSWERS,
                    errors.get() + " errors: the store does not answer what was put",
                    "");
        }
        return ExitCode.OK;
    }

    private void run(JdbEngine engine, KvPlan plan, AtomicLong errors)
            throws IOException, InterruptedException {
        ProgressBar[] bar = {null};
        Workload[] shown = {null};
        KvBench bench =
                new KvBench(
                        engine,
                        plan,
                        (workload, done, total) -> {
                            if (shown[0] != workload) {
                                shown[0] = workload;
                                bar[0] = new ProgressBar(env, workload.label(), "ops", total);
                            }
                            bar[0].at(done);
                        });
        try {
            bench.run(result -> {
                if (bar[0] != null) {
                    bar[0].wipe();
                }
                print(result);
                errors.addAndGet(result.errors());
            });
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "See: jetdb bench kv --help");
        }
    }

    private void print(KvResult result) {
        env.out.line(json ? result.toJson() : result.toRow());
        if (!json && !result.intervalRates().isEmpty()) {
            env.out.line(
                    "  rates: "
                            + result.intervalRates().stream()
                                    .map(rate -> String.format(Locale.ROOT, "%,.0f", rate))
                                    .collect(Collectors.joining(" ")));
        }
        if (result.errors() > 0) {
            env.err.println(
                    "jetdb: " + result.workload() + ": first error: " + result.firstError());
        }
        env.out.flush();
    }

    private KvPlan plan(Path target) {
        check(keyBytes >= 1 && keyBytes <= 1024, "--key-size", "1 to 1024 bytes", keyBytes);
        check(
                valueBytes >= 0 && valueBytes <= 64 << 20,
                "--value-size",
                "0 bytes to 64 MiB",
                valueBytes);
        check(threads >= 1 && threads <= 1024, "--threads", "1 to 1024", threads);
        check(scanRows >= 1, "--scan-rows", "at least 1", scanRows);
        check(intervals >= 0 && intervals <= 10_000, "--intervals", "0 to 10000", intervals);
        long keyCount = number("--n", n);
        check(keyCount >= 1, "--n", "at least 1 key", keyCount);
        return new KvPlan(
                workloads.isEmpty() ? DEFAULT : List.copyOf(workloads),
                keyCount,
                number("--reads", reads),
                keyBytes,
                valueBytes,
                threads,
                keys == KeyKind.DENSE,
                sync,
                scanRows,
                intervals,
                warm,
                !noReopen,
                seed,
                target,
                existing);
    }

    private JdbOptions options() {
        JdbOptions options =
                JdbOptions.defaults().withDriver(driver).withBorrow(borrow).withShards(shards);
        return memory.isEmpty()
                ? options
                : options.withMemory(JdbOptions.parseBytes("--memory", memory));
    }

    private static void check(boolean ok, String what, String expected, long found) {
        if (!ok) {
            throw CliException.usage(what + ": expected " + expected + ", got " + found, "");
        }
    }

    /**
     * {@code 1500000}, {@code 1500k}, {@code 10m}, {@code 2g}: thousands, not 1024s, for these are
     * counts.
     */
    private static long number(String what, String text) {
        String digits = text.replaceFirst("[kKmMgG]$", "");
        long unit =
                switch (text.substring(digits.length())) {
                    case "k", "K" -> 1_000;
                    case "m", "M" -> 1_000_000;
                    case "g", "G" -> 1_000_000_000;
                    default -> 1;
                };
        try {
            return Math.multiplyExact(Long.parseLong(digits), unit);
        } catch (NumberFormatException | ArithmeticException e) {
            throw CliException.usage(
                    what + ": expected a number such as 500000, 500k or 10m, got '" + text + "'",
                    "");
        }
    }
}
