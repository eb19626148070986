package site.js0.jdb.testkit.arch.planted.layout;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.proto.KnowsFs;

/** Breaks: layout is below proto. */
public final class KnowsProto {
    public @Nullable KnowsFs known;
}
