package site.js0.jdb.index;

import java.util.Arrays;

/**
 * Which versions of a key readers still need. Readers read at a registered timestamp (a floor), or
 * newer than everything that is merged.
 *
 * <p>Of a key's versions, newest first: the first stays; another stays when some floor is at or
 * above it and below the version before it, for then a reader there sees just this one. What is at
 * or below {@link #bound} is seen by all readers: a value needs no timestamp any more, and a
 * tombstone says what nothing says as well. No version after it can be kept.
 *
 * <p>The version before need not have been kept itself: what covers its floors is newer still. So
 * one look at each version is enough. Timestamps are unsigned.
 */
final class VersionRule {
    private long[] floors = new long[8];
    private int count;
    private long bound;

    /**
     * New readers.
     *
     * @param sorted ascending, unsigned
     * @param horizon no reader is below it
     */
    void set(long[] sorted, long horizon) {
        count = sorted.length;
        if (floors.length < count) {
            floors = new long[count];
        }
        System.arraycopy(sorted, 0, floors, 0, count);
        for (int i = 1; i < count; i++) {
            assert Long.compareUnsigned(floors[i - 1], floors[i]) <= 0 : "floors are sorted";
        }
        bound = count > 0 && Long.compareUnsigned(floors[0], horizon) < 0 ? floors[0] : horizon;
    }

    /** All readers see a version at or below it. */
    boolean seenByAll(long timestamp) {
        return Long.compareUnsigned(timestamp, bound) <= 0;
    }

    /**
     * True when a reader at some floor sees the version at {@code timestamp}, with {@code newer}
     * the next newer one.
     */
    boolean needed(long timestamp, long newer) {
        int low = 0;
        int high = count;
        while (low < high) { // the first floor at or above the version
            final int mid = low + high >>> 1;
            if (Long.compareUnsigned(floors[mid], timestamp) < 0) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low < count && Long.compareUnsigned(floors[low], newer) < 0;
    }

    @Override
    public String toString() {
        return "VersionRule[bound=%d, floors=%s]"
                .formatted(bound, Arrays.toString(Arrays.copyOf(floors, count)));
    }
}
