package site.js0.jdb.layout;

/**
 * What fits into the tree, in bytes; every bound is derived from the page. Nothing here counts
 * entries: a leaf holds as many as its bytes allow.
 */
public final class TreeLimits {
    /** A table id and one byte of user key. */
    public static final int KEY_BYTES_MIN = 5;

    /** A table id and 1024 bytes of user key. */
    public static final int KEY_BYTES_MAX = 1028;

    /** A longer value lies in the value log and the leaf holds its {@link ValPtr}. */
    public static final int VALUE_BYTES_MAX = 1024;

    /**
     * So many of the largest entries fit one leaf: what a page split needs to leave no page
     * near-empty.
     */
    public static final int LEAF_ENTRIES_MIN = 3;

    /** What a leaf has for slots, prefix and cells: all but the header and the closing offset. */
    private static final int LEAF_ROOM_BYTES =
            PageHeader.PAGE_BYTES - PageHeader.BYTES - KeyCells.OFFSET_BYTES;

    /**
     * The largest {@code keyLength + valueLength} of an entry in a leaf (a pointer counts as 16, a
     * tombstone as 0): a third of the leaf's room, less slot, cell header and timestamp, plus the
     * bytes of the key that lie in the slot. 1344.
     */
    public static final int ENTRY_BYTES_MAX =
            LEAF_ROOM_BYTES / LEAF_ENTRIES_MIN
                    - KeyCells.SLOT_BYTES
                    - KeyCells.HEADER_BYTES
                    - Long.BYTES
                    + KeyCells.HEAD_BYTES;

    /** The smallest cell is its header alone: bounds the entries of a page for arrays. 508. */
    public static final int CELLS_MAX =
            LEAF_ROOM_BYTES / (KeyCells.SLOT_BYTES + KeyCells.HEADER_BYTES);

    /** Levels above the leaves. An inner page has 3 children or more, so this is never reached. */
    public static final int LEVEL_MAX = 31;

    /**
     * A page with fewer bytes in use is under-full: it is joined with a neighbour when both fit one
     * page. Below the third of a page that splitting leaves at least.
     */
    public static final int UNDERFULL_BYTES = PageHeader.PAGE_BYTES / 4;

    static {
        assert KEY_BYTES_MAX + ValPtr.BYTES <= ENTRY_BYTES_MAX : "every key can point to a value";
        assert VALUE_BYTES_MAX <= PageHeader.PAGE_BYTES / 4;
        assert KEY_BYTES_MIN > KeyCells.HEAD_BYTES : "the head always holds bytes of the key";
        assert KEY_BYTES_MAX <= KeyCells.SUFFIX_MAX && PageHeader.PAGE_BYTES < 1 << Short.SIZE;
        assert ENTRY_BYTES_MAX == 1344 && CELLS_MAX == 508;
    }

    private TreeLimits() {}

    /**
     * True when a value of {@code valueLength} bytes may lie in the leaf; else it goes to the value
     * log.
     */
    public static boolean inline(int keyLength, int valueLength) {
        return valueLength <= VALUE_BYTES_MAX && keyLength + valueLength <= ENTRY_BYTES_MAX;
    }

    /** True for a key the tree takes. */
    public static boolean keyFits(int keyLength) {
        return keyLength >= KEY_BYTES_MIN && keyLength <= KEY_BYTES_MAX;
    }
}
