package site.js0.jdb.testkit.arch.planted.fs.nio;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.wal.KnowsPage;

/** Breaks: jdb-io stands alone. */
public final class KnowsKernel {
    public @Nullable KnowsPage known;
}
