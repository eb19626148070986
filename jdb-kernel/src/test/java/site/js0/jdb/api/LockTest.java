package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.b;
import static site.js0.jdb.api.KernelFixture.refusal;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.comm.JdbError;

/** One at a time has a database open, and whoever is refused hears who it is. */
class LockTest {
    @TempDir Path temp;

    private Path db() {
        return temp.resolve("db");
    }

    private Jdb open(Path path) {
        return Jdb.open(path, HolderChild.OPTIONS);
    }

    @Test
    void anotherProcess() throws Exception {
        open(db()).close();
        Process child = HolderChild.start("hold", db().toString());
        try (BufferedReader said = child.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine()).isEqualTo("open");
            JdbError.Locked error = refusal(JdbError.Locked.class, () -> open(db()).close());
            assertThat(error.message())
                    .contains(db().toRealPath().toString(), "process " + child.pid(), "java")
                    .contains("close it there first");
            child.getOutputStream().close();
            assertThat(child.waitFor()).isZero();
        } finally {
            child.destroyForcibly();
        }
        open(db()).close();
    }

    @Test
    void aProcessThatWasKilledHoldsNothing() throws Exception {
        Process child = HolderChild.start("hold", db().toString());
        try (BufferedReader said = child.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine()).isEqualTo("open");
        } finally {
            child.destroyForcibly();
        }
        child.waitFor();
        open(db()).close();
    }

    @Test
    void thisProcess() throws IOException {
        Path link = Files.createSymbolicLink(temp.resolve("link"), db());
        try (Jdb jdb = open(db())) {
            Table t = jdb.database("d").table("t");
            t.put(b("k"), b("v"));
            for (Path path : new Path[] {db(), link, temp.resolve("./x/../db")}) {
                if (path.toString().contains("x/..")) {
                    Files.createDirectory(temp.resolve("x"));
                }
                assertThat(refusal(JdbError.Locked.class, () -> open(path).close()).message())
                        .contains("this process", "process " + ProcessHandle.current().pid());
            }
            assertThat(t.get(b("k"))).isEqualTo(b("v"));
        }
        open(link).close();
    }

    /** The system's lock is the process's, and goes with any channel on its file. */
    @Test
    void aRefusalInThisProcessDoesNotLetOthersIn() throws Exception {
        try (Jdb jdb = open(db())) {
            refusal(JdbError.Locked.class, () -> open(db()).close());
            assertThat(HolderChild.run("try", db().toString()))
                    .contains("open already", "process " + ProcessHandle.current().pid());
            jdb.database("d").table("t").put(b("k"), b("v"));
        }
        assertThat(HolderChild.run("try", db().toString())).isEqualTo("open");
    }

    @Test
    void aFailedOpeningLetsGo() throws IOException {
        open(db()).close();
        Path layout = db().resolve("LAYOUT");
        byte[] before = Files.readAllBytes(layout);
        Files.write(layout, new byte[4096]);
        refusal(JdbError.Corrupt.class, () -> open(db()).close());
        refusal(JdbError.Corrupt.class, () -> open(db()).close());
        Files.write(layout, before);
        open(db()).close();
    }
}
