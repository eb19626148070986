package site.js0.jdb.testkit.arch.planted.vlog;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.wal.KnowsPage;

/** Breaks: neighbours of L2 do not know each other. */
public final class KnowsWal {
    public @Nullable KnowsPage known;
}
