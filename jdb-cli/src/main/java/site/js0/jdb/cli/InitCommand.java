package site.js0.jdb.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.comm.JdbOptions;

/** Makes a database. */
@Command(
        name = "init",
        header = "Make a new, empty database.",
        description = {
            "",
            "Makes the directory and what belongs in it. A directory that is there must be empty. Nothing is ever"
                    + " overwritten.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb init ./data",
            "  jetdb init ./data --vnodes 8    eight parts, for a machine that will get more cores",
            "  jetdb init ./data --if-missing  for scripts: content with one that is there",
        })
final class InitCommand implements Callable<Integer> {
    private final Env env;

    @Parameters(paramLabel = "PATH", description = "The directory to make.")
    private String path = "";

    @Option(
            names = "--vnodes",
            paramLabel = "N",
            description =
                    "Parts that the data is spread over, fixed for good. Default: one per core.")
    private int vnodes;

    @Option(
            names = "--if-missing",
            description = "Do nothing, and end well, when it is a database already.")
    private boolean ifMissing;

    @Mixin HelpArgs help = new HelpArgs();

    InitCommand(Env env) {
        this.env = env;
    }

    @Override
    public Integer call() throws IOException {
        Path directory = Path.of(path);
        if (!isMissingOrEmpty(directory)) {
            // Whether it is a database is for the engine to say; what it is not gets the engine's
            // error.
            env.opener
                    .open(
                            directory,
                            JdbOptions.defaults().withCreateIfMissing(false).withMemory(64 << 20))
                    .close();
            if (ifMissing) {
                return ExitCode.OK;
            }
            throw new CliException(
                    ExitCode.DATABASE,
                    directory + " is a JDB database already; nothing was changed",
                    "Use it with --db " + directory + ", or choose another directory.");
        }
        try (Jdb jdb =
                env.opener.open(
                        directory, JdbOptions.defaults().withVnodes(vnodes).withMemory(64 << 20))) {
            jdb.flush();
        }
        env.err.println(
                "Made "
                        + directory
                        + ". Use it with --db "
                        + directory
                        + ", or: export JETDB_PATH="
                        + directory);
        return ExitCode.OK;
    }

    private static boolean isMissingOrEmpty(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }
}
