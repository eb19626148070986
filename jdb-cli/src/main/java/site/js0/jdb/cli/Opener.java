package site.js0.jdb.cli;

import java.nio.file.Path;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.comm.JdbOptions;

/** Opens a database: {@link Jdb#open(Path, JdbOptions)}, or what a test puts in its place. */
interface Opener {
    Jdb open(Path path, JdbOptions options);
}
