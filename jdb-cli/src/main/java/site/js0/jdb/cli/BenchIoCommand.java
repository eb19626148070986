package site.js0.jdb.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import site.js0.jdb.cli.bench.IoBench;
import site.js0.jdb.cli.bench.IoBenchOptions;
import site.js0.jdb.cli.bench.IoBenchOptions.Op;
import site.js0.jdb.cli.data.Json;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.fs.DriverOptions;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Measures the I/O layer alone. */
@Command(
        name = "io",
        header = "Measure the I/O layer alone: random 4 KiB requests past the page cache.",
        description = {
            "",
            "For each driver, operation and depth (requests in flight at once): requests per second and CPU time per"
                    + " request, medians of the rounds. The file is fully written first. With --vs-fio every round is"
                    + " followed by the same one of fio, if that is installed, and the commands for fio are printed"
                    + " first.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb bench io",
            "  jetdb bench io --driver uring --op read --depth 32",
            "  jetdb bench io --vs-fio --rounds 5 --json",
            "  jetdb bench io --file /mnt/nvme/scratch --size 4g",
        })
final class BenchIoCommand implements Callable<Integer> {
    private final Env env;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "The file to work on, kept. Default: a new one here, removed at the end.")
    private @Nullable Path file;

    @Option(
            names = "--overwrite",
            description = "FILE may be there already; what is in it is lost.")
    private boolean overwrite;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            description = "Size of the file. Default: ${DEFAULT-VALUE}.")
    private String size = "1g";

    @Option(
            names = "--driver",
            split = ",",
            paramLabel = "NAME",
            description = "uring, nio, or both (the default).")
    private List<DriverOptions.Kind> drivers =
            List.of(DriverOptions.Kind.URING, DriverOptions.Kind.NIO);

    @Option(
            names = "--op",
            split = ",",
            paramLabel = "OP",
            description = "read, write, or both (the default).")
    private List<Op> ops = List.of(Op.READ, Op.WRITE);

    @Option(names = "--depth", split = ",", paramLabel = "N", description = "Default: 1,32,128.")
    private List<Integer> depths = List.of(1, 32, 128);

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Length of each run. Default: ${DEFAULT-VALUE}.")
    private int seconds = 3;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Runs of each kind. Default: ${DEFAULT-VALUE}.")
    private int rounds = 3;

    @Option(names = "--vs-fio", description = "Beside fio, alternating.")
    private boolean vsFio;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Of the offsets. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--json",
            description = "Print one JSON object for each driver, operation and depth.")
    private boolean json;

    @Mixin HelpArgs help = new HelpArgs();

    BenchIoCommand(Env env) {
        this.env = env;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        options(Path.of("unused")); // its errors, before a file is made
        if (file != null && Files.exists(file) && !overwrite) {
            throw CliException.userFile(
                    file + ": there is such a file already, and it would be overwritten",
                    "Choose another name, or add --overwrite to lose what is in it.");
        }
        Path target =
                file == null ? Files.createTempFile(Path.of(""), "jetdb-bench-", ".io") : file;
        try {
            if (!json) {
                env.out.line(
                        row(
                                "driver",
                                "op",
                                "depth",
                                "iops",
                                "cpu us/io",
                                "fio iops",
                                "fio cpu us",
                                "ratio"));
                env.out.flush();
            }
            int failed =
                    IoBench.run(
                            options(target),
                            new PrintStream(new Lines(), true, StandardCharsets.UTF_8));
            return failed == 0 ? ExitCode.OK : ExitCode.USER_FILE;
        } finally {
            if (file == null) {
                Files.deleteIfExists(target);
            }
        }
    }

    private IoBenchOptions options(Path target) {
        try {
            return new IoBenchOptions(
                    target,
                    JdbOptions.parseBytes("--size", size),
                    drivers,
                    ops,
                    depths,
                    seconds,
                    rounds,
                    vsFio,
                    seed);
        } catch (IllegalArgumentException | JdbException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "See: jetdb bench io --help");
        }
    }

    /** Takes the benchmark's lines of JSON and prints them as they are, or as a table. */
    private final class Lines extends OutputStream {
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            if (b != '\n') {
                line.write(b);
                return;
            }
            print(line.toByteArray());
            line.reset();
        }

        private void print(byte[] bytes) {
            Map<String, String> fields = json ? Map.of() : fields(bytes);
            if (json) {
                env.out.write(bytes);
                env.out.write('\n');
            } else if (fields.containsKey("iops")) {
                env.out.line(
                        row(
                                fields.get("driver"),
                                fields.get("op"),
                                fields.get("depth"),
                                fields.get("iops"),
                                fields.get("cpuMicrosPerIo"),
                                fields.getOrDefault("fioIops", "-"),
                                fields.getOrDefault("fioCpuMicrosPerIo", "-"),
                                fields.getOrDefault("ratio", "-")));
            } else if (fields.containsKey("fio")) {
                env.err.println("fio is run as: " + fields.get("fio"));
            } else {
                env.err.println("jetdb: " + String.join(", ", fields.values()));
            }
            env.out.flush();
        }
    }

    private static String row(@Nullable Object... cells) {
        return String.format(Locale.ROOT, "%-8s %-6s %6s %10s %10s %10s %10s %7s", cells);
    }

    private static Map<String, String> fields(byte[] line) {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = Json.parser(line)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                fields.put(name, parser.getString());
            }
        }
        return fields;
    }
}
