package site.js0.jdb.testkit.arch.planted.index;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.tablet.KnowsRuntime;

/** Breaks: L3 is below L4. */
public final class KnowsTablet {
    public @Nullable KnowsRuntime known;
}
