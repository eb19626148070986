package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.index.MergeSource;
import site.js0.jdb.layout.EntryKind;

/**
 * A frozen memtable as merge source that counts every pointer the merge takes from it. Owner:
 * shard's thread.
 */
final class CountingSource implements MergeSource {
    private final MemtableSource source;
    private final PointerCounts counts;

    CountingSource(MemtableSource source, PointerCounts counts) {
        this.source = source;
        this.counts = counts;
    }

    /** Not counted: it only looks. */
    @Override
    public MergeSource ahead() {
        return source.ahead();
    }

    @Override
    public boolean valid() {
        return source.valid();
    }

    @Override
    public void advance() {
        if (source.kind() == EntryKind.POINTER) {
            counts.added(source.memory(), source.valueOffset());
        }
        source.advance();
    }

    @Override
    public MemorySegment memory() {
        return source.memory();
    }

    @Override
    public long keyOffset() {
        return source.keyOffset();
    }

    @Override
    public int keyLength() {
        return source.keyLength();
    }

    @Override
    public long timestamp() {
        return source.timestamp();
    }

    @Override
    public int kind() {
        return source.kind();
    }

    @Override
    public long valueOffset() {
        return source.valueOffset();
    }

    @Override
    public int valueLength() {
        return source.valueLength();
    }
}
