package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * What {@code jetdb} says about itself, and what it answers to command lines that make no sense.
 */
class MainTest {
    private static final List<String> COMMANDS =
            List.of(
                    "init", "put", "get", "del", "scan", "count", "tables", "stat", "import",
                    "export", "shell", "bench", "demo", "version");

    @TempDir private Path dir;

    private Cli cli() {
        return new Cli(new MemJdb.Disk(), dir.resolve("db"));
    }

    @Test
    void versionIsTheBuildsVersion() {
        assertThat(cli().ok("--version")).matches("jetdb \\d+\\.\\d+\\.\\d+\\S*\\s+");
        assertThat(cli().ok("version")).matches("(?s)jetdb \\d+\\.\\d+\\.\\d+.*");
        JsonText.assertObject(cli().ok("version", "--json"), "jetdb", "java", "system");
    }

    @Test
    void helpNamesEveryCommandAndExitCode() {
        String help = cli().ok("--help");
        assertThat(help).contains("Usage: jetdb").contains(COMMANDS);
        assertThat(help).contains("Exit codes:").contains("  2   the command line is wrong");
    }

    @Test
    void everyCommandsHelpShowsExamples() {
        for (String command : COMMANDS) {
            String help = cli().ok(command, "--help");
            assertThat(help)
                    .as(command)
                    .contains("Usage: jetdb " + command)
                    .contains("Examples:")
                    .contains("  jetdb ");
        }
        assertThat(cli().ok("bench", "io", "--help")).contains("Examples:");
        assertThat(cli().ok("bench", "kv", "--help")).contains("Examples:");
    }

    @Test
    void helpHasNoColoursInAPipe() {
        assertThat(cli().ok("--help")).doesNotContain("\u001b");
    }

    @Test
    void withoutACommandTheUsageIsAnError() {
        assertThat(cli().fails(ExitCode.USAGE)).contains("Usage: jetdb");
        assertThat(cli().fails(ExitCode.USAGE, "bench")).contains("Usage: jetdb bench");
    }

    @Test
    void usageErrorsSayWhatToTry() {
        assertThat(cli().fails(ExitCode.USAGE, "--no-such-option")).contains("--no-such-option");
        assertThat(cli().fails(ExitCode.USAGE, "gett", "k")).contains("get");
        assertThat(cli().fails(ExitCode.USAGE, "put", "k", "-v")).contains("behind '--'");
        assertThat(cli().fails(ExitCode.USAGE, "get")).contains("KEY").contains("jetdb get --help");
        assertThat(cli().fails(ExitCode.USAGE, "scan", "--limit", "many"))
                .contains("--limit")
                .contains("many");
        assertThat(cli().fails(ExitCode.USAGE, "scan", "--driver", "fast")).contains("driver");
    }

    @Test
    void missingDatabaseIsAUsageErrorThatTellsHow() {
        Cli cli = cli();
        cli.variables.remove("JETDB_PATH");
        assertThat(cli.fails(ExitCode.USAGE, "get", "k"))
                .contains("--db PATH")
                .contains("JETDB_PATH");
    }

    @Test
    void anAtSignIsNoFileOfArguments() {
        Cli cli = cli();
        cli.ok("init", dir.resolve("db").toString());
        cli.ok("put", "@k", "@/etc/passwd");
        assertThat(cli.ok("get", "@k")).isEqualTo("@/etc/passwd\n");
    }

    @Test
    void defectsOfOursAreCalledSo() {
        Cli cli =
                new Cli(
                        (path, options) -> {
                            throw new IllegalStateException("planted");
                        },
                        dir);
        assertThat(cli.run("count")).isEqualTo(ExitCode.INTERNAL);
        assertThat(cli.err).contains("planted").contains("--debug").doesNotContain("\tat ");
        assertThat(cli.run("--debug", "count")).isEqualTo(ExitCode.INTERNAL);
        assertThat(cli.err).contains("\tat ");
        assertThat(cli.run("count", "--debug")).isEqualTo(ExitCode.INTERNAL);
        assertThat(cli.err).contains("\tat ");
    }

    @Test
    void exitCodesArePicoclisWhereBothHaveOne() {
        assertThat(ExitCode.OK).isEqualTo(CommandLine.ExitCode.OK);
        assertThat(ExitCode.USAGE).isEqualTo(CommandLine.ExitCode.USAGE);
    }
}
