package site.js0.jdb.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the system says this process has used. Linux; 0 elsewhere. */
final class ProcessUsage {
    private ProcessUsage() {}

    /** Most memory that was resident at one time since the process began, mappings included. */
    static long peakRssBytes() {
        return field(Path.of("/proc/self/status"), "VmHWM:") << 10;
    }

    /**
     * Bytes that this process has caused to be written to devices, the page cache's write-back
     * included.
     */
    static long writtenBytes() {
        return field(Path.of("/proc/self/io"), "write_bytes:");
    }

    /** The first number behind {@code name} in a file of such lines; 0 when there is none. */
    private static long field(Path file, String name) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(name)) {
                    return Long.parseLong(line.substring(name.length()).strip().split(" ", 2)[0]);
                }
            }
        } catch (IOException e) {
            // Not Linux, or not allowed: the figure is left out, as documented.
        }
        return 0;
    }

    /** Sum of the sizes of all files below {@code directory}. */
    static long diskBytes(Path directory) throws IOException {
        long sum = 0;
        if (Files.notExists(directory)) {
            return sum;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                try {
                    if (Files.isRegularFile(file)) {
                        sum += Files.size(file);
                    }
                } catch (NoSuchFileException e) {
                    // Removed while we looked: not there any more.
                }
            }
        }
        return sum;
    }
}
