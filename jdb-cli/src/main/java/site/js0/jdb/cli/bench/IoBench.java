package site.js0.jdb.cli.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.Drivers;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.OpenMode;

/**
 * The I/O layer alone: random 4 KiB requests past the page cache, in thousands per second and in
 * CPU time, beside fio if wished.
 *
 * <p>One line of JSON for each driver, operation and depth, with the medians of the rounds: {@code
 * driver, op, depth, iops, cpuMicrosPerIo} and with fio {@code fioIops, fioCpuMicrosPerIo, ratio}
 * (the median of the rounds' ratios). With fio, lines with {@code fio} come first: the commands
 * that are run. A run and its fio run alternate, so that a machine that slows down slows both.
 */
public final class IoBench {
    private static final int PIECE_BYTES = 1 << 20;

    private IoBench() {}

    /**
     * Runs everything and prints as it goes.
     *
     * @return 0, or 1 when something could not be run; what and why is printed as a line of JSON
     *     with {@code error}
     */
    public static int run(IoBenchOptions options, PrintStream out) throws InterruptedException {
        boolean vsFio = options.vsFio();
        if (vsFio && !FioRun.available()) {
            out.println("{\"note\":\"fio is not installed: measuring without it\"}");
            vsFio = false;
        }
        int failures = 0;
        try {
            if (vsFio) {
                printFio(options, out);
            }
            prepare(options);
            for (DriverOptions.Kind driver : options.drivers()) {
                for (IoBenchOptions.Op op : options.ops()) {
                    for (int depth : options.depths()) {
                        failures += measure(options, driver, op, depth, vsFio, out);
                    }
                }
            }
        } catch (IoException e) {
            out.println(error(e));
            failures++;
        }
        return failures == 0 ? 0 : 1;
    }

    /** For whoever wants to run the same by hand: fio's command for each operation and depth. */
    private static void printFio(IoBenchOptions options, PrintStream out) {
        for (IoBenchOptions.Op op : options.ops()) {
            for (int depth : options.depths()) {
                out.println(
                        "{\"fio\":\"" + escaped(FioRun.commandLine(options, op, depth)) + "\"}");
            }
        }
    }

    private static int measure(
            IoBenchOptions options,
            DriverOptions.Kind driver,
            IoBenchOptions.Op op,
            int depth,
            boolean vsFio,
            PrintStream out)
            throws InterruptedException {
        List<IoLoad.Rate> ours = new ArrayList<>();
        List<IoLoad.Rate> fios = new ArrayList<>();
        try {
            for (int round = 0; round < options.rounds(); round++) {
                ours.add(IoLoad.run(options, driver, op, depth));
                if (vsFio) {
                    fios.add(FioRun.run(options, op, depth));
                }
            }
        } catch (IoException | IOException e) {
            out.println(error(e));
            return 1;
        }
        StringBuilder line = new StringBuilder();
        line.append(
                String.format(
                        Locale.ROOT,
                        "{\"driver\":\"%s\",\"op\":\"%s\",\"depth\":%d,\"iops\":%.0f,\"cpuMicrosPerIo\":%.2f",
                        driver.name().toLowerCase(Locale.ROOT),
                        op.name().toLowerCase(Locale.ROOT),
                        depth,
                        median(ours, IoLoad.Rate::iops),
                        median(ours, IoLoad.Rate::cpuMicrosPerIo)));
        if (vsFio) {
            double[] ratios = new double[ours.size()];
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] = ours.get(i).iops() / fios.get(i).iops();
            }
            line.append(
                    String.format(
                            Locale.ROOT,
                            ",\"fioIops\":%.0f,\"fioCpuMicrosPerIo\":%.2f,\"ratio\":%.3f",
                            median(fios, IoLoad.Rate::iops),
                            median(fios, IoLoad.Rate::cpuMicrosPerIo),
                            median(ratios)));
        }
        out.println(line.append('}'));
        return 0;
    }

    private static double median(List<IoLoad.Rate> rates, ToDoubleFunction<IoLoad.Rate> of) {
        return median(rates.stream().mapToDouble(of).toArray());
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static String error(Exception e) {
        return "{\"error\":\""
                + escaped(String.valueOf(e.getMessage()).replaceAll("\\s+", " "))
                + "\"}";
    }

    /** For a string of JSON; {@code text} has no control characters. */
    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    /**
     * Sees to it that the file is there and really written: unwritten space would be measured as
     * something else.
     */
    private static void prepare(IoBenchOptions options) {
        try (Arena arena = Arena.ofShared();
                IoDriver driver = Drivers.open()) {
            if (driver.directory().exists(options.file())
                    && driver.directory().size(options.file()) == options.fileBytes()) {
                return;
            }
            MemorySegment piece = arena.allocate(PIECE_BYTES, IoBenchOptions.BLOCK_BYTES);
            SplittableRandom random = new SplittableRandom(options.seed());
            for (long at = 0; at < PIECE_BYTES; at += Long.BYTES) {
                piece.set(ValueLayout.JAVA_LONG, at, random.nextLong());
            }
            try (IoFile file =
                    driver.open(options.file(), OpenMode.OPEN_OR_CREATE, FileRole.OTHER)) {
                file.truncate(0);
                file.preallocate(0, options.fileBytes());
                Step step = new Step();
                for (long at = 0; at < options.fileBytes(); at += PIECE_BYTES) {
                    step.prepareWrite(
                            file,
                            at,
                            piece,
                            0,
                            (int) Math.min(PIECE_BYTES, options.fileBytes() - at));
                    step.runOn(driver);
                }
                step.prepareSyncAll(file);
                step.runOn(driver);
            }
        }
    }

    private static final class Step extends IoOp {
        private boolean done;

        void runOn(IoDriver driver) {
            done = false;
            driver.enqueue(this);
            while (!done) {
                driver.await(-1);
                driver.poll(1);
            }
            if (!succeeded()) {
                throw failure();
            }
        }

        @Override
        protected void completed() {
            done = true;
        }
    }
}
