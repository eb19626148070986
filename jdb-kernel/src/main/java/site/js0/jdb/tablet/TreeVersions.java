package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.Tree;
import site.js0.jdb.index.TreeCursor;

/** A tree as a scan's source. */
final class TreeVersions extends VersionSource {
    private static final int PREFETCH_LEAVES = 16;

    private final Tree tree;
    private final TreeCursor cursor;

    TreeVersions(Tree tree) {
        this.tree = tree;
        this.cursor = new TreeCursor(tree, PREFETCH_LEAVES);
    }

    @Override
    int seek(MemorySegment key, int keyLength, boolean inclusive, boolean reverse, Waiter waiter) {
        // All versions of a key lie between its newest and its oldest place: an inclusive seek
        // begins before the first
        // of them in its direction, an exclusive one behind the last.
        long place = inclusive != reverse ? TreeCursor.NEWEST : TreeCursor.OLDEST;
        state = cursor.seek(key, 0, keyLength, place, !reverse, inclusive, waiter);
        return state;
    }

    @Override
    int step(boolean reverse, Waiter waiter) {
        state = reverse ? cursor.previous(waiter) : cursor.next(waiter);
        return state;
    }

    @Override
    MemorySegment keyMemory() {
        return cursor.keyMemory();
    }

    @Override
    long keyOffset() {
        return 0;
    }

    @Override
    int keyLength() {
        return cursor.keyLength();
    }

    @Override
    long timestamp() {
        return cursor.timestamp();
    }

    @Override
    boolean isOldestOfKey() {
        return cursor.timestamp() == TreeCursor.OLDEST;
    }

    @Override
    int kind() {
        return cursor.kind();
    }

    @Override
    MemorySegment valueMemory() {
        return tree.memory();
    }

    @Override
    long valueOffset() {
        return cursor.valueOffset();
    }

    @Override
    int valueLength() {
        return cursor.valueLength();
    }
}
