package site.js0.jdb.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.api.Jdb;

/**
 * What a command sees of the world: streams, environment variables, who opens databases, and in the
 * shell the database that is open already. Tests make their own.
 */
final class Env {
    final InputStream in;
    final Output out;
    final PrintWriter err;
    final Map<String, String> variables;
    final Opener opener;
    final boolean inIsTerminal;
    final boolean outIsTerminal;
    final boolean errIsTerminal;

    /** What {@code jetdb --db PATH COMMAND} named; empty when it named nothing. */
    String databasePath = "";

    /** The shell's database, for commands that run inside it; null outside. */
    @Nullable Session session;

    /** An open database and the names that commands use when they are given none. */
    static final class Session {
        final Jdb jdb;
        String database;
        String table;

        Session(Jdb jdb, String database, String table) {
            this.jdb = jdb;
            this.database = database;
            this.table = table;
        }
    }

    Env(
            InputStream in,
            Output out,
            PrintWriter err,
            Map<String, String> variables,
            Opener opener,
            boolean inIsTerminal,
            boolean outIsTerminal,
            boolean errIsTerminal) {
        this.in = in;
        this.out = out;
        this.err = err;
        this.variables = variables;
        this.opener = opener;
        this.inIsTerminal = inIsTerminal;
        this.outIsTerminal = outIsTerminal;
        this.errIsTerminal = errIsTerminal;
    }

    /**
     * This process's. Always UTF-8, whatever the locale: keys are bytes, and a pipe has no locale.
     */
    static Env system() {
        return new Env(
                new FileInputStream(FileDescriptor.in),
                new Output(new FileOutputStream(FileDescriptor.out), isPipe(1)),
                new PrintWriter(
                        new OutputStreamWriter(
                                new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8),
                        true),
                System.getenv(),
                Jdb::open,
                isTerminal(0),
                isTerminal(1),
                isTerminal(2));
    }

    /** May bars, colours and prompts be shown on standard error? */
    boolean isLively() {
        return errIsTerminal && !"dumb".equals(variables.get("TERM"));
    }

    /** May help be coloured? See no-color.org. */
    boolean isColoured() {
        String off = variables.get("NO_COLOR");
        return outIsTerminal
                && !"dumb".equals(variables.get("TERM"))
                && (off == null || off.isEmpty());
    }

    @SuppressWarnings("SystemConsoleNull") // it may be null, by -Djdk.console=java.base
    private static boolean isTerminal(int descriptor) {
        String target = descriptorTarget(descriptor);
        if (target != null) {
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        }
        return System.console() != null && System.console().isTerminal();
    }

    private static boolean isPipe(int descriptor) {
        String target = descriptorTarget(descriptor);
        return target != null && (target.startsWith("pipe:") || target.startsWith("socket:"));
    }

    /** What Linux says the descriptor is; null elsewhere. */
    private static @Nullable String descriptorTarget(int descriptor) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
        } catch (IOException | UnsupportedOperationException e) {
            return null; // not Linux, or the descriptor is closed: the caller has another way to
            // ask
        }
    }
}
