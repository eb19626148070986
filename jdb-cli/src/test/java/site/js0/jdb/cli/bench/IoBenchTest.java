package site.js0.jdb.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.fs.DriverOptions;

/** The benchmark measures what it says; how fast that is, is no test's business. */
class IoBenchTest {
    @TempDir Path temporary;

    private IoBenchOptions options(Path file, boolean vsFio) {
        return new IoBenchOptions(
                file,
                1 << 20,
                List.of(DriverOptions.Kind.AUTO),
                List.of(IoBenchOptions.Op.WRITE),
                List.of(4),
                1,
                1,
                vsFio,
                1);
    }

    private static String run(IoBenchOptions options, int exitCode) throws InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            assertThat(IoBench.run(options, out)).isEqualTo(exitCode);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aLineForEachDriverOperationAndDepth() throws Exception {
        Path file = temporary.resolve("f");
        assertThat(run(options(file, true), 0))
                .contains("\"driver\":\"auto\",\"op\":\"write\",\"depth\":4,\"iops\":")
                .contains("\"cpuMicrosPerIo\":")
                .matches(
                        text ->
                                text.startsWith("{\"fio\":\"fio --name=jetdb ")
                                                && text.contains("\"ratio\":")
                                        || text.contains("fio is not installed"),
                        "fio, or a note");
        assertThat(Files.size(file)).isEqualTo(1 << 20);
        byte[] written = Files.readAllBytes(file);
        for (int block = 0; block < written.length; block += IoBenchOptions.BLOCK_BYTES) {
            byte[] bytes = Arrays.copyOfRange(written, block, block + IoBenchOptions.BLOCK_BYTES);
            assertThat(bytes)
                    .as("block %d is really written", block / IoBenchOptions.BLOCK_BYTES)
                    .isNotEqualTo(new byte[IoBenchOptions.BLOCK_BYTES]);
        }
    }

    /** Everything a shell could take for something else is quoted. */
    @Test
    void fiosCommandCanBeTyped() {
        Path file = Path.of("/data/it's a file");
        assertThat(FioRun.commandLine(options(file, true), IoBenchOptions.Op.READ, 32))
                .startsWith("fio --name=jetdb '--filename=/data/it'\\''s a file' --size=1048576 ")
                .contains(" --rw=randread ", " --iodepth=32 ", " --runtime=1 ");
    }

    @Test
    void whatCannotBeRunIsSaid() throws Exception {
        assertThat(run(options(temporary.resolve("no").resolve("f"), false), 1))
                .contains("{\"error\":\"open ")
                .contains("ENOENT");
    }

    @Test
    void nonsenseIsRefused() {
        IoBenchOptions fine = IoBenchOptions.defaults(temporary.resolve("f"));
        assertThat(fine.depths()).containsExactly(1, 32, 128);
        assertThatThrownBy(() ->
                        new IoBenchOptions(
                                fine.file(),
                                5000,
                                fine.drivers(),
                                fine.ops(),
                                fine.depths(),
                                1,
                                1,
                                false,
                                1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
