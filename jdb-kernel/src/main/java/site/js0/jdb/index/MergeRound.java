package site.js0.jdb.index;

/**
 * What a merge has done since it last published a root, and when that is enough. Owner: the merge.
 */
final class MergeRound {
    /** Replaced pages per page written: deleting writes little and replaces much. */
    private static final int REPLACED_FACTOR = 4;

    private final MergeOutput out;
    private final MergeHead head;
    private final int pagesPerRoot;

    /** Pages that the round's root will not refer to. */
    private final PageList replaced = new PageList();

    private TreeRoot oldRoot = TreeRoot.EMPTY;
    private long takenBefore;
    private long entriesRead;
    private boolean cutting;
    private boolean stopped;

    MergeRound(MergeOutput out, MergeHead head, int pagesPerRoot) {
        assert pagesPerRoot > 0;
        this.out = out;
        this.head = head;
        this.pagesPerRoot = pagesPerRoot;
    }

    void begin(TreeRoot root) {
        out.begin();
        replaced.clear();
        oldRoot = root;
        takenBefore = head.taken();
        entriesRead = 0;
        cutting = false;
        stopped = false;
        if (!root.isEmpty()) {
            replace(root.pageNo());
        }
    }

    /** The page was opened: what of it stays is written anew. */
    void replace(long pageNo) {
        replaced.add(pageNo);
    }

    PageList replaced() {
        return replaced;
    }

    /** The entries of an opened leaf are counted again when they are written. */
    void leafRead(int entries) {
        entriesRead += entries;
    }

    /** Entries of the tree once all is written. */
    long entries() {
        return oldRoot.entryCount() - entriesRead + out.entriesWritten();
    }

    /** True from when the round has done enough: no more of the source but the key it is at. */
    boolean cutDue() {
        if (!cutting) {
            cutting =
                    head.taken() > takenBefore
                            && (out.written().count() >= pagesPerRoot
                                    || replaced.count() >= REPLACED_FACTOR * pagesPerRoot);
        }
        return cutting;
    }

    /**
     * True when a source entry is there that the present leaf takes in this round. After the cut
     * only the versions of the key it is at: and once it has passed that key, none, even if the
     * tree comes to the source's next key, for some of that key's versions may be behind it
     * already.
     */
    boolean takesSource(MergePath.Step leaf, VersionMerge versions) {
        if (stopped || !head.load() || !leaf.holds(head.key, head.timestamp)) {
            return false;
        }
        stopped = cutDue() && !versions.openFor(head.key);
        return !stopped;
    }
}
