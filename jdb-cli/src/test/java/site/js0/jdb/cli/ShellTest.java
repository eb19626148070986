package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.comm.JdbOptions;

/** The shell as a script reads it, and what Tab offers. The terminal itself is tried by hand. */
class ShellTest {
    @TempDir private Path dir;

    private final MemJdb.Disk disk = new MemJdb.Disk();
    private Cli cli = new Cli(disk, Path.of(""));

    @BeforeEach
    void makeDatabase() {
        cli = new Cli(disk, dir.resolve("db"));
        cli.ok("init", dir.resolve("db").toString());
    }

    @Test
    void commandsShareOneOpenDatabase() {
        int opens = disk.opens;
        String out =
                cli.input(
                                """
                                # a comment
                                put a 'hello world'

                                put "it's" text:x\\ty
                                get a
                                use app people
                                put k v   # in app/people
                                scan
                                scan -D main -t default --keys-only
                                exit
                                put never here
                                """)
                        .ok("shell");
        assertThat(out).isEqualTo("hello world\nk\tv\na\nit's\n");
        assertThat(disk.opens - opens).isEqualTo(1);
        assertThat(cli.ok("tables")).isEqualTo("app\tpeople\nmain\tdefault\n");
    }

    @Test
    void aScriptEndsAtTheFirstCommandThatFails() {
        assertThat(cli.input("put a 1\nget nothing\nput b 2\n").fails(ExitCode.NOT_FOUND, "shell"))
                .contains("no key nothing")
                .contains("line 2");
        assertThat(cli.ok("count")).isEqualTo("1\n");
        cli.input("get nothing\nput b 2\nexit").fails(ExitCode.NOT_FOUND, "shell", "--keep-going");
        assertThat(cli.ok("count")).isEqualTo("2\n");
        cli.input("nonsense\n").fails(ExitCode.USAGE, "shell");
        cli.input("put 'a\n").fails(ExitCode.USAGE, "shell");
        cli.input("use\n").fails(ExitCode.USAGE, "shell");
        assertThat(cli.input("count --db elsewhere\n").fails(ExitCode.USAGE, "shell"))
                .contains("shell has opened");
        cli.input("shell\n").fails(ExitCode.USAGE, "shell");
    }

    @Test
    void helpSaysWhatThereIs() {
        assertThat(cli.input("help\n").ok("shell")).contains("scan").doesNotContain("  init");
        assertThat(cli.input("help put\n").ok("shell")).contains("Store a value");
    }

    @Test
    void wordsAreSplitAtSpacesOutsideQuotes() {
        assertThat(ShellWords.split(" a\tb  'c d' e\"f g\"h '' \"it's\" x\\y #no"))
                .containsExactly("a", "b", "c d", "ef gh", "", "it's", "x\\y");
        assertThat(ShellWords.split("a#b")).containsExactly("a#b");
        assertThat(ShellWords.split("  # only a comment")).isEmpty();
        assertThatThrownBy(() -> ShellWords.split("a 'b"))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("position 3");
    }

    @Test
    void tabOffersCommandsOptionsAndNames() {
        cli.ok("put", "-D", "app", "-t", "people", "k", "v");
        cli.ok("put", "-D", "app", "-t", "hex:00", "k", "v");
        cli.ok("put", "-t", "t1", "k", "v");
        try (Jdb jdb = disk.open(dir.resolve("db"), JdbOptions.defaults())) {
            Env.Session session = new Env.Session(jdb, "main", "default");
            Env env =
                    new Env(
                            java.io.InputStream.nullInputStream(),
                            new Output(java.io.OutputStream.nullOutputStream(), false),
                            new java.io.PrintWriter(java.io.Writer.nullWriter()),
                            cli.variables,
                            disk,
                            false,
                            false,
                            false);
            env.session = session;
            ShellCompleter completer =
                    new ShellCompleter(session, Main.commandLine(env).getSubcommands());
            assertThat(completer.offers(List.of("sc"), 0, "sc"))
                    .contains("scan", "use", "exit")
                    .doesNotContain("init");
            assertThat(completer.offers(List.of("scan", "--p"), 1, "--p"))
                    .contains("--prefix", "--reverse");
            assertThat(completer.offers(List.of("scan", "-t", ""), 2, "")).containsExactly("t1");
            assertThat(completer.offers(List.of("scan", "-D", "app", "-t", ""), 4, ""))
                    .containsExactly("text:\\x00", "people");
            assertThat(completer.offers(List.of("scan", "--database", ""), 2, ""))
                    .containsExactly("app", "main");
            assertThat(completer.offers(List.of("use", ""), 1, "")).containsExactly("app", "main");
            assertThat(completer.offers(List.of("use", "app", ""), 2, ""))
                    .containsExactly("text:\\x00", "people");
            assertThat(completer.offers(List.of("nonsense", "-"), 1, "-")).isEmpty();
        }
    }
}
