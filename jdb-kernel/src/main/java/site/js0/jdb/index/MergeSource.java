package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Entries to merge into the tree, sorted by (key ascending, timestamp descending), each pair once.
 * A cursor: what the accessors answer is the present entry. The memory behind it does not change or
 * move while the merge lives.
 */
public interface MergeSource {
    /** False at the end; then only that may be asked. */
    boolean valid();

    /** Goes on to the next entry. */
    void advance();

    /** The segment that all offsets point into. */
    MemorySegment memory();

    long keyOffset();

    int keyLength();

    /** Commit timestamp; greater than 0. */
    long timestamp();

    /** One of {@link site.js0.jdb.layout.EntryKind}. */
    int kind();

    /** Value bytes, or the 16 bytes of a value pointer; undefined for a tombstone. */
    long valueOffset();

    int valueLength();

    /**
     * Another cursor of the same entries, standing at the same one, to look ahead with: the merge
     * has the leaves loaded that it will need. Null, the default, when there is none: then it waits
     * for each leaf.
     */
    default @Nullable MergeSource ahead() {
        return null;
    }
}
