package site.js0.jdb.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Jdb;

/** A prompt for commands, over one database that stays open. */
@Command(
        name = "shell",
        header = "Type commands at a prompt, with history and completion.",
        description = {
            "",
            "The database stays open, so that commands answer at once, and no other process can open it meanwhile."
                    + " Commands are those of jetdb without its name and without --db: put, get, del, scan, count,"
                    + " tables, stat, import, export; and",
            "  use DATABASE [TABLE]   what commands work on from now on",
            "  help [COMMAND]         what there is",
            "  exit                   leave; so does Ctrl-D",
            "Words with spaces go in '...' or \"...\". A backslash is only a backslash.",
            "",
            "Commands may come from a pipe or file too: then there is no prompt, # begins a comment, and the first"
                    + " command that fails ends it with its exit code, unless --keep-going is given.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb shell --db ./data",
            "  echo 'count -t people' | jetdb shell",
            "  jetdb shell < commands.txt",
        })
final class ShellCommand extends DbCommand {
    static final List<String> BUILT_IN = List.of("use", "help", "exit");

    @Option(names = "--keep-going", description = "A script goes on behind a command that failed.")
    private boolean keepGoing;

    @Option(
            names = "--history",
            paramLabel = "FILE",
            description =
                    "Where typed lines are kept. Default: $XDG_STATE_HOME/jetdb/history, else"
                            + " ~/.local/state/jetdb/history.")
    private @Nullable Path history;

    ShellCommand(Env env) {
        super(env);
    }

    @Override
    boolean isLarge() {
        return true;
    }

    @Override
    int run(Jdb jdb) throws IOException {
        Env.Session session = new Env.Session(jdb, TableArgs.DATABASE, TableArgs.TABLE);
        env.session = session;
        try {
            return env.inIsTerminal && env.outIsTerminal ? converse(session) : runScript(session);
        } finally {
            env.session = null;
        }
    }

    private int runScript(Env.Session session) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(env.in, StandardCharsets.UTF_8));
        int code = ExitCode.OK;
        long number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (isExit(line)) {
                return code;
            }
            int result = execute(session, line);
            if (result != ExitCode.OK) {
                code = result;
                if (!keepGoing) {
                    env.err.println(
                            "  (line " + number + " of the commands: " + line.strip() + ")");
                    return code;
                }
            }
        }
        return code;
    }

    private int converse(Env.Session session) throws IOException {
        Map<String, CommandLine> commands = Main.commandLine(env).getSubcommands();
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            LineReader reader =
                    LineReaderBuilder.builder()
                            .appName("jetdb")
                            .terminal(terminal)
                            // A backslash is a backslash; and only what is typed is completed,
                            // never expanded.
                            .parser(new DefaultParser().escapeChars(new char[0]))
                            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                            .variable(LineReader.HISTORY_FILE, historyFile())
                            .completer(new ShellCompleter(session, commands))
                            .build();
            Thread self = Thread.currentThread();
            terminal.handle(Terminal.Signal.INT, signal -> self.interrupt());
            env.err.println(
                    "jetdb "
                            + Version.current()
                            + " on "
                            + session.jdb.path()
                            + "; help, or Tab, says what there is");
            while (true) {
                try {
                    String line = reader.readLine(session.database + "/" + session.table + "> ");
                    if (isExit(line)) {
                        return ExitCode.OK;
                    }
                    execute(session, line);
                    Thread.interrupted(); // a Ctrl-C that came too late to matter
                } catch (UserInterruptException e) {
                    env.err.println("(exit, or Ctrl-D, leaves)");
                } catch (EndOfFileException e) {
                    return ExitCode.OK;
                }
            }
        }
    }

    private static boolean isExit(String line) {
        String word = line.strip();
        return word.equals("exit") || word.equals("quit");
    }

    /** Runs one line; answers its exit code. */
    int execute(Env.Session session, String line) {
        try {
            List<String> words = ShellWords.split(line);
            if (words.isEmpty()) {
                return ExitCode.OK;
            }
            env.databasePath = ""; // one line's --db is not the next one's
            CommandLine commands = Main.commandLine(env);
            return switch (words.get(0)) {
                case "use" -> use(session, words);
                case "help" ->
                        commands.execute(
                                words.size() > 1
                                        ? new String[] {words.get(1), "--help"}
                                        : new String[] {"--help"});
                default -> commands.execute(words.toArray(String[]::new));
            };
        } catch (CliException e) {
            return Main.report(env, e, false);
        }
    }

    private int use(Env.Session session, List<String> words) {
        if (words.size() < 2 || words.size() > 3) {
            throw CliException.usage(
                    "expected use DATABASE [TABLE], got " + (words.size() - 1) + " names", "");
        }
        Arguments.bytes("DATABASE", words.get(1));
        session.database = words.get(1);
        session.table = words.size() == 3 ? words.get(2) : TableArgs.TABLE;
        Arguments.bytes("TABLE", session.table);
        return ExitCode.OK;
    }

    /** The file, made readable for its owner alone: what is typed may be nobody's business. */
    private Path historyFile() throws IOException {
        Path file = history;
        if (file == null) {
            String state = env.variables.getOrDefault("XDG_STATE_HOME", "");
            Path base =
                    state.isEmpty()
                            ? Path.of(System.getProperty("user.home"), ".local", "state")
                            : Path.of(state);
            file = base.resolve("jetdb").resolve("history");
            Files.createDirectories(file.getParent());
        }
        if (Files.notExists(file)) {
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            } else {
                Files.createFile(file);
            }
        }
        return file;
    }
}
