package site.js0.jdb.testkit.arch.planted.fs;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.comm.KnowsLayout;

/** Breaks: jdb-io stands alone. */
public final class KnowsComm {
    public @Nullable KnowsLayout known;
}
