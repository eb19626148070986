package site.js0.jdb.testkit.arch.planted.index;

/** Breaks: a volatile field inside a shard. */
public final class Publishes {
    public volatile int seen;
}
