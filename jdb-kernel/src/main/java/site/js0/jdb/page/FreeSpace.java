package site.js0.jdb.page;

import java.util.Arrays;

/**
 * Which pages of one file are free, and when a page that was given up becomes free. In memory only;
 * what a checkpoint stores is its {@link #snapshot}.
 *
 * <p>Terms. A page is <b>live</b> when the present tree reaches it, <b>young</b> when it was sealed
 * after the newest checkpoint began (be that done or in progress), <b>pending</b> when the tree
 * gave it up and a checkpoint may still reach it, <b>taken</b> when it may not be given out.
 * Checkpoint <i>d</i> is the last durable one; <i>c</i> = <i>d</i> + 1 may be in progress.
 *
 * <p>Invariants; losing one loses data:
 *
 * <ol>
 *   <li>Every page that checkpoint <i>d</i> reaches is taken, and if <i>c</i> is in progress, so is
 *       every page that <i>c</i> reaches: what a superblock on disk may name is never overwritten.
 *   <li>A checkpoint reaches only pages that were live when it began. So a young page is reached by
 *       none and is free as soon as the tree gives it up and no write of it is in flight.
 *   <li>A page that is not young when it is given up may be reached by <i>d</i>, by <i>c</i>, or by
 *       both. It is pending and free only when a checkpoint that <b>began after</b> it was given up
 *       is durable: <i>c</i> does not release what was given up while <i>c</i> was written. Hence
 *       two sets: {@link #pendingOld} (given up before the newest begin: released when that
 *       checkpoint is durable) and {@link #pendingNew} (given up since).
 *   <li>A checkpoint that is abandoned releases nothing; what was pending for it waits for the
 *       next.
 *   <li>The snapshot stored by a checkpoint is the set of live pages when it began: after a crash
 *       every other page (but page 0 and the meta chain) is free.
 *   <li>live and pending pages are taken; live and pending are disjoint; only live pages, and
 *       given-up ones whose write is in flight, are young.
 * </ol>
 *
 * <p>The caller's part of the second rule: the root that a checkpoint gets is the tree as of all
 * {@code seal} and {@code free} calls so far. A merge frees what it replaced together with
 * publishing its new root, never before.
 *
 * <p>Giving out is next-fit: on from the last page, through runs of free pages as long as they
 * last, then the next whole free word (64 pages), and only when there is none, the next free page
 * at all. Counts per block of 64 words keep that search short.
 */
final class FreeSpace {
    private static final int WORDS_PER_BLOCK = 64;

    private long pages;
    private long[] taken;
    private long[] live;
    private long[] young;
    private long[] pendingOld;
    private long[] pendingNew;

    /** live when the newest checkpoint began; empty between checkpoints. */
    private long[] snapshot = new long[0];

    private long snapshotPages;
    private long snapshotLive;

    /** Free pages, and wholly free words, by block. */
    private int[] blockFree;

    private int[] blockEmptyWords;
    private long freePages;
    private long emptyWords;
    private long livePages;

    /** Where the next page is looked for. */
    private long cursor = 1;

    /** A file of {@code pages} pages of which only page 0 is taken. */
    FreeSpace(long pages) {
        assert pages >= 1;
        int words = words(pages);
        taken = new long[words];
        live = new long[words];
        young = new long[words];
        pendingOld = new long[words];
        pendingNew = new long[words];
        blockFree = new int[blocks(words)];
        blockEmptyWords = new int[blocks(words)];
        Arrays.fill(taken, -1L);
        this.pages = 0;
        grow(pages);
        take(0);
    }

    private static int words(long pages) {
        return Math.toIntExact(pages + 63 >>> 6);
    }

    private static int blocks(int words) {
        return (words + WORDS_PER_BLOCK - 1) / WORDS_PER_BLOCK;
    }

    /** Pages of the file, free or not. */
    long pages() {
        return pages;
    }

    long freePages() {
        return freePages;
    }

    long livePages() {
        return livePages;
    }

    /** Runs of 64 aligned free pages. */
    long emptyWords() {
        return emptyWords;
    }

    /** The file has {@code more} pages at its end. */
    void grow(long more) {
        long to = pages + more;
        int words = words(to);
        if (words > taken.length) {
            int old = taken.length;
            int room =
                    Math.max(words, (int) Math.min(Integer.MAX_VALUE - 8, old + (old >> 2) + 16L));
            taken = Arrays.copyOf(taken, room);
            Arrays.fill(taken, old, room, -1L);
            live = Arrays.copyOf(live, room);
            young = Arrays.copyOf(young, room);
            pendingOld = Arrays.copyOf(pendingOld, room);
            pendingNew = Arrays.copyOf(pendingNew, room);
            blockFree = Arrays.copyOf(blockFree, blocks(room));
            blockEmptyWords = Arrays.copyOf(blockEmptyWords, blocks(room));
        }
        for (long p = pages; p < to; ) {
            int w = (int) (p >>> 6);
            long end = Math.min(to, (long) (w + 1) << 6);
            long mask = mask(p, end);
            freeBits(w, mask);
            p = end;
        }
        pages = to;
    }

    /** Bits of the word of {@code from} for pages [from, to), which lie in one word. */
    private static long mask(long from, long to) {
        long high = (to & 63) == 0 ? -1L : (1L << to) - 1;
        return high & -1L << from;
    }

    private static boolean bit(long[] set, long page) {
        return (set[(int) (page >>> 6)] & 1L << page) != 0;
    }

    private static void set(long[] set, long page) {
        set[(int) (page >>> 6)] |= 1L << page;
    }

    private static void clear(long[] set, long page) {
        set[(int) (page >>> 6)] &= ~(1L << page);
    }

    boolean inFile(long page) {
        return page >= 1 && page < pages;
    }

    boolean live(long page) {
        return inFile(page) && bit(live, page);
    }

    boolean young(long page) {
        return bit(young, page);
    }

    boolean taken(long page) {
        return bit(taken, page);
    }

    /** Takes the page for the tree: live and young. -1 when none is free. */
    long takeForTree() {
        long page = takeNext();
        if (page >= 0) {
            set(live, page);
            set(young, page);
            livePages++;
        }
        return page;
    }

    /** Takes a page for a checkpoint's meta chain: neither live nor young. -1 when none is free. */
    long takeForMeta() {
        return takeNext();
    }

    /** At open: the page is reached by the checkpoint. False when it was taken already. */
    boolean adoptLive(long page) {
        if (bit(taken, page)) {
            return false;
        }
        take(page);
        set(live, page);
        livePages++;
        return true;
    }

    /** At open: the page is one of the meta chain. False when it was taken already. */
    boolean adoptMeta(long page) {
        if (bit(taken, page)) {
            return false;
        }
        take(page);
        return true;
    }

    /** The tree gives up a young page; it stays taken until {@link #giveBack}. */
    void abandonYoung(long page) {
        assert bit(live, page) && bit(young, page);
        clear(live, page);
        livePages--;
    }

    /** The tree gives up a page that a checkpoint may reach. */
    void abandonOld(long page) {
        assert bit(live, page) && !bit(young, page);
        assert !bit(pendingOld, page) && !bit(pendingNew, page);
        clear(live, page);
        livePages--;
        set(pendingNew, page);
    }

    /**
     * A page that is neither live nor pending is free from now on: an abandoned young one, or a
     * meta page.
     */
    void giveBack(long page) {
        assert bit(taken, page) && !bit(live, page);
        assert !bit(pendingOld, page) && !bit(pendingNew, page);
        clear(young, page);
        freeBits((int) (page >>> 6), 1L << page);
    }

    /** A checkpoint begins: the live pages now are its pages; none is young any more. */
    void begin() {
        int words = words(pages);
        snapshot = Arrays.copyOf(live, words);
        snapshotPages = pages;
        snapshotLive = livePages;
        for (int w = 0; w < words; w++) {
            pendingOld[w] |= pendingNew[w];
        }
        Arrays.fill(pendingNew, 0, words, 0);
        Arrays.fill(young, 0, words, 0);
    }

    /** Words that {@link #release} goes through. */
    int words() {
        return words(pages);
    }

    /**
     * The checkpoint that began last is durable: words [from, to) of what was pending before it
     * began become free.
     */
    void release(int from, int to) {
        for (int w = from; w < to; w++) {
            long bits = pendingOld[w];
            if (bits != 0) {
                pendingOld[w] = 0;
                freeBits(w, bits);
            }
        }
    }

    long snapshotPages() {
        return snapshotPages;
    }

    long snapshotLive() {
        return snapshotLive;
    }

    /** Byte {@code i} of the snapshot: pages 8i to 8i + 7, lowest bit first. */
    byte snapshotByte(long i) {
        return (byte) (snapshot[(int) (i >>> 3)] >>> ((i & 7) << 3));
    }

    /** The checkpoint is over, or abandoned. */
    void forgetSnapshot() {
        snapshot = new long[0];
    }

    // ---- the search

    private void take(long page) {
        int w = (int) (page >>> 6);
        assert (taken[w] & 1L << page) == 0 : "page " + page + " is taken already";
        if (taken[w] == 0) {
            blockEmptyWords[w / WORDS_PER_BLOCK]--;
            emptyWords--;
        }
        taken[w] |= 1L << page;
        blockFree[w / WORDS_PER_BLOCK]--;
        freePages--;
    }

    private void freeBits(int w, long bits) {
        assert (taken[w] & bits) == bits : "freed what was free";
        taken[w] &= ~bits;
        int n = Long.bitCount(bits);
        blockFree[w / WORDS_PER_BLOCK] += n;
        freePages += n;
        if (taken[w] == 0) {
            blockEmptyWords[w / WORDS_PER_BLOCK]++;
            emptyWords++;
        }
    }

    private long takeNext() {
        if (freePages == 0) {
            return -1;
        }
        if (cursor >= pages || bit(taken, cursor)) {
            cursor = emptyWords > 0 ? nextEmptyWord() : nextFree();
        }
        long page = cursor;
        take(page);
        cursor = page + 1;
        return page;
    }

    /** First page of the next wholly free word from the cursor on, around the end. */
    private long nextEmptyWord() {
        int words = words(pages);
        int start = cursor >= pages ? 0 : (int) (cursor >>> 6);
        int w = find(start, words, true);
        if (w < 0) {
            w = find(0, start, true);
        }
        assert w >= 0 : "no empty word, counted " + emptyWords;
        return (long) w << 6;
    }

    /** The next free page from the cursor on, around the end. */
    private long nextFree() {
        int words = words(pages);
        int start = 0;
        if (cursor < pages) {
            int here = (int) (cursor >>> 6);
            long free = ~taken[here] & -1L << cursor;
            if (free != 0) {
                return ((long) here << 6) + Long.numberOfTrailingZeros(free);
            }
            start = here + 1;
        }
        int w = find(start, words, false);
        if (w < 0) {
            w = find(0, start, false);
        }
        assert w >= 0 : "no free page, counted " + freePages;
        return ((long) w << 6) + Long.numberOfTrailingZeros(~taken[w]);
    }

    /**
     * The first word in [from, to) with a free page, or with nothing but free pages; -1 if none.
     */
    private int find(int from, int to, boolean empty) {
        int[] counts = empty ? blockEmptyWords : blockFree;
        int w = from;
        while (w < to) {
            if (w % WORDS_PER_BLOCK == 0 && counts[w / WORDS_PER_BLOCK] == 0) {
                w += WORDS_PER_BLOCK;
            } else if (empty ? taken[w] == 0 : taken[w] != -1L) {
                return w;
            } else {
                w++;
            }
        }
        return -1;
    }

    /** Recomputes every count and checks the invariants that speak of one moment; for tests. */
    void verify() {
        long free = 0;
        long empty = 0;
        long lives = 0;
        for (int w = 0; w < taken.length; w++) {
            free += Long.bitCount(~taken[w]);
            empty += taken[w] == 0 ? 1 : 0;
            lives += Long.bitCount(live[w]);
            assert (live[w] & ~taken[w]) == 0 : "live page not taken";
            assert ((pendingOld[w] | pendingNew[w]) & ~taken[w]) == 0 : "pending page not taken";
            assert (live[w] & (pendingOld[w] | pendingNew[w])) == 0 : "live page pending";
            assert (pendingOld[w] & pendingNew[w]) == 0;
            assert (young[w] & ~taken[w]) == 0 : "young page not taken";
            assert (young[w] & (pendingOld[w] | pendingNew[w])) == 0 : "young page pending";
            assert w >= snapshot.length || (snapshot[w] & ~taken[w]) == 0
                    : "checkpoint's page not taken";
        }
        assert free == freePages : free + " free pages, counted " + freePages;
        assert empty == emptyWords : empty + " empty words, counted " + emptyWords;
        assert lives == livePages;
        assert bit(taken, 0);
    }
}
