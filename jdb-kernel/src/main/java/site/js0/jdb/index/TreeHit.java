package site.js0.jdb.index;

import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.LeafPage;

/**
 * Where a lookup found its version; filled by {@link Tree#get}, reused by its owner. Valid until
 * the next call into the page space, which may evict the page it points into.
 */
public final class TreeHit {
    /** Of the value bytes, or of the 16 bytes of the pointer, in {@link Tree#memory()}. */
    public long offset;

    /** Value bytes; 16 for a pointer, 0 for a tombstone. */
    public int length;

    /** One of {@link EntryKind}; a tombstone is found as such. */
    public int kind;

    /**
     * Commit timestamp; {@link LeafPage#BARE} when the leaf holds none: visible to every reader.
     */
    public long timestamp;

    @Override
    public String toString() {
        return "TreeHit[kind=%d, timestamp=%d, %d bytes at %d]"
                .formatted(kind, timestamp, length, offset);
    }
}
