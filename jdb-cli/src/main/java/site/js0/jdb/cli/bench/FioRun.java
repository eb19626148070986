package site.js0.jdb.cli.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The same load by fio: io_uring, direct, registered buffers and files. */
final class FioRun {
    // Fields of fio's terse output, version 3 ("fio --output-format=terse", HOWTO "Terse output"),
    // counted from 0.
    private static final int FIELDS_MIN = 90;
    private static final int READ_IOPS = 7;
    private static final int WRITE_IOPS = 48;
    private static final int USER_CPU = 87;
    private static final int SYSTEM_CPU = 88;

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

    static IoLoad.Rate run(IoBenchOptions options, IoBenchOptions.Op op, int depth)
            throws IOException, InterruptedException {
        boolean read = op == IoBenchOptions.Op.READ;
        Process process =
                new ProcessBuilder(
                                List.of(
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
                                        "--output-format=terse"))
                        .redirectErrorStream(true)
                        .start();
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
