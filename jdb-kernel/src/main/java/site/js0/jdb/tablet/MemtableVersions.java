package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Waiter;

/** A memtable as a scan's source; never waits. */
final class MemtableVersions extends VersionSource {
    private @Nullable MemtableCursor cursor;

    /** From now on the versions of {@code table}; null for none. */
    void over(@Nullable Memtable table) {
        state = NOWHERE;
        if (table == null || table.isEmpty()) {
            if (cursor != null && table != null) {
                cursor.reset(table);
            } else {
                cursor = null;
            }
        } else if (cursor == null) {
            cursor = new MemtableCursor(table);
        } else {
            cursor.reset(table);
        }
    }

    private MemtableCursor cursor() {
        return Objects.requireNonNull(cursor);
    }

    @Override
    int seek(MemorySegment key, int keyLength, boolean inclusive, boolean reverse, Waiter waiter) {
        MemtableCursor c = cursor;
        boolean on = false;
        if (c != null) {
            if (reverse) {
                on =
                        inclusive
                                ? c.seekBackFrom(key, 0, keyLength)
                                : c.seekBefore(key, 0, keyLength);
            } else {
                on = inclusive ? c.seekFrom(key, 0, keyLength) : c.seekAfter(key, 0, keyLength);
            }
        }
        state = on ? ON : NOWHERE;
        return state;
    }

    @Override
    int step(boolean reverse, Waiter waiter) {
        MemtableCursor c = cursor();
        state = (reverse ? c.previous() : c.next()) ? ON : NOWHERE;
        return state;
    }

    @Override
    MemorySegment keyMemory() {
        return cursor().memory();
    }

    @Override
    long keyOffset() {
        return cursor().keyOffset();
    }

    @Override
    int keyLength() {
        return cursor().keyLength();
    }

    @Override
    long timestamp() {
        return cursor().timestamp();
    }

    @Override
    boolean isOldestOfKey() {
        return false; // it does not know without looking at the next one
    }

    @Override
    int kind() {
        return cursor().kind();
    }

    @Override
    MemorySegment valueMemory() {
        return cursor().memory();
    }

    @Override
    long valueOffset() {
        return cursor().valueOffset();
    }

    @Override
    int valueLength() {
        return cursor().valueLength();
    }
}
