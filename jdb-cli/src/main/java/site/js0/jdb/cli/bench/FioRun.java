package site.js0.jdb.cli.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The same load by fio: io_uring, direct, registered buffers and files. */
final class FioRun {
    // Fields of fio's terse output, version 3 ("fio --output-format=terse", HOWTO "Terse output"),
    // counted from 0.
    private static final int FIELDS_MIN = 90;
    private static final int READ_IOPS = 7;
    private static final int WRITE_IOPS = 48;
    private static final int USER_CPU = 87;
    private static final int SYSTEM_CPU = 88;

    /** What no shell takes for anything else. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private FioRun() {}

    /** Whether fio can be run at all. */
    static boolean available() throws InterruptedException {
        try {
            return new ProcessBuilder("fio", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false; // not installed
        }
    }

    /** The command of a run, as it is started: fio and its arguments. */
    static List<String> command(IoBenchOptions options, IoBenchOptions.Op op, int depth) {
        boolean read = op == IoBenchOptions.Op.READ;
        return List.of(
                "fio",
                "--name=jetdb",
                "--filename=" + options.file().toAbsolutePath(),
                "--size=" + options.fileBytes(),
                "--rw=" + (read ? "randread" : "randwrite"),
                "--bs=" + IoBenchOptions.BLOCK_BYTES,
                "--ioengine=io_uring",
                "--direct=1",
                "--fixedbufs",
                "--registerfiles",
                "--iodepth=" + depth,
                "--time_based",
                "--runtime=" + options.seconds(),
                "--ramp_time=1",
                "--norandommap",
                "--randseed=" + options.seed(),
                "--output-format=terse");
    }

    /** {@link #command} as one would type it into a shell. */
    static String commandLine(IoBenchOptions options, IoBenchOptions.Op op, int depth) {
        return command(options, op, depth).stream()
                .map(FioRun::quoted)
                .collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    static IoLoad.Rate run(IoBenchOptions options, IoBenchOptions.Op op, int depth)
            throws IOException, InterruptedException {
        boolean read = op == IoBenchOptions.Op.READ;
        Process process =
                new ProcessBuilder(command(options, op, depth)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("fio failed: " + output);
        }
        String line = output.lines().filter(l -> l.startsWith("3;")).findFirst().orElse("");
        String[] fields = line.split(";", -1);
        if (fields.length < FIELDS_MIN) {
            throw new IOException("fio said something else than expected: " + output);
        }
        double iops = Double.parseDouble(fields[read ? READ_IOPS : WRITE_IOPS]);
        double cpuPercent = percent(fields[USER_CPU]) + percent(fields[SYSTEM_CPU]);
        return new IoLoad.Rate(iops, cpuPercent / 100 * 1e6 / iops);
    }

    private static double percent(String field) {
        return Double.parseDouble(field.replace("%", ""));
    }
}
