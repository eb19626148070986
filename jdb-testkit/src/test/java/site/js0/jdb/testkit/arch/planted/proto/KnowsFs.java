package site.js0.jdb.testkit.arch.planted.proto;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.testkit.arch.planted.fs.KnowsComm;

/** Breaks: L0 is below L1. */
public final class KnowsFs {
    public @Nullable KnowsComm known;
}
