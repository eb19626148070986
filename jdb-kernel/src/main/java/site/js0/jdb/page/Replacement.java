package site.js0.jdb.page;

import static site.js0.jdb.page.Frames.COLD;
import static site.js0.jdb.page.Frames.INNER;
import static site.js0.jdb.page.Frames.RETURNED;
import static site.js0.jdb.page.Frames.USES;
import static site.js0.jdb.page.Frames.USE_ONE;
import static site.js0.jdb.page.Frames.WARM;

/**
 * Which resident page goes when a frame is needed.
 *
 * <p>Two queues after S3-FIFO (Yang et al., SOSP '23, "FIFO queues are all you need for cache
 * eviction"), so that a scan or a merge passes through without sweeping out what is used:
 *
 * <ul>
 *   <li>Pages come into the <b>cold</b> queue, a tenth of the frames. At its head a page that was
 *       used more than twice moves on to the warm queue; any other is evicted, and its number
 *       remembered in the ghost table.
 *   <li>A page whose number is in the ghost table when it is wanted again, and every inner page,
 *       goes to the <b>warm</b> queue at once: a CLOCK whose counters halve at each sweep.
 * </ul>
 *
 * The ghost table is direct-mapped, a later page overwrites an earlier one: an approximation that
 * costs 8 bytes a frame. Pinned and protected pages are passed over. Work per call is bounded:
 * after {@link #SWEEP_MAX} warm pages without a victim the next unpinned one goes whatever its
 * counter says.
 */
final class Replacement {
    /** Places this class needs behind the frames in {@code next} and {@code prev}. */
    static final int SENTINELS = 2;

    private static final int SWEEP_MAX = 256;
    private static final int COLD_SHARE = 10;
    private static final int USES_TO_WARM = 3 * USE_ONE;

    private final Frames frames;
    private final int cold;
    private final int warm;
    private final int coldTarget;
    private final long[] ghosts;
    private int coldCount;
    private int warmCount;

    Replacement(Frames frames) {
        this.frames = frames;
        cold = frames.count;
        warm = frames.count + 1;
        coldTarget = Math.max(1, frames.count / COLD_SHARE);
        ghosts = new long[Integer.highestOneBit(Math.max(2, frames.count) - 1) << 1];
        frames.initList(cold);
        frames.initList(warm);
    }

    /** Notes at load whether {@code key} went out lately. */
    boolean wentLately(long key) {
        return ghosts[ghostSlot(key)] == key;
    }

    /** A frame has become RESIDENT. */
    void add(int frame) {
        if (frames.has(frame, INNER | RETURNED)) {
            addWarm(frame);
        } else {
            frames.set(frame, COLD);
            frames.addLast(cold, frame);
            coldCount++;
        }
    }

    /** A frame stops being RESIDENT for another reason than eviction. */
    void remove(int frame) {
        frames.unlink(frame);
        if (frames.has(frame, COLD)) {
            coldCount--;
        } else {
            assert frames.has(frame, WARM);
            warmCount--;
        }
        frames.clear(frame, COLD | WARM);
    }

    /** Takes out the page that matters least and returns its frame, or -1 when all are pinned. */
    int evict(long round) {
        int victim = coldCount > coldTarget ? fromCold(round) : fromWarm(round);
        if (victim < 0) {
            victim = fromCold(round);
        }
        // The pass over the cold queue may have moved all it had to the warm one.
        return victim >= 0 ? victim : fromWarm(round);
    }

    private int fromCold(long round) {
        for (int n = coldCount; n > 0; n--) {
            int frame = frames.next[cold];
            if (!evictable(frame, round)) {
                frames.unlink(frame);
                frames.addLast(cold, frame);
            } else if ((frames.meta[frame] & USES) >= USES_TO_WARM) {
                remove(frame);
                frames.clear(frame, USES);
                frames.set(frame, USE_ONE);
                addWarm(frame);
            } else {
                long key = frames.key[frame];
                ghosts[ghostSlot(key)] = key;
                remove(frame);
                return frame;
            }
        }
        return -1;
    }

    private int fromWarm(long round) {
        int sweeps = 0;
        // A counter is gone after four halvings: five passes see every unpinned page at zero.
        for (long n = 5L * warmCount; n > 0; n--) {
            int frame = frames.next[warm];
            if (!evictable(frame, round)) {
                frames.unlink(frame);
                frames.addLast(warm, frame);
                continue;
            }
            int uses = frames.meta[frame] & USES;
            if (uses == 0 || ++sweeps > SWEEP_MAX) {
                remove(frame);
                return frame;
            }
            frames.meta[frame] = frames.meta[frame] & ~USES | uses >>> 1 & USES;
            frames.unlink(frame);
            frames.addLast(warm, frame);
        }
        return -1;
    }

    private void addWarm(int frame) {
        frames.set(frame, WARM);
        frames.addLast(warm, frame);
        warmCount++;
    }

    private boolean evictable(int frame, long round) {
        return frames.pins[frame] == 0 && frames.protectedUntil[frame] <= round;
    }

    int coldCount() {
        return coldCount;
    }

    int warmCount() {
        return warmCount;
    }

    private int ghostSlot(long key) {
        return (int) (key * 0x9E3779B97F4A7C15L >>> 32) & ghosts.length - 1;
    }
}
