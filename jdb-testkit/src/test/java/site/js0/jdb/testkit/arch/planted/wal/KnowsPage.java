package site.js0.jdb.testkit.arch.planted.wal;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.page.KnowsDriver;

/** Breaks: neighbours of L2 do not know each other. */
public final class KnowsPage {
    public @Nullable KnowsDriver known;
}
