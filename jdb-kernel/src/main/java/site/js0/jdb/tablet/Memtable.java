package site.js0.jdb.tablet;

import static site.js0.jdb.tablet.MemtableNode.NONE;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.layout.EntryKind;

/**
 * The newest writes of a VNode, sorted, every version: entries (key, commit timestamp) in the order
 * key ascending, then newest first. It lives in one region of memory given to it and never takes
 * more; nothing here allocates.
 *
 * <p>Keys are opaque bytes, 5..1028 of them (4-byte big-endian table id, then the user's key),
 * compared unsigned. A value is up to 1024 bytes in place, or 16 bytes that point into the value
 * log; what it is, {@link EntryKind} says.
 *
 * <p>Owner: whoever holds the shard. Frozen, it is only read, until {@link #clear()}. Until then,
 * too, what {@link MemtableHit}, {@link MemtableCursor} and {@link MemtableSource} point at stays
 * as it is: records never move or change.
 *
 * <pre>
 *  0            recordTop        tree.bottom()        capacity
 *  | records -&gt; |      free      | &lt;- nodes of the tree |
 * </pre>
 *
 * <p>A B+ tree and not a skip list: one thread at a time uses it, and cache misses are what costs.
 * See {@link MemtableTree}, {@link MemtableNode}, {@link MemtableRecord}.
 */
public final class Memtable {
    /**
     * What {@link #find} answers when no version is there; no {@link EntryKind} has this number.
     */
    public static final int ABSENT = 0;

    /** The smallest region. */
    public static final long BYTES_MIN = 8192;

    /** The largest region: four bytes name a record in it. */
    public static final long BYTES_MAX = MemtableRecord.ALIGNMENT * (1L << Integer.SIZE);

    static {
        assert BYTES_MIN
                >= MemtableRecord.BYTES_MAX
                        + 2 * MemtableNode.LEAF_BYTES
                        + MemtableNode.INNER_BYTES;
    }

    private final MemorySegment memory;
    private final Hold hold;
    private final MemtableTree tree;

    private long recordTop;

    /** The record of the greatest entry; NONE when empty. */
    private long lastRecord;

    private long entryCount;
    private long oldestLsn;
    private long newestLsn;
    private boolean frozen;

    private long modification;
    private long generation;

    /**
     * An empty table.
     *
     * @param region all the memory it will ever use, {@link #BYTES_MIN} to {@link #BYTES_MAX}; best
     *     aligned to 64 bytes
     * @param hold of the shard it belongs to
     */
    public Memtable(MemorySegment region, Hold hold) {
        if (region.byteSize() < BYTES_MIN || region.byteSize() > BYTES_MAX) {
            throw new IllegalArgumentException("a memtable of " + region.byteSize() + " bytes");
        }
        this.memory = region;
        this.hold = hold;
        this.tree = new MemtableTree(region);
        this.lastRecord = NONE;
    }

    /**
     * Forgets all entries and thaws: the region is used anew. Nothing may point into it any more.
     */
    public void clear() {
        assert hold.held();
        tree.clear();
        recordTop = 0;
        lastRecord = NONE;
        entryCount = 0;
        oldestLsn = 0;
        newestLsn = 0;
        frozen = false;
        modification++;
        generation++;
    }

    /** From now on it is only read. */
    public void freeze() {
        assert hold.held();
        frozen = true;
    }

    /**
     * Adds an entry. One with the same key and timestamp is replaced: replayed, or written twice in
     * a batch, where the last wins.
     *
     * @param timestamp above 0
     * @param kind one of {@link EntryKind}
     * @param valueLength 0..1024; 16 for a pointer, 0 for a tombstone
     * @return false when it does not fit; nothing has changed then
     */
    public boolean put(
            MemorySegment key,
            long keyOffset,
            int keyLength,
            long timestamp,
            int kind,
            MemorySegment value,
            long valueOffset,
            int valueLength) {
        assert hold.held();
        assert !frozen;
        assert keyLength >= MemtableRecord.KEY_BYTES_MIN
                        && keyLength <= MemtableRecord.KEY_BYTES_MAX
                : keyLength;
        assert valueLength >= 0 && valueLength <= MemtableRecord.VALUE_BYTES_MAX : valueLength;
        assert timestamp > 0 : timestamp;
        assert EntryKind.known(kind) : kind;
        final int recordBytes = MemtableRecord.bytes(keyLength, valueLength);
        final boolean last = isAfterLast(key, keyOffset, keyLength, timestamp);
        final long leaf;
        final int at;
        boolean replaces = false;
        if (last) {
            leaf = tree.lastLeaf();
            at = MemtableNode.count(memory, leaf);
            if (at == MemtableNode.CAPACITY) {
                tree.descendLast();
            }
        } else {
            leaf = tree.descend(key, keyOffset, keyLength, timestamp);
            at = MemtableNode.search(memory, leaf, key, keyOffset, keyLength, timestamp, 0);
            replaces = holds(leaf, at, key, keyOffset, keyLength, timestamp);
        }
        if (recordBytes + (replaces ? 0 : tree.bytesToInsert(leaf)) > bytesFree()) {
            return false;
        }
        final long record = recordTop;
        MemtableRecord.write(
                memory,
                record,
                key,
                keyOffset,
                keyLength,
                timestamp,
                kind,
                value,
                valueOffset,
                valueLength);
        recordTop += recordBytes;
        modification++;
        if (replaces) {
            replace(leaf, at, record);
            return true;
        }
        tree.insert(leaf, at, record);
        entryCount++;
        if (last) {
            lastRecord = record;
        }
        return true;
    }

    /** True when (key, timestamp) comes after all entries. */
    private boolean isAfterLast(MemorySegment key, long keyOffset, int keyLength, long timestamp) {
        return lastRecord == NONE
                || MemtableRecord.compare(
                                key, keyOffset, keyLength, timestamp, memory, lastRecord, 0)
                        > 0;
    }

    /** True when entry {@code at} of the leaf has this key and timestamp. */
    private boolean holds(
            long leaf, int at, MemorySegment key, long keyOffset, int keyLength, long timestamp) {
        if (at == MemtableNode.count(memory, leaf)
                || !MemtableNode.headEquals(memory, leaf, at, key, keyOffset, keyLength)) {
            return false;
        }
        final long record = MemtableNode.record(memory, leaf, at);
        return MemtableRecord.compare(key, keyOffset, keyLength, timestamp, memory, record, 0) == 0;
    }

    /**
     * Lets the leaf name the new record; the old one stays, unchanged, for those that point at it.
     */
    private void replace(long leaf, int at, long record) {
        if (MemtableNode.record(memory, leaf, at) == lastRecord) {
            lastRecord = record;
        }
        MemtableNode.setRecord(memory, leaf, at, record);
    }

    /**
     * Finds the newest version of a key at or below {@code readTimestamp}.
     *
     * @param hit told where the version is; untouched when there is none
     * @return its {@link EntryKind} (a tombstone is an answer, too), or {@link #ABSENT}
     */
    public int find(
            MemorySegment key, long keyOffset, int keyLength, long readTimestamp, MemtableHit hit) {
        assert hold.held();
        long leaf = tree.leafOf(key, keyOffset, keyLength, readTimestamp);
        int at = MemtableNode.search(memory, leaf, key, keyOffset, keyLength, readTimestamp, 0);
        if (at == MemtableNode.count(memory, leaf)) {
            // The key may have a newer version here and its older ones in the next leaf.
            leaf = MemtableNode.next(memory, leaf);
            at = 0;
            if (leaf == NONE) {
                return ABSENT;
            }
        }
        if (!MemtableNode.headEquals(memory, leaf, at, key, keyOffset, keyLength)) {
            return ABSENT;
        }
        final long record = MemtableNode.record(memory, leaf, at);
        if (!MemtableRecord.hasKey(key, keyOffset, keyLength, memory, record)) {
            return ABSENT;
        }
        return hit.set(memory, record);
    }

    /** True when one more entry will certainly fit. */
    public boolean hasRoomFor(int keyLength, int valueLength) {
        return hasRoom(1, recordBytes(keyLength, valueLength));
    }

    /**
     * True when the next {@code entries} puts, of {@code recordBytes} together, will certainly
     * succeed: to be asked before a batch is logged. It reckons that each of them splits a leaf.
     */
    public boolean hasRoom(long entries, long recordBytes) {
        assert hold.held();
        assert entries >= 0 && recordBytes >= 0;
        return recordBytes + tree.bytesToInsertMax(entries) <= bytesFree();
    }

    /** Bytes that the record of one entry takes; summed up for {@link #hasRoom}. */
    public static int recordBytes(int keyLength, int valueLength) {
        return MemtableRecord.bytes(keyLength, valueLength);
    }

    /** Notes that the log record {@code lsn} has entries here; in ascending order. */
    public void noteLsn(long lsn) {
        assert hold.held();
        assert lsn >= newestLsn && lsn > 0 : lsn + " after " + newestLsn;
        if (oldestLsn == 0) {
            oldestLsn = lsn;
        }
        newestLsn = lsn;
    }

    /**
     * The first log record that has entries here; 0 when none was noted. Replay must start at or
     * before it.
     */
    public long oldestLsn() {
        return oldestLsn;
    }

    /** The last log record that has entries here; 0 when none was noted. */
    public long newestLsn() {
        return newestLsn;
    }

    public boolean frozen() {
        return frozen;
    }

    public boolean isEmpty() {
        return entryCount == 0;
    }

    /** Entries: versions, not keys. */
    public long entryCount() {
        return entryCount;
    }

    /** Bytes of records, replaced ones too, and of the tree. */
    public long bytesUsed() {
        return bytesMax() - bytesFree();
    }

    /** Bytes it may use. */
    public long bytesMax() {
        return tree.capacity();
    }

    private long bytesFree() {
        return tree.bottom() - recordTop;
    }

    /** The region: what the offsets of hits, cursors and sources are in. */
    public MemorySegment memory() {
        return memory;
    }

    MemtableTree tree() {
        return tree;
    }

    /**
     * By this thread, now: a frozen table never changes, so that a merge may read it without the
     * hold.
     */
    boolean readable() {
        return frozen || hold.held();
    }

    /** Goes up with every put. */
    long modification() {
        return modification;
    }

    /** Goes up when the region is used anew. */
    long generation() {
        return generation;
    }
}
