package site.js0.jdb.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import site.js0.jdb.api.Jdb;

/** A command that works on one open database: its own, or the shell's. */
abstract class DbCommand implements Callable<Integer> {
    final Env env;

    @Mixin private DbArgs db = new DbArgs();

    @Mixin HelpArgs help = new HelpArgs();

    DbCommand(Env env) {
        this.env = env;
    }

    @Override
    public final Integer call() throws IOException {
        if (env.session != null) {
            db.refuseInShell(env);
            return run(env.session.jdb);
        }
        before();
        try (Jdb jdb = db.open(env, isLarge())) {
            return run(jdb);
        }
    }

    /** Does the work; answers the exit code. */
    abstract int run(Jdb jdb) throws IOException;

    /** Checks of arguments that need no database, so that their errors come first. */
    void before() throws IOException {}

    /** True for a command that is worth the engine's whole default memory. */
    boolean isLarge() {
        return false;
    }
}
