package site.js0.jdb.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.JdbOptions.DriverChoice;

/** Options that say which database to open, and how. */
final class DbArgs {
    /**
     * Enough for any single command; {@code shell} and {@code import} take the engine's own
     * default.
     */
    private static final long SMALL_MEMORY = 128L << 20;

    @Option(
            names = {"-d", "--db"},
            paramLabel = "PATH",
            description = "Directory of the database. Default: the variable JETDB_PATH.")
    private String path = "";

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Memory the engine may use, e.g. 512m or 2g.")
    private String memory = "";

    @Option(
            names = "--driver",
            paramLabel = "NAME",
            description =
                    "How files are read and written: ${COMPLETION-CANDIDATES}. Default: auto (io_uring where the"
                            + " system allows it, else nio).")
    private DriverChoice driver = DriverChoice.AUTO;

    /** Opens the database that was named; it must be there. */
    Jdb open(Env env, boolean large) {
        JdbOptions options = JdbOptions.defaults().withDriver(driver).withCreateIfMissing(false);
        if (!memory.isEmpty()) {
            options = options.withMemory(JdbOptions.parseBytes("--memory", memory));
        } else if (!large) {
            options = options.withMemory(Math.min(SMALL_MEMORY, options.memoryBytes()));
        }
        return env.opener.open(path(env), options);
    }

    /** Where the database is. */
    Path path(Env env) {
        String named = path;
        if (named.isEmpty()) {
            named = env.databasePath;
        }
        if (named.isEmpty()) {
            named = env.variables.getOrDefault("JETDB_PATH", "");
        }
        if (named.isEmpty()) {
            throw CliException.usage(
                    "no database is named",
                    "Add --db PATH or set JETDB_PATH; make a new database with: jetdb init PATH");
        }
        return Path.of(named);
    }

    /** In the shell one database is open, and stays. */
    void refuseInShell(Env env) {
        if (!path.isEmpty()
                || !env.databasePath.isEmpty()
                || !memory.isEmpty()
                || driver != DriverChoice.AUTO) {
            throw CliException.usage(
                    "--db, --memory and --driver say how to open a database, and the shell has opened one already",
                    "Leave the shell (exit) and start it with them.");
        }
    }
}
