package site.js0.jdb.testkit.arch.planted.tablet;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.runtime.KnowsCli;

/** Breaks: L4 is below L5. */
public final class KnowsRuntime {
    public @Nullable KnowsCli known;
}
