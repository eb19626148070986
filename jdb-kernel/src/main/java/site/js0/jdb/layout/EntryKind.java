package site.js0.jdb.layout;

/**
 * What an entry (in the log, memtable or a leaf) is. On disk: append values, never renumber; 0 is
 * never valid.
 */
public final class EntryKind {
    /** A value, in place. */
    public static final int VALUE = 1;

    /** A value in the value log; the entry carries its 16-byte {@link ValPtr}. */
    public static final int POINTER = 2;

    /** The key was deleted at this timestamp. */
    public static final int TOMBSTONE = 3;

    private EntryKind() {}

    /** True for a number this version writes. */
    public static boolean known(int kind) {
        return kind >= VALUE && kind <= TOMBSTONE;
    }
}
