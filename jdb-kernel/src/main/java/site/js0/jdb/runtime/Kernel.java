package site.js0.jdb.runtime;

import java.nio.file.Path;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;

/** An open database. */
public final class Kernel {
    private Kernel() {}

    /** See {@link Jdb#open(Path, JdbOptions)}. */
    public static Jdb open(Path path, JdbOptions options) {
        throw new JdbException(new JdbError.Internal("the kernel is being put together: " + path + " " + options));
    }
}
