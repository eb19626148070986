package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What {@code jetdb} says about itself. */
class MainTest {
    private final StringWriter out = new StringWriter();

    @Test
    void versionIsTheBuildsVersion() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).matches("jetdb \\d+\\.\\d+\\.\\d+\\S*\\s+");
    }

    @Test
    void helpNamesTheProgram() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).startsWith("Usage: jetdb");
    }

    @Test
    void unknownOptionIsAUsageError() {
        assertThat(run("--no-such-option")).isEqualTo(CommandLine.ExitCode.USAGE);
    }

    private int run(String... args) {
        PrintWriter writer = new PrintWriter(out, true);
        return Main.commandLine().setOut(writer).setErr(writer).execute(args);
    }
}
