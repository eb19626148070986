package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;

/**
 * One level of the tree while a merge rebuilds it. A run is what lies between two subtrees that are
 * kept as they are; of a run at most the last two pages are held back: {@code full}, closed because
 * the next cell did not fit, and {@code open}. So when the run ends they can be balanced.
 *
 * <p>Protocol: adding answers false (or 0) when both are taken: then {@link #writeFull} makes room.
 * At the end of a run {@link #closeOpen} and {@link #writeFull} empty it.
 *
 * <p>Owner: the merge.
 */
abstract sealed class LevelStage permits LeafStage, ItemStage {
    /** True when something waits to be written. */
    abstract boolean pending();

    /** True when a page is closed: there is no room for another. */
    abstract boolean full();

    /**
     * True when the run would end with a page that is under-full, after balancing. Then the next
     * subtree had better be taken in too.
     */
    abstract boolean underfull();

    /** The run is over: balances, and closes the open page when none is closed. */
    abstract void closeOpen();

    /** Writes the closed page, all but number and checksum. */
    abstract void writeFull(MemorySegment memory, long page, int vnode);

    /** The key of the separator in front of the closed page, until {@link #fullSealed}. */
    abstract KeyBuffer separator();

    /** The timestamp of that separator. */
    abstract long separatorTimestamp();

    /** The closed page has found its place: forgets it. */
    abstract void fullSealed();

    /** Nothing is pending and a subtree is kept: what comes next is a new run. */
    abstract void endRun();

    /** Forgets all. */
    abstract void reset();
}
