package site.js0.jdb.testkit.arch.planted.buf;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.fs.KnowsComm;

/** Breaks: buf is below fs. */
public final class KnowsFs {
    public @Nullable KnowsComm known;
}
