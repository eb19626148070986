package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;

/** Takes the rows of a scan, one after the other, and copies what it is shown. */
public interface RowSink {
    /**
     * A row whose value is in a page or memtable; {@code key} is the user's, without its table id.
     */
    void row(
            MemorySegment key,
            long keyOffset,
            int keyLength,
            MemorySegment value,
            long valueOffset,
            int valueLength);

    /** A row whose value is on its way from the value log. */
    void row(MemorySegment key, long keyOffset, int keyLength, BlobFetch value);
}
