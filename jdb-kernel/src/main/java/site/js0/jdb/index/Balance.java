package site.js0.jdb.index;

import site.js0.jdb.comm.Bytes;

/**
 * Where to cut so that the last two pages of a run are about equally full. Stateless but for its
 * buffers.
 */
final class Balance {
    private final KeyBuffer first = new KeyBuffer();
    private final KeyBuffer last = new KeyBuffer();

    /**
     * How many cells {@code full} keeps; the others go in front of those in {@code open}. Counts
     * bytes as if both pages had the prefix that all keys share, so what each takes in the end is
     * rather less. At least one stays.
     */
    int split(CellStage full, CellStage open) {
        final int n = full.count();
        if (n < 2) {
            return n;
        }
        full.copyKey(0, first);
        if (open.count() > 0) {
            open.copyKey(open.count() - 1, last);
        } else {
            full.copyKey(n - 1, last);
        }
        final int shared =
                Bytes.commonPrefix(
                        first.bytes, 0, last.bytes, 0, Math.min(first.length, last.length));
        int left = 0;
        for (int i = 0; i < n; i++) {
            left += full.bytesAt(i, shared);
        }
        int right = 0;
        for (int i = 0; i < open.count(); i++) {
            right += open.bytesAt(i, shared);
        }
        int keep = n;
        while (keep > 1) {
            final int moved = full.bytesAt(keep - 1, shared);
            if (left - right <= moved) {
                break; // they would be less even than they are
            }
            left -= moved;
            right += moved;
            keep--;
        }
        return keep;
    }
}
