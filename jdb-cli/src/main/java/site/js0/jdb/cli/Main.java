package site.js0.jdb.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Entry point of {@code jetdb}: builds the tree of commands, runs the one that is named, and turns
 * errors into words.
 */
@Command(
        name = "jetdb",
        header = "Command line of JDB, an embedded key-value and time-series database.",
        synopsisHeading = "%nUsage: ",
        description = {
            "",
            "A database is a directory. It holds databases (namespaces), those hold tables, and a table is a sorted map"
                    + " of byte strings. Say where it is with --db PATH or the variable JETDB_PATH; without --database"
                    + " and --table, commands use main and default.",
            ""
        },
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb demo                        see it work on real weather data",
            "  jetdb init ./data                 make a database",
            "  export JETDB_PATH=./data          ... and use it from now on",
            "  jetdb put greeting hello          store a value",
            "  jetdb get greeting                read it back",
            "  jetdb scan --prefix gre           list keys and values in order",
            "  jetdb import people.csv --key id  read a CSV file in",
            "  jetdb shell                       type commands with history and completion",
            "",
            "Binary keys and values: hex:00ff, base64:AP8=, text:with\\x00\\nescapes,",
            "cols:a,b (columns of a composite key); see 'jetdb put --help'.",
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            " 0:done",
            " 1:not found: the key, table or database that was asked for",
            " 2:the command line is wrong",
            " 3:the database cannot be opened, read or written",
            " 4:a file of yours cannot be read or written, or its content is not as it should be",
            " 5:a benchmark or the demo read something other than it wrote",
            "70:a defect of jetdb"
        },
        subcommandsRepeatable = false)
public final class Main implements Callable<Integer> {
    private final Env env;
    private @Nullable CommandLine self;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Show the stack trace of an error.",
            order = 1000)
    private boolean debug;

    /** The same option as the commands have, in front of the command. */
    @Option(
            names = {"-d", "--db"},
            paramLabel = "PATH",
            description = "Directory of the database; may stand behind the command too.")
    void setDatabasePath(String path) {
        env.databasePath = path;
    }

    private Main(Env env) {
        this.env = env;
    }

    /** Runs one command; the process ends with its exit code. */
    public static void main(String[] args) {
        Env env = Env.system();
        CommandLine commandLine = commandLine(env);
        int code;
        try {
            code = commandLine.execute(Arguments.faithful(args));
        } catch (CliException e) {
            code = report(env, e, false);
        } catch (Error e) { // out of memory, a failed assertion: the process must not end as if a
            // key were missing
            env.err.println("jetdb: a defect of jetdb, or too little memory for Java: " + e);
            e.printStackTrace(env.err);
            code = ExitCode.INTERNAL;
        }
        System.exit(code);
    }

    /**
     * The whole command tree, ready to execute; in the shell, those commands that work on its
     * database.
     */
    static CommandLine commandLine(Env env) {
        Main main = new Main(env);
        CommandLine root = new CommandLine(main);
        if (env.session == null) {
            root.addSubcommand(new InitCommand(env));
        }
        root.addSubcommand(new PutCommand(env))
                .addSubcommand(new GetCommand(env))
                .addSubcommand(new DelCommand(env))
                .addSubcommand(new ScanCommand(env))
                .addSubcommand(new CountCommand(env))
                .addSubcommand(new TablesCommand(env))
                .addSubcommand(new StatCommand(env))
                .addSubcommand(new ImportCommand(env))
                .addSubcommand(new ExportCommand(env));
        if (env.session == null) {
            root.addSubcommand(new ShellCommand(env))
                    .addSubcommand(
                            new CommandLine(new BenchCommand())
                                    .addSubcommand(new BenchKvCommand(env))
                                    .addSubcommand(new BenchIoCommand(env)))
                    .addSubcommand(new DemoCommand(env));
        }
        root.addSubcommand(new VersionCommand(env));
        main.self = root;
        return root.setExpandAtFiles(false) // a key may well begin with @
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setColorScheme(
                        Help.defaultColorScheme(env.isColoured() ? Help.Ansi.ON : Help.Ansi.OFF))
                .setOut(new PrintWriter(env.out, false, java.nio.charset.StandardCharsets.UTF_8))
                .setErr(env.err)
                .setExecutionStrategy(parsed -> main.run(parsed))
                .setExecutionExceptionHandler((e, command, parsed) -> report(env, e, main.debug))
                .setParameterExceptionHandler((e, args) -> main.reportUsage(e));
    }

    /** Runs the command, and has written all its output when it answers. */
    private int run(ParseResult parsed) {
        try {
            int code = new CommandLine.RunLast().execute(parsed);
            if (self != null) {
                self.getOut().flush();
            }
            env.out.flush();
            return code;
        } catch (CommandLine.ExecutionException e) {
            return report(env, e.getCause() instanceof Exception cause ? cause : e, debug);
        } catch (CliException | Output.Closed e) {
            return report(env, e, debug);
        }
    }

    /** Without a command there is nothing to do but to say what there is. */
    @Override
    public Integer call() {
        if (self != null) {
            self.usage(env.err);
        }
        return ExitCode.USAGE;
    }

    private int reportUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        if (debug) {
            e.printStackTrace(env.err);
        }
        env.err.println("jetdb: " + e.getMessage());
        if (e instanceof UnmatchedArgumentException unmatched) {
            if (unmatched.isUnknownOption()) {
                env.err.println(
                        "  A key or value that begins with '-' goes behind '--': jetdb put -- -key -value");
            } else if (!UnmatchedArgumentException.printSuggestions(e, env.err)) {
                env.err.println("  Put quotes around keys and values with spaces.");
            }
        }
        env.err.println("  Try: " + command.getCommandSpec().qualifiedName() + " --help");
        env.err.flush();
        return ExitCode.USAGE;
    }

    /** Says what went wrong and what to do next, and answers the exit code. */
    static int report(Env env, Exception e, boolean debug) {
        if (e instanceof Output.Closed) {
            return ExitCode.OK;
        }
        CliException said = inWords(e);
        if (!(e instanceof CliException)) {
            flushQuietly(env);
        }
        env.err.println("jetdb: " + said.getMessage());
        if (!said.hint().isEmpty()) {
            env.err.println("  " + said.hint());
        }
        if (debug) {
            e.printStackTrace(env.err);
        }
        env.err.flush();
        return said.exitCode();
    }

    /** What was printed before the error still reaches its reader. */
    private static void flushQuietly(Env env) {
        try {
            env.out.flush();
        } catch (CliException | Output.Closed e) {
            // The error that is being reported comes first; this one would only follow from it.
        }
    }

    private static CliException inWords(Exception e) {
        return switch (e) {
            case CliException c -> c;
            case JdbException j -> inWords(j.error());
            case NoSuchFileException f ->
                    CliException.userFile(f.getFile() + ": there is no such file", "");
            case AccessDeniedException f ->
                    CliException.userFile(
                            f.getFile() + ": permission denied",
                            "Check the file's owner and mode.");
            case IOException f -> CliException.userFile(String.valueOf(f.getMessage()), "");
            case InvalidPathException p ->
                    CliException.usage(
                            "the path " + p.getInput() + " cannot be used: " + p.getReason(),
                            "Names that are not ASCII need a UTF-8 locale, for example LC_ALL=C.UTF-8.");
            default ->
                    new CliException(
                            ExitCode.INTERNAL,
                            "a defect of jetdb: " + e,
                            "Please report it, with what --debug shows in addition.");
        };
    }

    private static CliException inWords(JdbError error) {
        String message = error.message();
        return switch (error) {
            case JdbError.BadArgument _ -> CliException.usage(message, "");
            case JdbError.NotFound _ ->
                    CliException.notFound(message, "See what there is with: jetdb tables");
            case JdbError.NotADatabase _ ->
                    database(message, "Make a new one with: jetdb init PATH");
            case JdbError.Locked _ ->
                    database(message, "One process at a time can have a database open.");
            case JdbError.Busy _, JdbError.DiskFull _, JdbError.NewerFormat _ ->
                    database(message, "");
            case JdbError.Interrupted _ ->
                    database(message, "Read the key to see whether it took place.");
            case JdbError.Shutdown _ -> database(message, "Open it again.");
            case JdbError.Corrupt _ ->
                    database(
                            message,
                            "Nothing was changed. Restore the directory from a copy, and please report it.");
            case JdbError.Io _ ->
                    database(
                            message,
                            "Look into the system's log; the device or file system failed.");
            case JdbError.InDoubt _ ->
                    database(message, "Run the command again: opening it recovers it.");
            case JdbError.Reentrant _, JdbError.Internal _ ->
                    new CliException(
                            ExitCode.DATABASE,
                            message,
                            "Run it again with --debug and add what it shows.");
        };
    }

    private static CliException database(String message, String hint) {
        return new CliException(ExitCode.DATABASE, message, hint);
    }
}
