package site.js0.jdb.page;

import java.util.Arrays;

/**
 * Which frame a page is in: open addressing with linear probing over primitive arrays, at most half
 * full. Removing shifts the entries behind back, so there are no tombstones and probes stay short.
 *
 * <p>A key is {@code fileIndex << 48 | pageNo}; 0 is no key, since page 0 never has a frame.
 */
final class PageTable {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long[] keys;
    private final int[] frames;
    private final int mask;
    private final int shift;
    private int size;

    /** For at most {@code entriesMax} entries. */
    PageTable(int entriesMax) {
        int capacity = Integer.highestOneBit(Math.max(8, entriesMax) * 2 - 1) << 1;
        keys = new long[capacity];
        frames = new int[capacity];
        mask = capacity - 1;
        shift = Long.SIZE - Integer.numberOfTrailingZeros(capacity);
    }

    /** The frame of {@code key}, or -1. */
    int get(long key) {
        final long[] keys = this.keys;
        final int mask = this.mask;
        int i = slot(key);
        while (true) {
            long found = keys[i];
            if (found == key) {
                return frames[i];
            }
            if (found == 0) {
                return -1;
            }
            i = i + 1 & mask;
        }
    }

    /** Adds an entry that is not there. */
    void put(long key, int frame) {
        assert key > 0;
        assert get(key) < 0 : "page is in the table already";
        assert size < keys.length / 2;
        int i = slot(key);
        while (keys[i] != 0) {
            i = i + 1 & mask;
        }
        keys[i] = key;
        frames[i] = frame;
        size++;
    }

    /** Removes an entry that is there. */
    void remove(long key) {
        int hole = slot(key);
        while (keys[hole] != key) {
            assert keys[hole] != 0 : "page is not in the table";
            hole = hole + 1 & mask;
        }
        int i = hole;
        while (true) {
            i = i + 1 & mask;
            if (keys[i] == 0) {
                break;
            }
            // An entry may move back to the hole only if its own slot is not between hole and it.
            int home = slot(keys[i]);
            if ((i - home & mask) >= (i - hole & mask)) {
                keys[hole] = keys[i];
                frames[hole] = frames[i];
                hole = i;
            }
        }
        keys[hole] = 0;
        size--;
    }

    int size() {
        return size;
    }

    void clear() {
        Arrays.fill(keys, 0);
        size = 0;
    }

    private int slot(long key) {
        return (int) (key * GOLDEN >>> shift);
    }
}
