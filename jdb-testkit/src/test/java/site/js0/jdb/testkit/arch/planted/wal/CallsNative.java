package site.js0.jdb.testkit.arch.planted.wal;

import java.lang.foreign.Linker;

/** Breaks: a native call above jdb-io. */
public final class CallsNative {
    public final Linker linker = Linker.nativeLinker();
}
