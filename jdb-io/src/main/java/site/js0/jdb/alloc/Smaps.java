package site.js0.jdb.alloc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Reads {@code /proc/self/smaps}: which pages the kernel really uses behind a mapping
 * (proc_pid_smaps(5)).
 */
final class Smaps {
    private static final Path FILE = Path.of("/proc/self/smaps");

    private Smaps() {}

    /**
     * AnonHugePages of all mappings that overlap {@code [address, address + bytes)}, never more
     * than {@code bytes}; 0 when the file is not there.
     */
    static long anonHugePageBytes(long address, long bytes) {
        if (!Files.isReadable(FILE)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(FILE)) {
            Scan scan = new Scan(address, bytes);
            lines.forEach(scan::line);
            return Math.min(scan.hugeBytes, bytes);
        } catch (IOException | UncheckedIOException e) {
            return 0; // a report for people; the memory is fine without it
        }
    }

    private static final class Scan {
        private final long from;
        private final long to;
        private boolean overlaps;
        private long hugeBytes;

        Scan(long address, long bytes) {
            this.from = address;
            this.to = address + bytes;
        }

        /**
         * A header line is {@code start-end perms ...} in hex, a value line {@code Name: number
         * kB}.
         */
        void line(String line) {
            int space = line.indexOf(' ');
            String first = space < 0 ? line : line.substring(0, space);
            if (first.endsWith(":")) {
                if (overlaps && first.equals("AnonHugePages:")) {
                    hugeBytes +=
                            Long.parseLong(
                                            line.substring(space, line.length() - " kB".length())
                                                    .strip())
                                    << 10;
                }
                return;
            }
            int dash = first.indexOf('-');
            long start = Long.parseUnsignedLong(first.substring(0, dash), 16);
            long end = Long.parseUnsignedLong(first.substring(dash + 1), 16);
            overlaps = start < to && end > from;
        }
    }
}
