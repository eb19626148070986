package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code jetdb bench io}: its lines, and that it leaves files of the user alone. Never how fast.
 */
class BenchIoTest {
    @TempDir private Path dir;

    private Cli cli() {
        return new Cli(new MemJdb.Disk(), dir.resolve("unused"));
    }

    @Test
    void itPrintsALineForEachOperationAndDepth() {
        String file = dir.resolve("scratch").toString();
        String[] args = {
            "bench",
            "io",
            "--driver",
            "nio",
            "--op",
            "read,write",
            "--depth",
            "1,4",
            "--seconds",
            "1",
            "--rounds",
            "1",
            "--size",
            "4m",
            "--overwrite",
            "--file",
            file,
            "--json"
        };
        List<String> lines = cli().ok(args).lines().toList();
        assertThat(lines).hasSize(4);
        for (String line : lines) {
            JsonText.assertObject(line, "driver", "op", "depth", "iops", "cpuMicrosPerIo");
        }
        String table =
                cli().ok(
                                "bench",
                                "io",
                                "--driver",
                                "nio",
                                "--op",
                                "read",
                                "--depth",
                                "2",
                                "--seconds",
                                "1",
                                "--rounds",
                                "1",
                                "--size",
                                "4m",
                                "--overwrite",
                                "--file",
                                file);
        assertThat(table).startsWith("driver").contains("\nnio ").hasLineCount(2);
    }

    @Test
    void itOverwritesNothingUnasked() throws IOException {
        Path mine = Files.writeString(dir.resolve("mine"), "mine");
        assertThat(cli().fails(ExitCode.USER_FILE, "bench", "io", "--file", mine.toString()))
                .contains("--overwrite");
        assertThat(mine).hasContent("mine");
        assertThat(cli().fails(ExitCode.USAGE, "bench", "io", "--depth", "0")).contains("depth");
        assertThat(cli().fails(ExitCode.USAGE, "bench", "io", "--size", "5")).contains("4 KiB");
        assertThat(cli().fails(ExitCode.USAGE, "bench", "io", "--size", "big")).contains("--size");
    }
}
