package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.index.MergeSource;

/**
 * A frozen {@link Memtable} as the merge into the tree takes it, from any key on. Owner: holder of
 * the shard.
 */
public final class MemtableSource implements MergeSource {
    private final Memtable table;
    private final MemtableCursor cursor;

    /** All of {@code table}, which is frozen and stays so while the merge lives. */
    public MemtableSource(Memtable table) {
        assert table.frozen();
        this.table = table;
        cursor = new MemtableCursor(table);
        cursor.seekFirst();
    }

    /** Goes to the first entry again. */
    public void first() {
        cursor.seekFirst();
    }

    /** Goes to the newest version of the first key that is this or greater. */
    public void from(MemorySegment key, long keyOffset, int keyLength) {
        cursor.seekFrom(key, keyOffset, keyLength);
    }

    /**
     * Goes to the newest version of the first key that is greater: where a merge stopped after this
     * key.
     */
    public void after(MemorySegment key, long keyOffset, int keyLength) {
        cursor.seekAfter(key, keyOffset, keyLength);
    }

    @Override
    public MergeSource ahead() {
        MemtableSource second = new MemtableSource(table);
        if (valid()) {
            // Both stand at a key's newest version whenever a merge starts.
            second.from(memory(), keyOffset(), keyLength());
        }
        return second;
    }

    @Override
    public boolean valid() {
        return cursor.valid();
    }

    @Override
    public void advance() {
        cursor.next();
    }

    @Override
    public MemorySegment memory() {
        return cursor.memory();
    }

    @Override
    public long keyOffset() {
        return cursor.keyOffset();
    }

    @Override
    public int keyLength() {
        return cursor.keyLength();
    }

    @Override
    public long timestamp() {
        return cursor.timestamp();
    }

    @Override
    public int kind() {
        return cursor.kind();
    }

    @Override
    public long valueOffset() {
        return cursor.valueOffset();
    }

    @Override
    public int valueLength() {
        return cursor.valueLength();
    }
}
