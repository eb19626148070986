package site.js0.jdb.testkit.arch.planted.fs.uring;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.fs.nio.Channels;

/** Breaks: drivers do not know each other. */
public final class KnowsNio {
    public @Nullable Channels known;
}
