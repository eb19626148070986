package site.js0.jdb.testkit.arch.planted.buf;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.fs.uring.Ring;

/** Breaks: drivers are known to fs only. */
public final class KnowsDriver {
    public @Nullable Ring known;
}
