package site.js0.jdb.page;

import java.util.Arrays;

/**
 * What the pool knows of each frame, in primitive arrays, and the lists that frames stand in.
 *
 * <p>States, and the method of {@link BufferPool} (or {@link PageWriter}) for each arrow:
 *
 * <pre>
 *            fetch, prefetch             loaded
 *   FREE  ------------------> LOADING ----------> RESIDENT  -- evict, drop --> FREE
 *    |                           |  load failed, dropped          ^
 *    |                           +---------------> FREE           | written
 *    |  create             sealed             issue               |
 *    +----------> BUILDING --------> DIRTY ----------> FLUSHING --+
 *                    | discard         ^                  |
 *                    +------> FREE     +------------------+ write failed, or the disk was full
 * </pre>
 *
 * Bytes: LOADING belongs to the kernel; BUILDING to whoever called {@code create}; RESIDENT and
 * DIRTY never change but for frame hints, which RESIDENT alone may take; FLUSHING may only be read.
 *
 * <p>A frame stands in at most one list, linked through {@link #next} and {@link #prev}: the free
 * list, a file's dirty list, or (RESIDENT only) one of the two lists of {@link Replacement}.
 */
final class Frames {
    static final int FREE = 0;
    static final int BUILDING = 1;
    static final int LOADING = 2;

    /** From here on the bytes may be read. */
    static final int RESIDENT = 3;

    static final int DIRTY = 4;
    static final int FLUSHING = 5;

    // One int per frame, so that a hit looks at one place only.
    //   bits 0..2   state
    //   bits 4..7   uses: 0 = not used since it came, then 1 + how often it was used, saturating
    static final int STATE = 7;
    static final int USE_ONE = 1 << 4;
    static final int USES = 15 << 4;

    /**
     * Uses of a leaf saturate here; so a page that is hot now is cold after three sweeps without
     * use.
     */
    static final int USES_MAX_LEAF = 4 << 4;

    static final int USES_MAX_INNER = USES;

    /** An inner page: serves many reads, stays longer. */
    static final int INNER = 1 << 8;

    /** Came by prefetch and was not used since. */
    static final int PREFETCHED = 1 << 9;

    /** Not in the table any more; free it as soon as its pins, its load or its write allow. */
    static final int DOOMED = 1 << 10;

    /** Still in the table, but to be dropped when its write is done. */
    static final int DROP = 1 << 11;

    /** LOADING and waiting in the load queue, not with the driver. */
    static final int QUEUED = 1 << 12;

    /** To be read alone: a read together with its neighbours failed. */
    static final int ALONE = 1 << 13;

    /** Stands in the cold list. */
    static final int COLD = 1 << 14;

    /** Stands in the warm list. */
    static final int WARM = 1 << 15;

    /** Its last eviction was recent: goes to the warm list. */
    static final int RETURNED = 1 << 16;

    final int count;
    final int[] meta;
    final long[] key;
    final int[] pins;

    /** Loading frames: the checksum the parent gave. */
    final int[] expectedCrc;

    /** Not to be evicted before the pool's round has reached this. */
    final long[] protectedUntil;

    final int[] next;
    final int[] prev;

    private int freeHead = -1;
    private int freeCount;

    /** All frames free. {@code sentinels} more places for list heads in {@link #next} and prev. */
    Frames(int count, int sentinels) {
        this.count = count;
        meta = new int[count];
        key = new long[count];
        pins = new int[count];
        expectedCrc = new int[count];
        protectedUntil = new long[count];
        next = new int[count + sentinels];
        prev = new int[count + sentinels];
        Arrays.fill(next, -1);
        Arrays.fill(prev, -1);
        for (int f = count - 1; f >= 0; f--) {
            pushFree(f);
        }
    }

    int state(int frame) {
        return meta[frame] & STATE;
    }

    boolean has(int frame, int flag) {
        return (meta[frame] & flag) != 0;
    }

    void set(int frame, int flag) {
        meta[frame] |= flag;
    }

    void clear(int frame, int flag) {
        meta[frame] &= ~flag;
    }

    void state(int frame, int state) {
        meta[frame] = meta[frame] & ~STATE | state;
    }

    int freeCount() {
        return freeCount;
    }

    /** A free frame, still marked FREE, or -1. */
    int popFree() {
        int frame = freeHead;
        if (frame >= 0) {
            freeHead = next[frame];
            next[frame] = -1;
            freeCount--;
        }
        return frame;
    }

    /** Makes {@code frame} free, whatever it was; it must stand in no list and no table. */
    void pushFree(int frame) {
        assert next[frame] == -1 && prev[frame] == -1 : "frame stands in a list";
        assert pins[frame] == 0 : "pinned frame freed";
        meta[frame] = FREE;
        key[frame] = 0;
        next[frame] = freeHead;
        freeHead = frame;
        freeCount++;
    }

    /** Makes the ring with {@code sentinel} empty. */
    void initList(int sentinel) {
        next[sentinel] = sentinel;
        prev[sentinel] = sentinel;
    }

    void addLast(int sentinel, int frame) {
        assert next[frame] == -1 && prev[frame] == -1 : "frame stands in a list";
        int last = prev[sentinel];
        next[last] = frame;
        prev[frame] = last;
        next[frame] = sentinel;
        prev[sentinel] = frame;
    }

    void addFirst(int sentinel, int frame) {
        addLast(next[sentinel], frame);
    }

    void unlink(int frame) {
        int n = next[frame];
        int p = prev[frame];
        next[p] = n;
        prev[n] = p;
        next[frame] = -1;
        prev[frame] = -1;
    }
}
