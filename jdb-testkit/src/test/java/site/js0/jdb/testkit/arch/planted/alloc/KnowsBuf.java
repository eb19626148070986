package site.js0.jdb.testkit.arch.planted.alloc;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.buf.KnowsDriver;

/** Breaks: alloc is below buf. */
public final class KnowsBuf {
    public @Nullable KnowsDriver known;
}
