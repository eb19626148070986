package site.js0.jdb.index;

import static site.js0.jdb.layout.PageHeader.PAGE_BYTES;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.page.PageSpace;

/**
 * Pages in memory, as nasty as the contract allows: evicts whatever is not pinned whenever it may,
 * waits when it likes, gives freed numbers out again at once, and finds out when a sealed page was
 * changed (but for hints while they are allowed), a page is freed twice, or a pin is lost.
 */
final class FakePageSpace implements PageSpace {
    static final int VNODE = 7;

    private static final int FREE = 0;
    private static final int BUILDING = 1;
    private static final int DIRTY = 2;
    private static final int CLEAN = 3;

    private final MemorySegment memory;
    private final int frames;
    private final int[] state;
    private final long[] pageNo;
    private final int[] pins;

    /** By page number; NONE when not resident. */
    private int[] frameOf = {};

    private final Map<Long, byte[]> disk = new HashMap<>();
    private final ArrayDeque<Long> freeNumbers = new ArrayDeque<>();
    private long nextNumber = 1;
    private final WaitList waiters = new WaitList();
    private final TreeSet<Long> wanted = new TreeSet<>();
    private final SplittableRandom random;
    private final CRC32C crc = new CRC32C();

    /** Chances in 1000. */
    int evictChance;

    int waitChance;

    /** True: pages that are not resident come at once, without a wait. */
    boolean instant = true;

    /** So many fetches go well, then each throws Io. */
    long fetchesMax = Long.MAX_VALUE;

    /** Pages that may exist; the next seal throws DiskFull. */
    int pagesMax = Integer.MAX_VALUE;

    long fetches;
    long waits;
    long loads;
    long prefetches;

    FakePageSpace(int frames, long seed) {
        this.frames = frames;
        memory = Arena.ofAuto().allocate((long) frames * PAGE_BYTES, PAGE_BYTES);
        state = new int[frames];
        pageNo = new long[frames];
        pins = new int[frames];
        random = new SplittableRandom(seed);
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public int vnode() {
        return VNODE;
    }

    @Override
    public int fetch(long no, int expected, int hint, Waiter waiter) {
        if (fetches++ >= fetchesMax) {
            throw new JdbException(new JdbError.Io("read", "fake", "page " + no));
        }
        mischief();
        int frame = frameOf(no);
        if (frame == NONE || chance(waitChance)) {
            if (!instant || frame != NONE) {
                waits++;
                wanted.add(no);
                waiters.add(waiter);
                return NONE;
            }
            frame = load(no);
        }
        if (PageHeader.crc(memory, at(frame)) != expected) {
            throw corrupt(no, "crc32c differs from the parent's");
        }
        return frame;
    }

    @Override
    public int peek(long no, int hint) {
        return frameOf(no);
    }

    @Override
    public void prefetch(long no, int expected) {
        prefetches++;
        mischief();
        if (frameOf(no) == NONE && free(random.nextInt(frames)) != NONE) {
            if (instant) {
                load(no);
            } else {
                wanted.add(no);
            }
        }
    }

    @Override
    public int create(Waiter waiter) {
        mischief();
        int frame = chance(waitChance) ? NONE : free(random.nextInt(frames));
        if (frame == NONE) {
            waits++;
            waiters.add(waiter);
            return NONE;
        }
        take(frame, BUILDING, 0);
        pins[frame] = 1;
        MemorySegment page = memory.asSlice(at(frame), PAGE_BYTES);
        byte[] junk = new byte[PAGE_BYTES];
        random.nextBytes(junk);
        MemorySegment.copy(junk, 0, page, ValueLayout.JAVA_BYTE, 0, PAGE_BYTES);
        return frame;
    }

    @Override
    public void discard(int frame) {
        check(state[frame] == BUILDING, "discard of a frame that is not built");
        pins[frame] = 0;
        state[frame] = FREE;
    }

    @Override
    public long seal(int frame) {
        check(state[frame] == BUILDING, "seal of a frame that is not built");
        if (disk.size() >= pagesMax) {
            throw new JdbException(new JdbError.DiskFull("fake", disk.size() + " pages"));
        }
        Long reused = freeNumbers.pollFirst();
        long no = reused == null ? nextNumber++ : reused;
        PageHeader.setPageNo(memory, at(frame), no);
        PageHeader.setCrc(memory, at(frame), checksum(memory.asSlice(at(frame), PAGE_BYTES)));
        pins[frame] = 0;
        take(frame, DIRTY, no);
        disk.put(no, memory.asSlice(at(frame), PAGE_BYTES).toArray(ValueLayout.JAVA_BYTE));
        return no;
    }

    @Override
    public int crc(int frame) {
        return PageHeader.crc(memory, at(frame));
    }

    @Override
    public boolean hintable(int frame) {
        return state[frame] == CLEAN;
    }

    @Override
    public void free(long no) {
        int frame = frameOf(no);
        if (frame != NONE) {
            check(pins[frame] == 0, "page " + no + " freed while pinned");
            drop(frame);
        }
        check(disk.remove(no) != null, "page " + no + " freed twice");
        freeNumbers.addFirst(no);
    }

    @Override
    public void pin(int frame) {
        check(state[frame] >= DIRTY, "pin of nothing");
        pins[frame]++;
    }

    @Override
    public void unpin(int frame) {
        check(pins[frame] > 0 && state[frame] >= DIRTY, "unpin without pin");
        pins[frame]--;
    }

    /** The device and the shard's loop: loads come, writes finish, waiters go on. */
    void pump() {
        for (int f = 0; f < frames; f++) {
            if (state[f] == DIRTY) {
                state[f] = CLEAN;
            }
        }
        List<Long> now = new ArrayList<>(wanted);
        wanted.clear();
        for (long no : now) {
            if (disk.containsKey(no) && frameOf(no) == NONE) {
                load(no);
            }
        }
        waiters.resumeAll();
    }

    /** Everything that can go is gone. */
    void evictAll() {
        pump();
        for (int f = 0; f < frames; f++) {
            if (state[f] == CLEAN && pins[f] == 0) {
                drop(f);
            }
        }
    }

    /** No pins are left and no page was changed. */
    void verifyIdle() {
        for (int f = 0; f < frames; f++) {
            check(pins[f] == 0 && state[f] != BUILDING, "frame " + f + " was not given back");
            if (state[f] >= DIRTY) {
                verify(f);
            }
        }
    }

    /** Numbers of all pages there are. */
    long[] pages() {
        return disk.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    }

    /** The page as it lies on the device. */
    byte[] page(long no) {
        return onDisk(no).clone();
    }

    /** Changes a page on the device, with a right checksum; answers that. */
    int overwrite(long no, byte[] bytes) {
        evictAll();
        MemorySegment page = MemorySegment.ofArray(bytes);
        int sum = checksum(page);
        PageHeader.setCrc(page, 0, sum);
        disk.put(no, bytes.clone());
        return sum;
    }

    private void mischief() {
        while (chance(evictChance)) {
            int f = random.nextInt(frames);
            if (state[f] == DIRTY && random.nextBoolean()) {
                state[f] = CLEAN;
            }
            if (state[f] == CLEAN && pins[f] == 0) {
                drop(f);
            }
        }
    }

    private boolean chance(int perMille) {
        return perMille > 0 && random.nextInt(1000) < perMille;
    }

    /** A frame to be used, from {@code start} on; evicts when it must. */
    private int free(int start) {
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < frames; i++) {
                int f = (start + i) % frames;
                if (state[f] == FREE) {
                    return f;
                }
                if (pass == 1 && state[f] == CLEAN && pins[f] == 0) {
                    drop(f);
                    return f;
                }
            }
        }
        return NONE;
    }

    private int load(long no) {
        loads++;
        byte[] page = disk.get(no);
        if (page == null) {
            throw corrupt(no, "read of a page that is not there");
        }
        int frame = free(random.nextInt(frames));
        if (frame == NONE) { // all are dirty: writes finish
            for (int f = 0; f < frames; f++) {
                if (state[f] == DIRTY) {
                    state[f] = CLEAN;
                }
            }
            frame = free(0);
            check(frame != NONE, "all frames are pinned");
        }
        MemorySegment.copy(page, 0, memory, ValueLayout.JAVA_BYTE, at(frame), PAGE_BYTES);
        if (checksum(memory.asSlice(at(frame), PAGE_BYTES)) != PageHeader.crc(memory, at(frame))) {
            throw corrupt(no, "crc32c is wrong");
        }
        take(frame, CLEAN, no);
        return frame;
    }

    private void take(int frame, int newState, long no) {
        state[frame] = newState;
        pageNo[frame] = no;
        if (no != 0) {
            check(frameOf(no) == NONE, "a page in two frames");
            if (no >= frameOf.length) {
                int had = frameOf.length;
                frameOf = Arrays.copyOf(frameOf, (int) no * 2 + 64);
                Arrays.fill(frameOf, had, frameOf.length, NONE);
            }
            frameOf[(int) no] = frame;
        }
    }

    private void drop(int frame) {
        verify(frame);
        frameOf[(int) pageNo[frame]] = NONE;
        state[frame] = FREE;
        memory.asSlice(at(frame), PAGE_BYTES).fill((byte) 0xA5);
    }

    private void verify(int frame) {
        byte[] sealed = onDisk(pageNo[frame]);
        byte[] now = memory.asSlice(at(frame), PAGE_BYTES).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment page = MemorySegment.ofArray(now);
        if (state[frame] == CLEAN && PageHeader.type(page, 0) == PageHeader.TYPE_INNER) {
            MemorySegment was = MemorySegment.ofArray(sealed.clone());
            int n = Math.min(PageHeader.count(page, 0), InnerPage.CHILDREN_MAX);
            for (int i = 0; i < n; i++) {
                InnerPage.setHint(page, InnerPage.ref(0, i), NONE);
                InnerPage.setHint(was, InnerPage.ref(0, i), NONE);
            }
            sealed = was.toArray(ValueLayout.JAVA_BYTE);
        }
        check(Arrays.equals(sealed, now), "sealed page " + pageNo[frame] + " was changed");
    }

    private byte[] onDisk(long no) {
        return Objects.requireNonNull(disk.get(no), () -> "there is no page " + no);
    }

    private int checksum(MemorySegment page) {
        ByteBuffer buffer = page.asByteBuffer();
        buffer.position(4).limit(PAGE_BYTES);
        crc.reset();
        crc.update(buffer);
        return (int) crc.getValue();
    }

    private int frameOf(long no) {
        return no < frameOf.length ? frameOf[(int) no] : NONE;
    }

    private static long at(int frame) {
        return (long) frame * PAGE_BYTES;
    }

    private static JdbException corrupt(long no, String rule) {
        return new JdbException(new JdbError.Corrupt("fake", no * PAGE_BYTES, rule));
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new AssertionError(message);
        }
    }
}
