package site.js0.jdb.testkit.arch.planted.tablet;

/** Breaks: a monitor inside a shard, by a modifier. */
public final class SynchronizesMethod {
    private int count;

    /** Counts under a monitor. */
    public synchronized int next() {
        return ++count;
    }
}
