package site.js0.jdb.index;

/**
 * What it takes to find a tree again: the superblock holds one per VNode.
 *
 * @param pageNo page of the root; 0 for the empty tree
 * @param crc checksum of that page
 * @param level 0 when the root is a leaf
 * @param entryCount entries in all leaves: versions, not keys
 */
public record TreeRoot(long pageNo, int crc, int level, long entryCount) {
    /** No entries, no pages. */
    public static final TreeRoot EMPTY = new TreeRoot(0, 0, 0, 0);

    /** True for a tree without pages. */
    public boolean isEmpty() {
        return pageNo == 0;
    }
}
