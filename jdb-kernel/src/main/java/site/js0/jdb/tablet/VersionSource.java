package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Waiter;

/**
 * One of a scan's sources (a memtable, the tree) as a sorted list of versions: key ascending,
 * newest first. A source stands on a version or nowhere. Steps answer {@link #ON}, {@link #NOWHERE}
 * or {@link site.js0.jdb.comm.Progress#WAIT}; after a wait the scan starts again from its last key.
 * Owner: holder of the shard.
 */
abstract class VersionSource {
    static final int NOWHERE = 0;
    static final int ON = 1;

    /** Where {@link #step} or a seek left it. */
    int state = NOWHERE;

    abstract int seek(
            MemorySegment key, int keyLength, boolean inclusive, boolean reverse, Waiter waiter);

    /** To the next version, in reverse to the one before. */
    abstract int step(boolean reverse, Waiter waiter);

    abstract MemorySegment keyMemory();

    abstract long keyOffset();

    abstract int keyLength();

    abstract long timestamp();

    /** True when no older version of its key can follow here: saves comparing keys. */
    abstract boolean isOldestOfKey();

    abstract int kind();

    abstract MemorySegment valueMemory();

    abstract long valueOffset();

    abstract int valueLength();
}
