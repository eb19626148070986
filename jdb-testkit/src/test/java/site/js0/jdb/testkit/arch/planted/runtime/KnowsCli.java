package site.js0.jdb.testkit.arch.planted.runtime;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.cli.Tool;

/** Breaks: the engine does not know its tools. */
public final class KnowsCli {
    public @Nullable Tool known;
}
