package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where the system grants less, the driver does with less, and says so. Each test is a JVM with
 * fewer rights.
 */
@EnabledOnOs(OS.LINUX)
class RestrictedTest {
    @TempDir Path temporary;

    @ParameterizedTest
    @ValueSource(ints = {Errno.EPERM, Errno.ENOSYS})
    void forbiddenIoUringBecomesNio(int errno) throws Exception {
        String output = child(List.of(), Map.of(), "auto", errno);
        assertThat(output)
                .contains("bytes are the same")
                .contains("second: nio")
                .contains("nio: ")
                .contains(Errno.describe(errno))
                .doesNotContain("refused");
        assertThat(output.split("I/O goes through the nio driver", -1))
                .as("logged once: %s", output)
                .hasSize(2);
    }

    @Test
    void forbiddenIoUringIsAnErrorToWhoInsists() throws Exception {
        assertThat(child(List.of(), Map.of(), "uring", Errno.EPERM))
                .contains("refused: io_uring_setup")
                .contains(Errno.describe(Errno.EPERM));
    }

    @Test
    void theEnvironmentOverridesTheOptions() throws Exception {
        assertThat(child(List.of(), Map.of(Drivers.ENVIRONMENT, "NIO"), "auto", 0))
                .contains("bytes are the same")
                .contains("nio: ")
                .contains("asked for");
    }

    @Test
    void withLittleLockableMemoryBuffersAreNotRegistered() throws Exception {
        assumeUring();
        assertThat(child(lockable(512), Map.of(), "uring", 0))
                .contains("bytes are the same")
                .contains("second: uring")
                .contains("uring (Linux ")
                .contains("buffers not registered: " + Errno.describe(Errno.ENOMEM));
    }

    /** Kernels since 6.14 count the ring itself too: none of it means no ring. */
    @Test
    void withoutLockableMemorySomeDriverWorks() throws Exception {
        assumeUring();
        assertThat(child(lockable(0), Map.of(), "auto", 0))
                .contains("bytes are the same")
                .contains(Errno.describe(Errno.ENOMEM))
                .doesNotContain("refused: ");
    }

    /** A prefix to a command that limits it to so much locked memory. */
    private static List<String> lockable(int kib) {
        List<String> prefix = new ArrayList<>();
        if ("root"
                .equals(
                        System.getProperty(
                                "user.name"))) { // may lock what it likes, unless it gives that
            // right away
            Assumptions.assumeTrue(
                    Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is not installed");
            prefix.addAll(
                    List.of(
                            "/usr/bin/setpriv",
                            "--bounding-set=-ipc_lock",
                            "--inh-caps=-ipc_lock"));
        }
        prefix.addAll(List.of("/bin/sh", "-c", "ulimit -l " + kib + " && exec \"$@\"", "sh"));
        return prefix;
    }

    @Test
    void withFewOpenFilesTheTableIsSmall() throws Exception {
        assumeUring();
        List<String> prefix = List.of("/bin/sh", "-c", "ulimit -n 100 && exec \"$@\"", "sh");
        assertThat(child(prefix, Map.of(), "uring", 0))
                .contains("bytes are the same")
                .contains("uring (Linux ");
    }

    private static void assumeUring() {
        try (IoDriver driver = Drivers.open()) {
            Assumptions.assumeTrue(driver.name().equals("uring"), driver.describe());
        }
    }

    private String child(
            List<String> prefix, Map<String, String> environment, String kind, int errno)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-Xmx64m",
                        "-ea",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path")));
        command.add("-XX:-MaxFDLimit"); // else the JVM raises the limit on open files again
        command.add(RestrictedChild.class.getName());
        command.addAll(List.of(temporary.toString(), kind, Integer.toString(errno)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove(Drivers.ENVIRONMENT);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
