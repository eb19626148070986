package site.js0.jdb.testkit.arch.planted.comm;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.layout.KnowsProto;

/** Breaks: comm is the lowest. */
public final class KnowsLayout {
    public @Nullable KnowsProto known;
}
