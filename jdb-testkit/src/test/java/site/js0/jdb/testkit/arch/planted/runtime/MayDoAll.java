package site.js0.jdb.testkit.arch.planted.runtime;

/** Fine: runtime starts the shards' threads and gives them time. */
public final class MayDoAll {
    public final Thread thread = new Thread(() -> {});
    public final long nanos = System.nanoTime();
}
