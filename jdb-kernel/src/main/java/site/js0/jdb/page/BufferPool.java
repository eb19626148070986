package site.js0.jdb.page;

import static site.js0.jdb.page.Frames.BUILDING;
import static site.js0.jdb.page.Frames.DIRTY;
import static site.js0.jdb.page.Frames.DOOMED;
import static site.js0.jdb.page.Frames.FLUSHING;
import static site.js0.jdb.page.Frames.INNER;
import static site.js0.jdb.page.Frames.LOADING;
import static site.js0.jdb.page.Frames.PREFETCHED;
import static site.js0.jdb.page.Frames.QUEUED;
import static site.js0.jdb.page.Frames.RESIDENT;
import static site.js0.jdb.page.Frames.RETURNED;
import static site.js0.jdb.page.Frames.STATE;
import static site.js0.jdb.page.Frames.USES;
import static site.js0.jdb.page.Frames.USES_MAX_INNER;
import static site.js0.jdb.page.Frames.USES_MAX_LEAF;
import static site.js0.jdb.page.Frames.USE_ONE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.layout.PageHeader;

/**
 * The page frames of one shard: which page is in which, who waits for one, and which goes when room
 * is needed. Shared by the {@link PageFile}s of all VNodes of the shard; the tree sees it through
 * those.
 *
 * <p>Everything runs under the hold. {@link #service} alone touches the driver, besides completions
 * (inside {@link IoDriver#poll}): both belong to the shard's thread, so a borrower may call
 * everything else. It is the shard loop's duty to call {@link #service} once a turn, then submit;
 * not to sleep while {@link #pending} holds; and to call {@link #writeOut} when it has nothing
 * better to do.
 *
 * <p>Invariants, with the states of {@link Frames}:
 *
 * <ol>
 *   <li>A page is in at most one frame that is in the table; a frame in the table is LOADING,
 *       RESIDENT, DIRTY or FLUSHING.
 *   <li>Only an unpinned RESIDENT frame is evicted: what is not on disk is never dropped.
 *   <li>A page that is loaded is checked against its own header, its place and its parent's
 *       checksum before anyone sees it.
 *   <li>A page that arrived for a waiter stays for {@link #PROTECT_ROUNDS} rounds of service, so
 *       that the waiter finds it when it is run again.
 *   <li>Frames being built or not yet written are at most three quarters of all while any of them
 *       can still be written; so reads always find frames, also after a file has failed.
 * </ol>
 */
public final class BufferPool {
    /** Files at a time. */
    static final int FILES_MAX = 1024;

    /** Frames that the smallest pool has. */
    public static final int FRAMES_MIN = 8;

    static final int PROTECT_ROUNDS = 4;

    private static final int PAGE_SHIFT = 12;
    private static final int FILE_SHIFT = 48;
    private static final int PREFETCH_QUEUE_MAX = 1024;

    static {
        assert 1 << PAGE_SHIFT == PageHeader.PAGE_BYTES;
    }

    private final MemorySegment memory;
    private final Hold hold;
    private final int shard;
    private final IoDriver driver;
    private final Frames frames;
    private final PageTable table;
    private final Replacement replacement;
    private final PageChecksum checksum;
    private final PageLoader loader;
    private final FailedLoads failedLoads = new FailedLoads();
    private final PoolCounters counters = new PoolCounters();
    final WriteOps writeOps;

    private final @Nullable PageFile[] files = new PageFile[FILES_MAX];
    private int filesEnd;

    /** By frame, while it loads and someone waits for it. */
    private final @Nullable LoadWaiters[] waiters;

    private final ArrayDeque<LoadWaiters> idleWaiters = new ArrayDeque<>();

    /** Those who need a frame. */
    private final WaitList frameWaiters = new WaitList();

    private long round;
    private final int[] protectionsEnding = new int[PROTECT_ROUNDS + 1];
    private int protections;

    private final int unwrittenMax;
    private int building;
    private int unwritten;
    private int prefetched;
    private boolean pressure;

    /** Waiters of one loading page; pooled. */
    private static final class LoadWaiters {
        final WaitList list = new WaitList();
        int count;
    }

    /**
     * @param arena the frames, 4 KiB-aligned; stays the caller's, to be freed after the driver is
     *     closed
     * @param driver the shard's
     * @param hold answers who may call
     * @param shard number for error messages
     */
    public BufferPool(MemorySegment arena, IoDriver driver, Hold hold, int shard) {
        long count = arena.byteSize() >>> PAGE_SHIFT;
        if (count < FRAMES_MIN || count > Integer.MAX_VALUE / 4) {
            throw new JdbException(
                    new JdbError.BadArgument(
                            "page frames of a shard",
                            FRAMES_MIN + " to " + Integer.MAX_VALUE / 4,
                            Long.toString(count)));
        }
        assert (arena.address() & PageHeader.PAGE_BYTES - 1) == 0 : "arena is not page-aligned";
        this.memory = arena;
        this.driver = driver;
        this.hold = hold;
        this.shard = shard;
        frames = new Frames((int) count, Replacement.SENTINELS + FILES_MAX);
        table = new PageTable((int) count);
        replacement = new Replacement(frames);
        checksum = new PageChecksum(arena);
        loader = new PageLoader(this, frames, driver);
        writeOps = new WriteOps();
        waiters = new LoadWaiters[(int) count];
        unwrittenMax = Math.max(2, (int) count * 3 / 4);
    }

    // ---- keys and places

    static long key(int fileIndex, long pageNo) {
        return (long) fileIndex << FILE_SHIFT | pageNo;
    }

    static long pageNo(long key) {
        return key & (1L << FILE_SHIFT) - 1;
    }

    static int fileIndex(long key) {
        return (int) (key >>> FILE_SHIFT);
    }

    static long at(int frame) {
        return (long) frame << PAGE_SHIFT;
    }

    PageFile file(long key) {
        return Objects.requireNonNull(files[fileIndex(key)]);
    }

    /** The frame of a key that is in the table. */
    int frameOf(long key) {
        int frame = table.get(key);
        assert frame >= 0;
        return frame;
    }

    Frames frames() {
        return frames;
    }

    Hold hold() {
        return hold;
    }

    int shard() {
        return shard;
    }

    IoDriver driver() {
        return driver;
    }

    int checksumOf(int frame) {
        return checksum.of(at(frame));
    }

    /** The arena. */
    public MemorySegment memory() {
        return memory;
    }

    /** What this pool has done. */
    public PoolCounters counters() {
        return counters;
    }

    /** Frames in all. */
    public int frameCount() {
        return frames.count;
    }

    /** Frames that hold nothing now. */
    public int freeCount() {
        return frames.freeCount();
    }

    /** Frames with pages that are sealed and not written yet. */
    public int unwrittenCount() {
        return unwritten;
    }

    // ---- the reader's side

    int fetch(PageFile file, long key, int crc, int hint, Waiter waiter) {
        assert hold.held();
        final int frame = find(key, hint);
        if (frame >= 0) {
            final int m = frames.meta[frame];
            if ((m & STATE) >= RESIDENT) {
                counters.hits++;
                touch(frame, m);
                if (PageHeader.crc(memory, at(frame)) != crc) {
                    throw new JdbException(
                            PageRules.parentDiffers(
                                    file.name(),
                                    pageNo(key),
                                    crc,
                                    PageHeader.crc(memory, at(frame))));
                }
                return frame;
            }
        }
        return miss(file, key, crc, frame, waiter);
    }

    int peek(long key, int hint) {
        assert hold.held();
        int frame = find(key, hint);
        return frame >= 0 && frames.state(frame) >= RESIDENT ? frame : PageSpace.NONE;
    }

    /** The frame that {@code key} is in, in whatever state, or -1. */
    private int find(long key, int hint) {
        if (hint >= 0) {
            if (hint < frames.count && frames.key[hint] == key) {
                counters.hintHits++;
                return hint;
            }
            counters.hintMisses++;
        }
        return table.get(key);
    }

    /** Counts a use; a page that is hot already is not written to. */
    private void touch(int frame, int m) {
        int uses = m & USES;
        if (uses < ((m & INNER) != 0 ? USES_MAX_INNER : USES_MAX_LEAF)) {
            if ((m & PREFETCHED) != 0) {
                m &= ~PREFETCHED;
                prefetched--;
            }
            frames.meta[frame] = m + USE_ONE;
        }
    }

    private int miss(PageFile file, long key, int crc, int loading, Waiter waiter) {
        int frame = loading;
        if (frame < 0) {
            if (!failedLoads.isEmpty()) {
                failedLoads.rethrow(key);
            }
            file.checkReachable(pageNo(key));
            frame = takeFrame();
            if (frame < 0) {
                counters.misses++;
                parkForFrame(waiter);
                return PageSpace.NONE;
            }
            startLoad(frame, key, crc);
        } else if (frames.has(frame, PREFETCHED)) {
            frames.clear(frame, PREFETCHED);
            prefetched--;
        }
        counters.misses++;
        park(frame, waiter);
        return PageSpace.NONE;
    }

    void prefetch(PageFile file, long key, int crc) {
        assert hold.held();
        if (table.get(key) >= 0 || failedLoads.contains(key) || !file.reachable(pageNo(key))) {
            return; // Resident or coming; or the fetch that needs it shall meet the error.
        }
        if (prefetched >= frames.count / 4 || loader.queued() >= PREFETCH_QUEUE_MAX) {
            counters.prefetchesRefused++;
            return;
        }
        int frame = takeFrame();
        if (frame < 0) {
            counters.prefetchesRefused++;
            return;
        }
        startLoad(frame, key, crc);
        frames.set(frame, PREFETCHED);
        prefetched++;
        counters.prefetches++;
    }

    private void startLoad(int frame, long key, int crc) {
        frames.meta[frame] = LOADING;
        frames.key[frame] = key;
        frames.expectedCrc[frame] = crc;
        table.put(key, frame);
        loader.enqueue(frame);
    }

    private void park(int frame, Waiter waiter) {
        LoadWaiters w = waiters[frame];
        if (w == null) {
            w = idleWaiters.isEmpty() ? new LoadWaiters() : idleWaiters.pop();
            waiters[frame] = w;
        }
        w.list.add(waiter);
        w.count++;
    }

    private void parkForFrame(Waiter waiter) {
        counters.frameWaits++;
        if (unwritten > 0) {
            pressure = true;
        }
        frameWaiters.add(waiter);
    }

    /** A frame that stands in no list and no table, or -1. */
    private int takeFrame() {
        int frame = frames.popFree();
        if (frame >= 0) {
            return frame;
        }
        frame = replacement.evict(round);
        if (frame < 0) {
            return -1;
        }
        forgetPrefetch(frame);
        table.remove(frames.key[frame]);
        counters.evictions++;
        frames.pushFree(frame);
        return frames.popFree();
    }

    private void forgetPrefetch(int frame) {
        if (frames.has(frame, PREFETCHED)) {
            frames.clear(frame, PREFETCHED);
            prefetched--;
        }
    }

    // ---- completions of loads (shard's thread, under the hold)

    void loaded(PageFile file, int frame) {
        if (frames.has(frame, DOOMED)) {
            freeDoomedLoad(frame);
            return;
        }
        long key = frames.key[frame];
        JdbError error =
                PageRules.broken(
                        memory,
                        at(frame),
                        checksumOf(frame),
                        frames.expectedCrc[frame],
                        pageNo(key),
                        file.vnode(),
                        file.name());
        if (error != null) {
            counters.checksumFailures++;
            failLoad(frame, error);
            return;
        }
        frames.state(frame, RESIDENT);
        if (PageHeader.level(memory, at(frame)) > 0) {
            frames.set(frame, INNER);
        } else if (!frames.has(frame, PREFETCHED) && replacement.wentLately(key)) {
            frames.set(frame, RETURNED);
        }
        frames.protectedUntil[frame] = 0;
        replacement.add(frame);
        if (waiters[frame] != null) {
            protect(frame);
            resumeLoadWaiters(frame);
        } else {
            frameReleased();
        }
    }

    void loadAgain(int frame) {
        if (frames.has(frame, DOOMED)) {
            freeDoomedLoad(frame);
            return;
        }
        frames.set(frame, Frames.ALONE);
        loader.enqueue(frame);
    }

    void loadFailed(PageFile file, int frame, IoException failure) {
        if (frames.has(frame, DOOMED)) {
            freeDoomedLoad(frame);
            return;
        }
        counters.readErrors++;
        long offset = pageNo(frames.key[frame]) * PageHeader.PAGE_BYTES;
        failLoad(
                frame,
                new JdbError.Io(
                        "read",
                        file.name(),
                        "page at offset " + offset + ": " + failure.error().message()));
    }

    private void failLoad(int frame, JdbError error) {
        LoadWaiters w = waiters[frame];
        failedLoads.add(frames.key[frame], error, w == null ? 0 : w.count);
        forgetPrefetch(frame);
        table.remove(frames.key[frame]);
        resumeLoadWaiters(frame);
        frames.pushFree(frame);
        frameReleased();
    }

    private void freeDoomedLoad(int frame) {
        resumeLoadWaiters(frame);
        frames.pushFree(frame);
        frameReleased();
    }

    private void resumeLoadWaiters(int frame) {
        LoadWaiters w = waiters[frame];
        if (w != null) {
            waiters[frame] = null;
            w.count = 0;
            w.list.resumeAll();
            idleWaiters.push(w);
        }
    }

    private void protect(int frame) {
        frames.protectedUntil[frame] = round + PROTECT_ROUNDS;
        protectionsEnding[(int) ((round + PROTECT_ROUNDS) % protectionsEnding.length)]++;
        protections++;
    }

    /** A frame may be had now that could not before. */
    void frameReleased() {
        if (!frameWaiters.isEmpty()) {
            frameWaiters.resumeAll();
        }
    }

    // ---- the builder's side

    int create(Waiter waiter) {
        assert hold.held();
        if (building + unwritten >= unwrittenMax && anyWritable()) {
            parkForFrame(waiter);
            return PageSpace.NONE;
        }
        int frame = takeFrame();
        if (frame < 0) {
            parkForFrame(waiter);
            return PageSpace.NONE;
        }
        // Zeroed, so that no page carries the bytes of another, and equal runs make equal files.
        memory.asSlice(at(frame), PageHeader.PAGE_BYTES).fill((byte) 0);
        frames.meta[frame] = BUILDING;
        frames.pins[frame] = 1;
        building++;
        return frame;
    }

    private boolean anyWritable() {
        for (int i = 1; i < filesEnd; i++) {
            PageFile file = files[i];
            if (file != null && file.writer().advancing()) {
                return true;
            }
        }
        return false;
    }

    void discard(int frame) {
        assert frames.state(frame) == BUILDING;
        assert frames.pins[frame] == 1 : "discarded while pinned by someone else";
        frames.pins[frame] = 0;
        building--;
        frames.pushFree(frame);
        frameReleased();
    }

    /** A BUILDING frame has got its page number and checksum. */
    void sealed(int frame, long key) {
        assert frames.state(frame) == BUILDING;
        frames.pins[frame]--;
        building--;
        unwritten++;
        frames.key[frame] = key;
        frames.state(frame, DIRTY);
        if (PageHeader.level(memory, at(frame)) > 0) {
            frames.set(frame, INNER);
        }
        table.put(key, frame);
        if (unwritten >= frames.count / 4) {
            pressure = true;
        }
    }

    /**
     * A FLUSHING frame's write is done: the page may go now, and goes if it was freed meanwhile.
     */
    void written(int frame) {
        assert frames.state(frame) == FLUSHING;
        unwritten--;
        if (frames.has(frame, Frames.DROP)) {
            uncover(frame);
        }
        if (!frames.has(frame, DOOMED)) {
            frames.state(frame, RESIDENT);
            frames.protectedUntil[frame] = 0;
            replacement.add(frame);
        } else if (frames.pins[frame] == 0) {
            frames.pushFree(frame);
        } else {
            frames.state(frame, RESIDENT);
        }
        frameReleased();
    }

    /** A DIRTY frame, in no list any more, whose page nobody will ever read. */
    void dropDirty(int frame) {
        assert frames.state(frame) == DIRTY;
        unwritten--;
        uncover(frame);
        if (frames.pins[frame] == 0) {
            frames.pushFree(frame);
            frameReleased();
        } else {
            frames.state(frame, RESIDENT);
        }
    }

    /** A DIRTY frame that was dropped while its write was under way, and the write failed. */
    void dropDoomedDirty(int frame) {
        assert frames.state(frame) == DIRTY && frames.has(frame, DOOMED);
        unwritten--;
        if (frames.pins[frame] == 0) {
            frames.pushFree(frame);
            frameReleased();
        } else {
            frames.state(frame, RESIDENT);
        }
    }

    /**
     * Takes a frame's page out of the table; the frame lives until its pins, load or write are
     * over.
     */
    void uncover(int frame) {
        table.remove(frames.key[frame]);
        frames.key[frame] = 0;
        frames.set(frame, DOOMED);
    }

    /** Drops a page that is RESIDENT or LOADING. */
    void drop(int frame) {
        forgetPrefetch(frame);
        if (frames.state(frame) == LOADING) {
            if (!frames.has(frame, QUEUED)) {
                uncover(frame); // The kernel writes into it: freed on completion.
                return;
            }
            loader.withdraw(frame);
            uncover(frame);
            freeDoomedLoad(frame);
            return;
        }
        assert frames.state(frame) == RESIDENT;
        replacement.remove(frame);
        uncover(frame);
        if (frames.pins[frame] == 0) {
            frames.pushFree(frame);
            frameReleased();
        }
    }

    /** The frame of a page in any state, or -1. */
    int covering(long key) {
        return table.get(key);
    }

    void forgetFailure(long key) {
        if (!failedLoads.isEmpty()) {
            failedLoads.forget(key);
        }
    }

    void pin(int frame) {
        assert hold.held();
        assert frames.state(frame) >= RESIDENT || frames.state(frame) == BUILDING
                : "no page to pin";
        frames.pins[frame]++;
    }

    void unpin(int frame) {
        assert hold.held();
        assert frames.pins[frame] > 0 : "not pinned";
        if (--frames.pins[frame] == 0 && frames.state(frame) == RESIDENT) {
            if (frames.has(frame, DOOMED)) {
                frames.pushFree(frame);
            }
            frameReleased();
        }
    }

    boolean hintable(int frame) {
        return frames.state(frame) == RESIDENT;
    }

    // ---- files

    /** A number for {@code file}; 0 is never given. */
    int register(PageFile file) {
        assert hold.held();
        for (int i = 1; i < FILES_MAX; i++) {
            if (files[i] == null) {
                files[i] = file;
                filesEnd = Math.max(filesEnd, i + 1);
                return i;
            }
        }
        throw new JdbException(new JdbError.Internal("more than " + FILES_MAX + " page files"));
    }

    /** The place in the frames' link arrays of a file's dirty list. */
    int dirtySentinel(int fileIndex) {
        return frames.count + Replacement.SENTINELS + fileIndex;
    }

    /** Drops all that is in memory of a file whose operations are over. */
    void unregister(PageFile file, int index) {
        assert hold.held();
        assert files[index] == file;
        for (int f = 0; f < frames.count; f++) {
            if (fileIndex(frames.key[f]) != index || frames.state(f) == Frames.FREE) {
                continue;
            }
            assert frames.pins[f] == 0
                    : "page file closed with page " + pageNo(frames.key[f]) + " pinned";
            if (frames.state(f) == DIRTY) {
                frames.unlink(f);
                dropDirty(f);
            } else {
                drop(f);
            }
        }
        failedLoads.forgetFile(index);
        files[index] = null;
    }

    // ---- the shard's loop

    /**
     * Gives the driver what has queued up: loads, writes of full runs (all, when frames run short),
     * growth of files. Once a turn, by the shard's thread; the caller submits.
     *
     * @return operations issued and waiters woken
     */
    public int service() {
        assert hold.held();
        round++;
        int work = endProtections();
        work += loader.issue();
        boolean all = pressure;
        pressure = false;
        for (int i = 1; i < filesEnd; i++) {
            PageFile file = files[i];
            if (file != null) {
                work += file.service(all);
            }
        }
        if (all && writeOps.isEmpty() && unwritten > 0) {
            pressure = true; // Not all could be given out: go on when a write is done.
        }
        return work;
    }

    /**
     * True when {@link #service} has something to do now, or soon without a completion in between.
     */
    public boolean pending() {
        assert hold.held();
        if (loader.ready() || protections > 0 && !frameWaiters.isEmpty()) {
            return true;
        }
        for (int i = 1; i < filesEnd; i++) {
            PageFile file = files[i];
            if (file != null && file.wantsService(pressure)) {
                return true;
            }
        }
        return false;
    }

    /** Has the next {@link #service} write all sealed pages, full runs or not. */
    public void writeOut() {
        assert hold.held();
        if (unwritten > 0) {
            pressure = true;
        }
    }

    private int endProtections() {
        int slot = (int) (round % protectionsEnding.length);
        int ended = protectionsEnding[slot];
        protectionsEnding[slot] = 0;
        protections -= ended;
        if (ended > 0 && !frameWaiters.isEmpty()) {
            frameWaiters.resumeAll();
            return 1;
        }
        return 0;
    }

    /** Checks the invariants that can be seen from here; for tests. */
    void verify() {
        int[] states = new int[FLUSHING + 1];
        int covered = 0;
        int prefetchedSeen = 0;
        for (int f = 0; f < frames.count; f++) {
            states[frames.state(f)]++;
            if (frames.has(f, PREFETCHED)) {
                prefetchedSeen++;
            }
            if (frames.key[f] != 0) {
                covered++;
                assert table.get(frames.key[f]) == f
                        : "frame " + f + " is not where the table says";
            }
            boolean listed = frames.has(f, Frames.COLD | Frames.WARM);
            assert listed == (frames.state(f) == RESIDENT && !frames.has(f, DOOMED)) : "frame " + f;
            assert frames.state(f) == LOADING || waiters[f] == null : "waiters on frame " + f;
        }
        assert covered == table.size();
        assert states[Frames.FREE] == frames.freeCount();
        assert states[BUILDING] == building;
        assert states[DIRTY] + states[FLUSHING] == unwritten
                : Arrays.toString(states) + " unwritten " + unwritten;
        assert prefetchedSeen == prefetched;
        assert replacement.coldCount() + replacement.warmCount() <= states[RESIDENT];
    }
}
