package site.js0.jdb.index;

import static site.js0.jdb.layout.PageHeader.LE_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Bytes;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.TreeLimits;

/** Room for one key, native, with the zeros behind it that a search needs. Owner: its holder. */
final class KeyBuffer {
    /** What of off-heap memory a buffer takes. */
    static final int BYTES = (TreeLimits.KEY_BYTES_MAX + KeyCells.PAD_BYTES + 15) & -16;

    final MemorySegment bytes;
    int length;

    KeyBuffer() {
        this(Arena.ofAuto().allocate(BYTES, 16));
    }

    KeyBuffer(MemorySegment bytes) {
        assert bytes.byteSize() >= BYTES;
        this.bytes = bytes;
    }

    void clear() {
        length = 0;
        bytes.set(LE_LONG, 0, 0L);
    }

    void set(MemorySegment from, long at, int keyLength) {
        assert keyLength <= TreeLimits.KEY_BYTES_MAX;
        if (from.isNative()) {
            KeyCells.copyShort(from, at, bytes, 0, keyLength);
        } else {
            MemorySegment.copy(from, at, bytes, 0, keyLength);
        }
        bytes.set(LE_LONG, keyLength, 0L);
        length = keyLength;
    }

    void set(KeyBuffer other) {
        set(other.bytes, 0, other.length);
    }

    /** Keeps the first bytes only. */
    void shorten(int keyLength) {
        assert keyLength <= length;
        bytes.set(LE_LONG, keyLength, 0L);
        length = keyLength;
    }

    int compareTo(MemorySegment other, long at, int otherLength) {
        return Bytes.compare(bytes, 0, length, other, at, otherLength);
    }

    int compareTo(KeyBuffer other) {
        return compareTo(other.bytes, 0, other.length);
    }

    boolean equal(MemorySegment other, long at, int otherLength) {
        return Bytes.equal(bytes, 0, length, other, at, otherLength);
    }
}
