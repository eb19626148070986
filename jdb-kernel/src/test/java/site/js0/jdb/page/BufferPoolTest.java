package site.js0.jdb.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static site.js0.jdb.page.PageSpace.NONE;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.page.PageFixture.Flag;

/** Residency: hits, loads, waiters, eviction, pins, and what comes damaged from the device. */
class BufferPoolTest {
    private static final int PAGES = 200;

    private final MemDriver driver = new MemDriver();
    private final long[] page = new long[PAGES];
    private final int[] crc = new int[PAGES];
    private final PageFixture f;

    /** 200 pages on disk, a pool of 64 frames with none of them. */
    BufferPoolTest() {
        try (PageFixture made = PageFixture.create(driver, 512, new PageFileOptions(300, 300, 8))) {
            for (int i = 0; i < PAGES; i++) {
                // The last ten are inner pages.
                boolean inner = i >= PAGES - 10;
                page[i] =
                        made.seal(
                                i,
                                inner ? PageHeader.TYPE_INNER : PageHeader.TYPE_LEAF,
                                inner ? 1 : 0);
                crc[i] = made.crc(page[i]);
            }
            made.checkpoint(PageFixture.info(page[0], crc[0]));
        }
        f = PageFixture.open(driver, 64, PageFixture.SMALL);
        driver.log.clear();
    }

    @AfterEach
    void nothingLeaks() {
        driver.fault = op -> 0;
        f.close();
        assertThat(driver.opened).isZero();
    }

    private int fetch(int i, Flag flag) {
        return f.file.fetch(page[i], crc[i], NONE, flag);
    }

    private PoolCounters counters() {
        return f.pool.counters();
    }

    @Test
    void aMissParksUntilTheLoadIsVerified() {
        Flag flag = new Flag();
        assertThat(fetch(3, flag)).isEqualTo(NONE);
        assertThat(driver.inFlight()).as("fetching touches no driver").isZero();
        assertThat(f.pool.pending()).isTrue();
        f.pool.service();
        assertThat(driver.inFlight()).isEqualTo(1);
        assertThat(f.file.peek(page[3], NONE)).isEqualTo(NONE);
        driver.poll(1);
        assertThat(flag.resumed).isEqualTo(1);
        int frame = fetch(3, new Flag());
        assertThat(f.content(frame)).isEqualTo(3);
        assertThat(counters().hits).isEqualTo(1);
        assertThat(counters().misses).isEqualTo(1);
    }

    @Test
    void everyWaiterOfAPageIsResumedOnceAndOneReadServesThemAll() {
        List<Flag> flags = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            flags.add(new Flag());
            fetch(3, flags.getLast());
        }
        f.settle();
        assertThat(flags).allMatch(flag -> flag.resumed == 1);
        assertThat(counters().loads).isEqualTo(1);
    }

    @Test
    void hintsAreVerified() {
        int frame = f.load(page[3], crc[3]);
        int other = f.load(page[4], crc[4]);
        assertThat(f.file.fetch(page[3], crc[3], frame, new Flag())).isEqualTo(frame);
        assertThat(counters().hintHits).isEqualTo(1);
        for (int wrong : new int[] {other, 63, 64, Integer.MAX_VALUE}) {
            assertThat(f.file.fetch(page[3], crc[3], wrong, new Flag())).isEqualTo(frame);
        }
        assertThat(counters().hintMisses).isEqualTo(4);
    }

    @Test
    void neighboursAreReadTogetherAndThoseWaitedForFirst() {
        for (int i : new int[] {50, 12, 10, 13, 11, 100}) {
            f.file.prefetch(page[i], crc[i]);
        }
        fetch(100, new Flag());
        f.settle();
        assertThat(driver.log)
                .containsExactly(
                        "READ_SCATTERED " + page[100] + "+1",
                        "READ_SCATTERED " + page[10] + "+4",
                        "READ_SCATTERED " + page[50] + "+1");
        assertThat(counters().coalescedReads).isEqualTo(1);
        assertThat(counters().prefetches).isEqualTo(6);
        assertThat(f.content(f.file.peek(page[12], NONE))).isEqualTo(12);
    }

    @Test
    void prefetchingTakesAQuarterOfTheFramesAtMost() {
        for (int i = 0; i < 60; i++) {
            f.file.prefetch(page[i], crc[i]);
        }
        f.settle();
        assertThat(counters().prefetches).isEqualTo(16);
        assertThat(counters().prefetchesRefused).isEqualTo(44);
        f.read(page[0], crc[0]);
        f.file.prefetch(page[30], crc[30]);
        assertThat(counters().prefetches).as("a used page makes room").isEqualTo(17);
    }

    @Test
    void oneBadSectorDoesNotFailItsNeighbours() {
        driver.fault =
                op ->
                        op.kind() == IoOp.Kind.READ_SCATTERED
                                        && op.offset() <= page[11] * 4096
                                        && op.offset() + op.length() > page[11] * 4096
                                ? Errno.EIO
                                : 0;
        Flag good = new Flag();
        Flag bad = new Flag();
        fetch(10, good);
        fetch(11, bad);
        f.settle();
        assertThat(f.content(fetch(10, new Flag()))).isEqualTo(10);
        assertThat(bad.resumed).isEqualTo(1);
        assertThatThrownBy(() -> fetch(11, new Flag()))
                .asInstanceOf(type(JdbException.class))
                .extracting(JdbException::error)
                .isInstanceOf(JdbError.Io.class);
        driver.fault = op -> 0;
        assertThat(f.read(page[11], crc[11])).as("the next one tries again").isEqualTo(11);
    }

    // ---- damage

    private void expectCorrupt(int i, int expectedCrc, String rule) {
        List<Flag> flags = List.of(new Flag(), new Flag(), new Flag());
        for (Flag flag : flags) {
            assertThat(f.file.fetch(page[i], expectedCrc, NONE, flag)).isEqualTo(NONE);
        }
        f.settle();
        for (Flag flag : flags) {
            assertThat(flag.resumed).isEqualTo(1);
            assertThatThrownBy(() -> f.file.fetch(page[i], expectedCrc, NONE, flag))
                    .asInstanceOf(type(JdbException.class))
                    .extracting(JdbException::error)
                    .asInstanceOf(type(JdbError.Corrupt.class))
                    .satisfies(c -> {
                        assertThat(c.file()).isEqualTo(PageFixture.PAGES.toString());
                        assertThat(c.offset()).isEqualTo(page[i] * 4096);
                        assertThat(c.rule()).contains(rule);
                    });
        }
        assertThat(f.pool.freeCount()).as("frames of failed loads are free").isEqualTo(64);
        long loads = counters().loads;
        assertThat(f.file.fetch(page[i], expectedCrc, NONE, new Flag())).isEqualTo(NONE);
        f.settle();
        assertThat(counters().loads).as("then it is loaded again").isEqualTo(loads + 1);
        assertThatThrownBy(() -> f.file.fetch(page[i], expectedCrc, NONE, new Flag()))
                .isInstanceOf(JdbException.class);
    }

    private byte[] disk() {
        return driver.bytes(PageFixture.PAGES);
    }

    /** Changes bytes of a page on disk and makes its checksum fit again. */
    private int forge(int i, int at, int value) {
        byte[] disk = disk();
        int start = (int) page[i] * 4096;
        disk[start + at] = (byte) value;
        java.util.zip.CRC32C c = new java.util.zip.CRC32C();
        c.update(disk, start + 4, 4092);
        int fresh = (int) c.getValue();
        for (int b = 0; b < 4; b++) {
            disk[start + b] = (byte) (fresh >>> 8 * b);
        }
        return fresh;
    }

    @Test
    void aFlippedBitAnywhereIsFound() {
        for (int at : new int[] {0, 3, 4, 5, 6, 7, 8, 16, 20, 24, 4095}) {
            disk()[(int) page[7] * 4096 + at] ^= 0x10;
            expectCorrupt(7, crc[7], "crc32c");
            disk()[(int) page[7] * 4096 + at] ^= 0x10;
        }
        assertThat(counters().checksumFailures).isPositive();
        assertThat(f.read(page[7], crc[7])).isEqualTo(7);
    }

    @Test
    void aPageNeverWrittenIsFound() {
        java.util.Arrays.fill(disk(), (int) page[7] * 4096, (int) page[7] * 4096 + 4096, (byte) 0);
        expectCorrupt(7, crc[7], "never written");
    }

    @Test
    void aMisdirectedWriteIsFound() {
        System.arraycopy(disk(), (int) page[8] * 4096, disk(), (int) page[7] * 4096, 4096);
        expectCorrupt(7, crc[7], "expected page " + page[7] + ", found page " + page[8]);
    }

    @Test
    void aLostWriteIsFoundByTheParentsChecksum() {
        // An older page of the same number, whole in itself.
        forge(7, 100, 55);
        expectCorrupt(7, crc[7], "lost write");
    }

    @Test
    void eachFieldIsChecked() {
        expectCorrupt(7, forge(7, 16, 9), "vnode");
        forge(7, 16, PageFixture.VNODE);
        expectCorrupt(7, forge(7, 4, 9), "unknown type 9");
        expectCorrupt(7, forge(7, 4, 0), "unknown type 0");
        forge(7, 4, PageHeader.TYPE_LEAF);
        expectCorrupt(7, forge(7, 5, 0), "format 0");
        forge(7, 5, PageHeader.FORMAT);
        expectCorrupt(7, forge(7, 6, 1), "level");
        forge(7, 6, 0);
        expectCorrupt(7, forge(7, 7, 1), "reserved");
        int good = forge(7, 7, 0);
        assertThat(good).isEqualTo(crc[7]);
        assertThat(f.read(page[7], good)).isEqualTo(7);
    }

    @Test
    void aNewerFormatIsSaidToBeThat() {
        int fresh = forge(7, 5, PageHeader.FORMAT + 1);
        f.file.fetch(page[7], fresh, NONE, new Flag());
        f.settle();
        assertThatThrownBy(() -> f.file.fetch(page[7], fresh, NONE, new Flag()))
                .asInstanceOf(type(JdbException.class))
                .extracting(JdbException::error)
                .isInstanceOf(JdbError.NewerFormat.class);
    }

    @Test
    void aPageOutsideTheFileIsTheParentsDamage() {
        for (long no : new long[] {0, -1, f.file.filePages(), 1L << 50, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> f.file.fetch(no, 1, NONE, new Flag()))
                    .asInstanceOf(type(JdbException.class))
                    .extracting(JdbException::error)
                    .isInstanceOf(JdbError.Corrupt.class);
            f.file.prefetch(no, 1);
            assertThat(f.file.peek(no, NONE)).isEqualTo(NONE);
        }
        f.settle();
        assertThat(counters().loads).isZero();
    }

    @Test
    void aResidentPageWithAnotherChecksumThanTheParentsIsNotHandedOut() {
        f.read(page[7], crc[7]);
        assertThatThrownBy(() -> f.file.fetch(page[7], crc[7] + 1, NONE, new Flag()))
                .asInstanceOf(type(JdbException.class))
                .extracting(JdbException::error)
                .isInstanceOf(JdbError.Corrupt.class);
    }

    @Test
    void aFailedPrefetchIsMetByTheFetch() {
        disk()[(int) page[7] * 4096 + 99] ^= 1;
        f.file.prefetch(page[7], crc[7]);
        f.settle();
        assertThat(counters().checksumFailures).isEqualTo(1);
        expectCorrupt(7, crc[7], "crc32c");
    }

    // ---- eviction

    @Test
    void pinnedPagesStayAndAWaiterForAFrameIsResumedByTheUnpin() {
        int[] frames = new int[64];
        for (int i = 0; i < 64; i++) {
            frames[i] = f.load(page[i], crc[i]);
            f.file.pin(frames[i]);
        }
        for (int i = 0; i < 10; i++) {
            f.turn(); // Protections end.
        }
        Flag flag = new Flag();
        assertThat(fetch(100, flag)).isEqualTo(NONE);
        Flag creator = new Flag();
        assertThat(f.file.create(creator)).isEqualTo(NONE);
        f.settle();
        assertThat(flag.resumed + creator.resumed).isZero();
        f.file.unpin(frames[5]);
        assertThat(flag.resumed).isEqualTo(1);
        assertThat(creator.resumed).isEqualTo(1);
        assertThat(f.read(page[100], crc[100])).isEqualTo(100);
        assertThat(f.file.peek(page[5], NONE)).isEqualTo(NONE);
        for (int i = 0; i < 64; i++) {
            if (i != 5) {
                assertThat(f.content(frames[i])).isEqualTo(i);
                f.file.unpin(frames[i]);
            }
        }
    }

    @Test
    void aPageThatArrivedForAWaiterIsNotEvictedBeforeItRan() {
        Flag first = new Flag();
        fetch(0, first);
        f.turn();
        f.turn();
        assertThat(first.resumed).isEqualTo(1);
        int frame = f.file.peek(page[0], NONE);
        // Others want every frame there is, in the same turn.
        for (int i = 1; i < 100; i++) {
            fetch(i, new Flag());
        }
        assertThat(fetch(0, first)).isEqualTo(frame);
        f.settle();
    }

    @Test
    void aScanDoesNotSweepOutWhatIsUsed() {
        for (int round = 0; round < 6; round++) {
            for (int i = 0; i < 20; i++) {
                f.read(page[i], crc[i]);
            }
        }
        for (int i = 30; i < 190; i++) {
            f.file.prefetch(page[i], crc[i]);
            f.settle();
            f.read(page[i], crc[i]);
        }
        long misses = counters().misses;
        for (int i = 0; i < 20; i++) {
            f.read(page[i], crc[i]);
        }
        assertThat(counters().misses - misses).as("hot pages lost to the scan").isZero();
    }

    @Test
    void innerPagesOutstayLeaves() {
        for (int i = 190; i < 200; i++) {
            f.read(page[i], crc[i]);
        }
        for (int i = 0; i < 190; i++) {
            f.read(page[i], crc[i]);
        }
        long misses = counters().misses;
        for (int i = 190; i < 200; i++) {
            f.read(page[i], crc[i]);
        }
        assertThat(counters().misses).isEqualTo(misses);
    }

    @Test
    void aFreedPageThatIsLoadingOrPinnedGoesWhenThatIsOver() {
        Flag waiting = new Flag();
        fetch(20, waiting);
        f.pool.service();
        f.file.free(page[20]);
        Flag queued = new Flag();
        fetch(21, queued);
        f.file.free(page[21]);
        assertThat(queued.resumed).isEqualTo(1);
        int frame = f.load(page[22], crc[22]);
        PageGuard guard = new PageGuard(f.file).hold(frame);
        f.file.free(page[22]);
        assertThat(f.file.peek(page[22], frame)).as("not found by its hint").isEqualTo(NONE);
        f.settle();
        assertThat(waiting.resumed).isEqualTo(1);
        assertThat(f.content(guard.frame())).as("a pin outlives the page").isEqualTo(22);
        guard.close();
        guard.close();
        assertThat(f.pool.freeCount()).isEqualTo(64);
    }

    @Test
    void buildersLeaveRoomForReaders() {
        List<Integer> built = new ArrayList<>();
        int frame;
        while ((frame = f.file.create(new Flag())) >= 0) {
            f.fill(frame, 1, PageHeader.TYPE_LEAF, 0);
            f.file.seal(frame);
            built.add(frame);
            assertThat(built.size()).isLessThan(64);
        }
        assertThat(f.read(page[1], crc[1])).isEqualTo(1);
    }

    @Test
    void unwrittenPagesAreNotHintable() {
        long no = f.seal(5);
        int frame = f.file.peek(no, NONE);
        assertThat(f.file.hintable(frame)).isFalse();
        f.pool.writeOut();
        f.pool.service();
        assertThat(f.file.hintable(frame)).isFalse();
        f.settle();
        assertThat(f.file.hintable(frame)).isTrue();
    }

    @Test
    void aHitAllocatesNothing() {
        int frame = f.load(page[3], crc[3]);
        Flag flag = new Flag();
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean)
                        java.lang.management.ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        long sum = 0;
        // The first rounds may count what the compilers and this loop's own start-up allocate.
        for (int round = 0; round < 20 && allocated != 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                sum += f.file.fetch(page[3], crc[3], frame, flag);
                sum += f.file.fetch(page[3], crc[3], NONE, flag);
                sum += f.file.peek(page[3], frame);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).isZero();
        assertThat(sum).isGreaterThanOrEqualTo(0);
    }
}
