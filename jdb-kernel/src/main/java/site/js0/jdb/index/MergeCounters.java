package site.js0.jdb.index;

/**
 * What the merges of a tree have done since it was opened, unpublished rounds included but for
 * {@link #pagesWritten}. Owner: the merge's thread; who reads them elsewhere may see them a moment
 * old.
 */
public final class MergeCounters {
    /** Leaves taken in. */
    public long leavesRead;

    /** Pages in published roots. */
    public long pagesWritten;

    /** Roots published. */
    public long roots;

    /**
     * Leaves written beyond those taken in: a run of leaves that lie side by side became that much
     * longer.
     */
    public long leafSplits;

    /** The same for inner pages. */
    public long innerSplits;

    /** Neighbours taken in because a page would have been left under-full. */
    public long absorbed;
}
