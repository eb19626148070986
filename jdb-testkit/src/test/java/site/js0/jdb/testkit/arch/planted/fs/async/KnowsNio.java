package site.js0.jdb.testkit.arch.planted.fs.async;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.fs.nio.Channels;

/** Breaks: a file is opened on whatever driver there is. */
public final class KnowsNio {
    public @Nullable Channels known;
}
