package site.js0.jdb.page;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.testkit.CrashMode;
import site.js0.jdb.testkit.SimCrash;
import site.js0.jdb.testkit.SimDisk;

/**
 * A page file on a simulated disk, driven at random beside a naive model of what it promises: the
 * pages of the present tree read as they were sealed; after a crash, the file opens at the last
 * durable checkpoint (or at the one that was in progress) and every page of that one is whole.
 */
final class PageWorld implements AutoCloseable {
    private static final UUID DB = new UUID(1, 2);
    private static final int VNODE = 4;
    private static final Path DIR = Path.of("/db/vnode-4");
    private static final PageFileOptions OPTIONS = new PageFileOptions(16, 64, 8);
    private static final int TREE_MAX = 300;

    /** What a page is known by. */
    private record Page(long pageNo, int crc, long content) {}

    /** What a checkpoint promises. */
    private record Promise(long seq, long root, Map<Long, Page> pages, byte[] extra) {}

    /** A read of one page that may have to wait; stands for an operation of the engine. */
    private static final class Reader extends Waiter {
        final Page page;
        boolean ready = true;

        Reader(Page page) {
            this.page = page;
        }

        @Override
        public void resume() {
            check(!ready, "resumed twice");
            ready = true;
        }
    }

    /** Someone who only wants to be woken. */
    private static final class Flag extends Waiter {
        boolean resumed = true;

        @Override
        public void resume() {
            resumed = true;
        }
    }

    private final SimDisk disk;
    private final SplittableRandom random;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    private IoDriver driver;
    private BufferPool pool;
    private PageFile file;

    private final Map<Long, Page> tree = new HashMap<>();
    private final List<Page> list = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private final List<Integer> pinned = new ArrayList<>();
    private final TreeMap<Long, Promise> promises = new TreeMap<>();
    private Flag checkpointWaiter = new Flag();
    private long contents;

    // How much happened; a test that checks nothing shall fail.
    int crashes;
    int checkpoints;
    int reads;
    int openedNewer;
    int fullDisks;

    PageWorld(long seed, int frames) {
        disk = SimDisk.seeded(seed);
        disk.mkdirs(DIR);
        random = new SplittableRandom(seed ^ 0x5DEECE66DL);
        if (random.nextBoolean()) {
            disk.withLatency(0, 0);
        }
        if (random.nextInt(3) == 0) {
            disk.withCapacity(4096 * (40L + random.nextInt(80)));
        }
        memory = arena.allocate((long) frames * PageHeader.PAGE_BYTES, PageHeader.PAGE_BYTES);
        driver = disk.driver();
        pool = new BufferPool(memory, driver, Hold.ALWAYS, 0);
        file = PageFile.create(pool, DIR, DB, VNODE, OPTIONS);
        promises.put(1L, new Promise(1, 0, Map.of(), new byte[0]));
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            try {
                step();
                if (random.nextInt(16) == 0) {
                    pool.verify();
                    file.space().verify();
                }
                if (random.nextInt(400) == 0) {
                    disk.crash(random.nextBoolean() ? CrashMode.KILL : CrashMode.POWER_LOSS);
                    recover();
                } else if (random.nextInt(400) == 0) {
                    disk.crashAtEvent(
                            1 + random.nextInt(40),
                            random.nextBoolean() ? CrashMode.KILL : CrashMode.POWER_LOSS);
                }
            } catch (SimCrash crash) {
                recover();
            }
        }
    }

    private void step() {
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> {
                try {
                    sealSome(1 + random.nextInt(8));
                } catch (JdbException e) {
                    diskFull(e);
                }
            }
            case 4, 5 -> freeSome(1 + random.nextInt(6));
            case 6, 7, 8 -> readSome();
            case 9 -> prefetchSome();
            case 10 -> pinSome();
            case 11 -> pool.writeOut();
            case 12, 13 -> checkpoint();
            case 14 -> file.flush();
            default -> turn();
        }
        runReaders();
    }

    private void turn() {
        driver.poll(1 + random.nextInt(16));
        pool.service();
        if (random.nextInt(4) != 0) {
            driver.submit();
        }
    }

    /** A full disk is no failure: make room, go on. Anything else is. */
    private void diskFull(JdbException e) {
        if (!(e.error() instanceof JdbError.DiskFull)) {
            throw e;
        }
        fullDisks++;
        freeSome(10 + random.nextInt(30));
    }

    // ---- what the tree does

    private void sealSome(int n) {
        for (int i = 0; i < n; i++) {
            int frame = file.create(new Flag());
            if (frame < 0) {
                turn();
                continue;
            }
            if (random.nextInt(20) == 0) {
                file.discard(frame);
                continue;
            }
            long content = ++contents * 1_000_003;
            fill(frame, content);
            long pageNo = file.seal(frame);
            Page page = new Page(pageNo, file.crc(frame), content);
            check(tree.put(pageNo, page) == null, "page " + pageNo + " given out twice");
            list.add(page);
        }
    }

    private void fill(int frame, long content) {
        long at = (long) frame * PageHeader.PAGE_BYTES;
        boolean inner = content % 10 == 0;
        PageHeader.init(
                memory,
                at,
                inner ? PageHeader.TYPE_INNER : PageHeader.TYPE_LEAF,
                inner ? 1 : 0,
                VNODE,
                1,
                0);
        for (int i = PageHeader.BYTES; i < PageHeader.PAGE_BYTES; i += Long.BYTES) {
            memory.set(PageHeader.LE_LONG, at + i, content ^ i);
        }
    }

    private void freeSome(int n) {
        int over = Math.max(0, list.size() - TREE_MAX);
        for (int i = 0; i < n + over && !list.isEmpty(); i++) {
            // The newest often: so that young pages go too.
            int at =
                    random.nextBoolean()
                            ? list.size() - 1 - random.nextInt(Math.min(8, list.size()))
                            : random.nextInt(list.size());
            Page page = list.get(at);
            list.set(at, list.getLast());
            list.removeLast();
            tree.remove(page.pageNo());
            file.free(page.pageNo());
        }
    }

    private void readSome() {
        for (int i = random.nextInt(6); i > 0 && !list.isEmpty() && readers.size() < 40; i--) {
            readers.add(new Reader(anyPage()));
        }
    }

    private Page anyPage() {
        // Often from a small hot set, else anywhere.
        int bound = random.nextBoolean() ? list.size() : Math.min(list.size(), 5);
        return list.get(random.nextInt(bound));
    }

    private void prefetchSome() {
        for (int i = random.nextInt(8); i > 0 && !list.isEmpty(); i--) {
            Page page = anyPage();
            file.prefetch(page.pageNo(), page.crc());
        }
    }

    private void pinSome() {
        while (!pinned.isEmpty() && random.nextInt(3) != 0) {
            file.unpin(pinned.removeLast());
        }
        if (pinned.size() < 4 && !list.isEmpty()) {
            int frame = file.peek(anyPage().pageNo(), PageSpace.NONE);
            if (frame >= 0) {
                file.pin(frame);
                pinned.add(frame);
            }
        }
    }

    private void runReaders() {
        for (int i = readers.size() - 1; i >= 0; i--) {
            Reader reader = readers.get(i);
            if (!reader.ready) {
                continue;
            }
            if (tree.get(reader.page.pageNo()) != reader.page) {
                readers.remove(i); // Freed meanwhile: a reader run again starts from a newer root.
                continue;
            }
            reader.ready = false;
            int hint = random.nextInt(-1, pool.frameCount() + 1);
            int frame = file.fetch(reader.page.pageNo(), reader.page.crc(), hint, reader);
            if (frame >= 0) {
                reader.ready = true;
                checkContent(frame, reader.page);
                readers.remove(i);
                reads++;
            }
        }
    }

    private void checkContent(int frame, Page page) {
        long at = (long) frame * PageHeader.PAGE_BYTES;
        check(PageHeader.pageNo(memory, at) == page.pageNo(), "another page's number");
        for (int i = PageHeader.BYTES; i < PageHeader.PAGE_BYTES; i += Long.BYTES) {
            check(
                    memory.get(PageHeader.LE_LONG, at + i) == (page.content() ^ i),
                    "page " + page.pageNo() + " differs at " + i);
        }
    }

    // ---- checkpoints

    private void checkpoint() {
        Checkpoint checkpoint = file.checkpoint();
        if (!checkpoint.active()) {
            beginCheckpoint();
            return;
        }
        if (!checkpointWaiter.resumed) {
            return;
        }
        checkpointWaiter = new Flag();
        checkpointWaiter.resumed = false;
        int progress;
        try {
            progress = checkpoint.run(checkpointWaiter);
        } catch (JdbException e) {
            diskFull(e);
            checkpointWaiter.resumed = true;
            promises.remove(file.superblock().seq() + 1);
            return;
        }
        if (progress != Progress.WAIT) {
            checkpointWaiter.resumed = true;
        }
        if (progress == Progress.DONE) {
            checkpoints++;
            long seq = file.superblock().seq();
            check(promises.containsKey(seq), "no such checkpoint: " + seq);
            promises.keySet().removeIf(s -> s < seq);
        }
    }

    private void beginCheckpoint() {
        Page root = list.isEmpty() ? null : list.get(random.nextInt(list.size()));
        byte[] extra = new byte[random.nextInt(4) == 0 ? random.nextInt(20_000) : 3];
        for (int i = 0; i < extra.length; i++) {
            extra[i] = (byte) random.nextInt();
        }
        long seq = file.superblock().seq() + 1;
        check(!promises.containsKey(seq), "begun twice");
        long rootNo = root == null ? 0 : root.pageNo();
        promises.put(seq, new Promise(seq, rootNo, new HashMap<>(tree), extra));
        CheckpointInfo info =
                new CheckpointInfo(
                        rootNo,
                        root == null ? 0 : root.crc(),
                        0,
                        tree.size(),
                        1,
                        1,
                        seq * 10,
                        0,
                        0,
                        false,
                        0,
                        extra);
        try {
            file.checkpoint().begin(info);
        } catch (JdbException e) {
            promises.remove(seq);
            diskFull(e);
        }
        checkpointWaiter = new Flag();
    }

    // ---- crashes

    /** The process is dead: open again, and again if it dies of a planned crash while opening. */
    private void recover() {
        crashes++;
        readers.clear();
        pinned.clear();
        tree.clear();
        list.clear();
        if (promises.size() == 1 && random.nextBoolean()) {
            damageTwoCopies();
        }
        while (true) {
            try {
                if (random.nextInt(4) == 0) {
                    disk.crashAtEvent(1 + random.nextInt(4), CrashMode.POWER_LOSS);
                }
                open();
                break;
            } catch (SimCrash crash) {
                crashes++;
            }
        }
    }

    /** With no checkpoint in progress any two copies may rot. */
    private void damageTwoCopies() {
        int one = random.nextInt(4);
        int other = random.nextInt(4);
        for (int copy : new int[] {one, other}) {
            disk.flipBit(DIR.resolve(PageFile.SUPER), (copy * 4096L + random.nextInt(4096)) * 8);
        }
    }

    private void open() {
        driver = disk.driver();
        pool = new BufferPool(memory, driver, Hold.ALWAYS, 0);
        file = PageFile.open(pool, DIR, DB, VNODE, OPTIONS);
        long seq = file.superblock().seq();
        Promise promise = promises.get(seq);
        if (promise == null) {
            throw new AssertionError("opened at " + seq + ", promised " + promises.keySet());
        }
        if (promises.size() > 1 && seq == promises.lastKey()) {
            openedNewer++;
        }
        promises.keySet().removeIf(s -> s != seq);
        check(file.superblock().rootPageNo() == promise.root(), "another root");
        check(java.util.Arrays.equals(file.extra(), promise.extra()), "other extra bytes");
        check(file.livePages() == promise.pages().size(), "other pages");
        tree.putAll(promise.pages());
        list.addAll(promise.pages().values());
        list.sort(java.util.Comparator.comparingLong(Page::pageNo));
        file.space().verify();
        for (Page page : list) {
            check(file.space().live(page.pageNo()), "page " + page.pageNo() + " not in use");
            readNow(page);
        }
    }

    private void readNow(Page page) {
        for (int i = 0; i < 10_000; i++) {
            int frame = file.fetch(page.pageNo(), page.crc(), PageSpace.NONE, new Flag());
            if (frame >= 0) {
                checkContent(frame, page);
                reads++;
                return;
            }
            pool.service();
            driver.await(1_000_000);
            driver.poll(8);
        }
        throw new AssertionError("page " + page.pageNo() + " does not arrive");
    }

    /** All that waits is served in the end: no wake-up is lost. */
    void settle() {
        while (!pinned.isEmpty()) {
            file.unpin(pinned.removeLast());
        }
        for (int i = 0; i < 100_000; i++) {
            pool.writeOut();
            pool.service();
            driver.await(1_000_000);
            driver.poll(64);
            runReaders();
            if (file.checkpoint().active()) {
                checkpoint();
            }
            if (readers.isEmpty()
                    && !file.checkpoint().active()
                    && driver.inFlight() == 0
                    && !pool.pending()
                    && pool.unwrittenCount() == 0) {
                return;
            }
        }
        throw new AssertionError(
                "does not settle: %d readers wait, checkpoint %s, %d in flight, %d unwritten"
                        .formatted(
                                readers.size(),
                                file.checkpoint().active() ? "active" : "idle",
                                driver.inFlight(),
                                pool.unwrittenCount()));
    }

    /** Settles, reads every page of the tree, closes, and finds no frame leaked. */
    void finish() {
        while (true) {
            try {
                settle();
                List.copyOf(list).forEach(this::readNow);
                settle();
                pool.verify();
                file.space().verify();
                file.close();
                check(pool.freeCount() == pool.frameCount(), "frames leaked");
                return;
            } catch (SimCrash crash) {
                recover();
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
