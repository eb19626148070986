package site.js0.jdb.cli.bench;

import java.nio.file.Path;
import java.util.List;
import site.js0.jdb.fs.DriverOptions;

/**
 * What {@link IoBench} measures: every driver with every operation at every depth, {@code rounds}
 * times.
 *
 * @param file the file to work on; made, fully written, when it is missing or of another size, and
 *     kept
 * @param fileBytes its size, a multiple of 4 KiB
 * @param drivers which drivers
 * @param ops which operations
 * @param depths how many requests are in flight at once
 * @param seconds length of each run, after a second of warming up
 * @param rounds how often each run is made; the medians are reported
 * @param vsFio whether each run is followed by the same run of fio
 * @param seed of the random offsets
 */
public record IoBenchOptions(
        Path file,
        long fileBytes,
        List<DriverOptions.Kind> drivers,
        List<Op> ops,
        List<Integer> depths,
        int seconds,
        int rounds,
        boolean vsFio,
        long seed) {
    /** One request: 4 KiB at a random block, past the page cache. */
    public enum Op {
        /** Read. */
        READ,
        /** Overwrite. */
        WRITE
    }

    /** Bytes of a request. */
    public static final int BLOCK_BYTES = 4096;

    /** Checks the ranges. */
    public IoBenchOptions {
        drivers = List.copyOf(drivers);
        ops = List.copyOf(ops);
        depths = List.copyOf(depths);
        if (fileBytes < BLOCK_BYTES || fileBytes % BLOCK_BYTES != 0) {
            throw new IllegalArgumentException(
                    "the file's size must be a multiple of 4 KiB, was " + fileBytes);
        }
        for (int depth : depths) {
            if (depth < 1 || depth > DriverOptions.QUEUE_DEPTH_MAX) {
                throw new IllegalArgumentException(
                        "a depth is 1 to " + DriverOptions.QUEUE_DEPTH_MAX + ", was " + depth);
            }
        }
        if (seconds < 1 || rounds < 1) {
            throw new IllegalArgumentException("seconds and rounds must be at least 1");
        }
    }

    /**
     * uring and nio, reads and writes at depth 1, 32 and 128 over 1 GiB, 3 rounds of 3 seconds,
     * without fio.
     */
    public static IoBenchOptions defaults(Path file) {
        return new IoBenchOptions(
                file,
                1L << 30,
                List.of(DriverOptions.Kind.URING, DriverOptions.Kind.NIO),
                List.of(Op.READ, Op.WRITE),
                List.of(1, 32, 128),
                3,
                3,
                false,
                1);
    }
}
