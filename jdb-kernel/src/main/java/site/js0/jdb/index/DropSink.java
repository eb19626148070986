package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;

/**
 * Hears of each version of kind POINTER that a merge leaves out: its blob is garbage once the new
 * tree counts.
 *
 * <p>Reports since the last ROOT or DONE belong to the root that the next one publishes; when the
 * merge throws instead, they are void.
 *
 * <p>Reports are exact for entries that were never merged before. When a log is replayed, versions
 * that an earlier run dropped and reported may be reported once more: whoever counts must treat
 * counts after a replay as an estimate, ask whether a pointer is current before a blob goes, or
 * hand in a sink that ignores replayed tables. See docs/format/tree.md, "Merging twice".
 */
@FunctionalInterface
public interface DropSink {
    /** The {@link site.js0.jdb.layout.ValPtr} at {@code offset}; valid during the call. */
    void dropped(MemorySegment memory, long offset);
}
