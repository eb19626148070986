package site.js0.jdb.testkit.arch.planted.tablet;

/** Breaks: a monitor inside a shard, in a block. */
public final class SynchronizesBlock {
    private int count;

    /** Counts under a monitor. */
    public int next() {
        synchronized (this) {
            return ++count;
        }
    }
}
