package site.js0.jdb.runtime;

import java.nio.file.Path;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.comm.JdbOptions;

/** The way into the runtime for {@code api}, and for the test kit, which brings its own world. */
public final class Kernel {
    private Kernel() {}

    /** See {@link Jdb#open(Path, JdbOptions)}. */
    public static Jdb open(Path path, JdbOptions options) {
        Bounds.present("options", options);
        return EngineOpening.open(path, options, World.real(options));
    }

    /** Opens a database in a world other than the machine's. */
    public static Jdb open(Path path, JdbOptions options, World world) {
        return EngineOpening.open(path, options, world);
    }
}
