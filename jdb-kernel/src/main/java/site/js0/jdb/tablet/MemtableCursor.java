package site.js0.jdb.tablet;

import static site.js0.jdb.tablet.MemtableNode.NONE;

import java.lang.foreign.MemorySegment;

/**
 * Walks the entries of a {@link Memtable}, every version, both ways; used again and again. Owner:
 * whoever holds the table's shard.
 *
 * <p>It is on an entry or on none. Puts do not disturb it: the entry it is on stays as it is, and
 * the next step finds its place again. Only {@link Memtable#clear()} ends it; it must then be
 * placed anew.
 *
 * <p>The versions of a key follow each other newest first: {@link #seekBefore} and {@link
 * #seekLast} thus come to the oldest version of their key, {@link #seekFrom} and {@link #seekAfter}
 * to the newest.
 */
public final class MemtableCursor {
    private Memtable table;
    private MemorySegment memory;

    private long leaf = NONE;
    private int at;

    /** The entry's record; NONE when on none. */
    private long record = NONE;

    private long modification;
    private long generation;

    /** On no entry of {@code table}. */
    public MemtableCursor(Memtable table) {
        this.table = table;
        this.memory = table.memory();
    }

    /** On no entry of {@code table}, from now on. */
    public void reset(Memtable table) {
        this.table = table;
        this.memory = table.memory();
        record = NONE;
    }

    /**
     * Goes to the first entry. True when there is one; otherwise, here and below, the cursor is on
     * none.
     */
    public boolean seekFirst() {
        assert table.readable();
        return place(table.tree().firstLeaf(), 0);
    }

    /** Goes to the last entry. */
    public boolean seekLast() {
        assert table.readable();
        final long last = table.tree().lastLeaf();
        return placeBefore(last, MemtableNode.count(memory, last));
    }

    /** Goes to the first entry whose key is this or greater: its newest version. */
    public boolean seekFrom(MemorySegment key, long keyOffset, int keyLength) {
        return seek(key, keyOffset, keyLength, Long.MAX_VALUE);
    }

    /** Goes to the first entry whose key is greater: its newest version. */
    public boolean seekAfter(MemorySegment key, long keyOffset, int keyLength) {
        return seek(key, keyOffset, keyLength, 0);
    }

    /** Goes to the last entry whose key is smaller: its oldest version. */
    public boolean seekBefore(MemorySegment key, long keyOffset, int keyLength) {
        return seekBackTo(key, keyOffset, keyLength, Long.MAX_VALUE);
    }

    /** Goes to the last entry whose key is this or smaller: its oldest version. */
    public boolean seekBackFrom(MemorySegment key, long keyOffset, int keyLength) {
        return seekBackTo(key, keyOffset, keyLength, 0);
    }

    /**
     * Goes to the newest version of the key at or below {@code timestamp}; if it has none, to the
     * newest of the next key.
     */
    public boolean seek(MemorySegment key, long keyOffset, int keyLength, long timestamp) {
        assert table.readable();
        final long found = table.tree().leafOf(key, keyOffset, keyLength, timestamp);
        return place(
                found, MemtableNode.search(memory, found, key, keyOffset, keyLength, timestamp, 0));
    }

    /** Goes to the last entry before (key, timestamp). */
    private boolean seekBackTo(MemorySegment key, long keyOffset, int keyLength, long timestamp) {
        assert table.readable();
        final long found = table.tree().leafOf(key, keyOffset, keyLength, timestamp);
        return placeBefore(
                found, MemtableNode.search(memory, found, key, keyOffset, keyLength, timestamp, 0));
    }

    /** Goes on to the next entry; the cursor is on one. */
    public boolean next() {
        refresh();
        return place(leaf, at + 1);
    }

    /** Goes back to the entry before; the cursor is on one. */
    public boolean previous() {
        refresh();
        return placeBefore(leaf, at);
    }

    /** Goes on to the newest version of the next key; the cursor is on an entry. */
    public boolean nextKey() {
        return seekAfter(memory, keyOffset(), keyLength());
    }

    /** Goes back to the oldest version of the key before; the cursor is on an entry. */
    public boolean previousKey() {
        return seekBefore(memory, keyOffset(), keyLength());
    }

    /**
     * Finds the present entry's place again if there were puts; a replaced entry's old record leads
     * there as well.
     */
    private void refresh() {
        assert table.readable();
        assert record != NONE : "on no entry";
        assert generation == table.generation() : "the table was cleared";
        if (modification != table.modification()) {
            final long offset = keyOffset();
            final int length = keyLength();
            final long timestamp = timestamp();
            leaf = table.tree().leafOf(memory, offset, length, timestamp);
            at = MemtableNode.search(memory, leaf, memory, offset, length, timestamp, 0);
            assert at < MemtableNode.count(memory, leaf) : "entries are never removed";
        }
    }

    /** Goes to entry {@code index} of the leaf, or the first of the next one if it has no more. */
    private boolean place(long inLeaf, int index) {
        leaf = inLeaf;
        at = index;
        if (index >= MemtableNode.count(memory, inLeaf)) {
            leaf = MemtableNode.next(memory, inLeaf);
            at = 0;
            if (leaf == NONE || MemtableNode.count(memory, leaf) == 0) {
                record = NONE;
                return false;
            }
        }
        return settle();
    }

    /** Goes to the entry before {@code index} of the leaf. */
    private boolean placeBefore(long inLeaf, int index) {
        leaf = inLeaf;
        at = index - 1;
        if (index == 0) {
            leaf = MemtableNode.previous(memory, inLeaf);
            if (leaf == NONE) {
                record = NONE;
                return false;
            }
            at = MemtableNode.count(memory, leaf) - 1;
        }
        return settle();
    }

    private boolean settle() {
        record = MemtableNode.record(memory, leaf, at);
        modification = table.modification();
        generation = table.generation();
        return true;
    }

    /** True when on an entry: only then the rest may be asked. */
    public boolean valid() {
        return record != NONE;
    }

    /** The segment of the offsets. */
    public MemorySegment memory() {
        return memory;
    }

    public long keyOffset() {
        assert record != NONE;
        return MemtableRecord.keyOffset(record);
    }

    public int keyLength() {
        assert record != NONE;
        return MemtableRecord.keyLength(memory, record);
    }

    /** The commit timestamp. */
    public long timestamp() {
        assert record != NONE;
        return MemtableRecord.timestamp(memory, record);
    }

    /** One of {@link site.js0.jdb.layout.EntryKind}. */
    public int kind() {
        assert record != NONE;
        return MemtableRecord.kind(memory, record);
    }

    public long valueOffset() {
        assert record != NONE;
        return MemtableRecord.valueOffset(memory, record);
    }

    public int valueLength() {
        assert record != NONE;
        return MemtableRecord.valueLength(memory, record);
    }
}
