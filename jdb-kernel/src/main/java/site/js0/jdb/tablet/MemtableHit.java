package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;

/**
 * Where {@link Memtable#find} found a version; used again and again. What it says stays true until
 * the table is cleared. Owner: the operation that asks.
 */
public final class MemtableHit {
    private long timestamp;
    private int kind;
    private long valueOffset;
    private int valueLength;

    int set(MemorySegment memory, long record) {
        timestamp = MemtableRecord.timestamp(memory, record);
        kind = MemtableRecord.kind(memory, record);
        valueOffset = MemtableRecord.valueOffset(memory, record);
        valueLength = MemtableRecord.valueLength(memory, record);
        return kind;
    }

    /** Its commit timestamp. */
    public long timestamp() {
        return timestamp;
    }

    /** One of {@link site.js0.jdb.layout.EntryKind}. */
    public int kind() {
        return kind;
    }

    /** Of the value, or the value pointer, in {@link Memtable#memory()}. */
    public long valueOffset() {
        return valueOffset;
    }

    public int valueLength() {
        return valueLength;
    }
}
