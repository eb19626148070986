package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.fs.Drivers;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoDriver;

/** Where the system grants less, a database works with less, and its statistics say so. */
@EnabledOnOs(OS.LINUX)
class RestrictedTest {
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

    @TempDir Path temp;

    @Test
    void withoutIoUring() throws Exception {
        String said = child(List.of(), Errno.EPERM);
        assertThat(said)
                .contains("works with nio", "nio: ", Errno.describe(Errno.EPERM))
                .doesNotContain("works with uring");
        assertThat(said.split("I/O goes through the nio driver", -1))
                .as("logged once, for two shards and two openings: %s", said)
                .hasSize(2);
    }

    @Test
    void withLittleLockableMemoryBuffersAreNotRegistered() throws Exception {
        try (IoDriver driver = Drivers.open()) {
            assumeTrue(driver.name().equals("uring"), driver.describe());
        }
        assertThat(child(lockable(512), 0)).contains("works with ", Errno.describe(Errno.ENOMEM));
    }

    @Test
    void withoutLockableMemory() throws Exception {
        try (IoDriver driver = Drivers.open()) {
            assumeTrue(driver.name().equals("uring"), driver.describe());
        }
        assertThat(child(lockable(0), 0)).contains("works with ", Errno.describe(Errno.ENOMEM));
    }

    /** Before a command: limits it to so much locked memory. Root may lock what it likes. */
    private static List<String> lockable(int kib) {
        List<String> prefix = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            assumeTrue(Files.isExecutable(SETPRIV), "setpriv is not installed");
            prefix.addAll(
                    List.of(
                            SETPRIV.toString(),
                            "--bounding-set=-ipc_lock",
                            "--inh-caps=-ipc_lock"));
        }
        prefix.addAll(List.of("/bin/sh", "-c", "ulimit -l " + kib + " && exec \"$@\"", "sh"));
        return prefix;
    }

    private String child(List<String> prefix, int errno) throws IOException, InterruptedException {
        List<String> command =
                KernelFixture.childCommand(
                        prefix,
                        RestrictedChild.class,
                        temp.resolve("db").toString(),
                        Integer.toString(errno));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove(Drivers.ENVIRONMENT);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
