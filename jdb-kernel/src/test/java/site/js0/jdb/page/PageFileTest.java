package site.js0.jdb.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.memdisk.GoldenHex;
import site.js0.jdb.page.PageFixture.Flag;

/**
 * Sealing, writing, freeing and checkpoints of one page file, as the tree and the tablet see them.
 */
class PageFileTest {
    private final MemDriver driver = new MemDriver();

    @Test
    void sealedPagesAreNeighboursAndGoOutInOneWrite() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            f.settle();
            driver.log.clear();
            long first = f.seal(100);
            for (int i = 1; i < 5; i++) {
                assertThat(f.seal(100 + i)).isEqualTo(first + i);
            }
            f.turn();
            assertThat(driver.log).as("a run that may grow is not written").isEmpty();
            f.writeAll();
            assertThat(driver.log).containsOnlyOnce("WRITE_GATHERED " + first + "+5");
            assertThat(f.pool.unwrittenCount()).isZero();
        }
    }

    @Test
    void aFullRunIsWrittenUnasked() {
        try (PageFixture f = PageFixture.create(driver, 1024, new PageFileOptions(512, 512, 8))) {
            long first = 0;
            for (int i = 0; i < WriteOps.RUN_MAX + 1; i++) {
                long pageNo = f.seal(i);
                first = i == 0 ? pageNo : first;
            }
            f.settle();
            assertThat(driver.log).contains("WRITE_GATHERED " + first + "+" + WriteOps.RUN_MAX);
            assertThat(f.pool.unwrittenCount()).isEqualTo(1);
        }
    }

    @Test
    void createdFramesAreZeroed() {
        try (PageFixture f = PageFixture.create(driver, 8, PageFixture.SMALL)) {
            for (int i = 0; i < 30; i++) {
                f.seal(i + 77_000);
            }
            f.writeAll();
            int frame = f.file.create(new Flag());
            long or = 0;
            for (long i = 0; i < PageHeader.PAGE_BYTES; i += 8) {
                or |= f.memory.get(PageHeader.LE_LONG, BufferPool.at(frame) + i);
            }
            assertThat(or).isZero();
            f.file.discard(frame);
        }
    }

    @Test
    void pagesSurviveCheckpointAndReopening() {
        long[] pages = new long[40];
        int[] crcs = new int[40];
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            for (int i = 0; i < pages.length; i++) {
                pages[i] = f.seal(i);
                crcs[i] = f.crc(pages[i]);
            }
            f.checkpoint(PageFixture.info(pages[0], crcs[0], (byte) 1, (byte) 2, (byte) 3));
            assertThat(f.file.superblock().seq()).isEqualTo(2);
        }
        assertThat(driver.opened).as("files left open").isZero();
        try (PageFixture f = PageFixture.open(driver, 16, PageFixture.SMALL)) {
            assertThat(f.file.superblock().rootPageNo()).isEqualTo(pages[0]);
            assertThat(f.file.superblock().livePages()).isEqualTo(40);
            assertThat(f.file.superblock().entryCount()).isEqualTo(5);
            assertThat(f.file.superblock().replayLsn()).isEqualTo(3);
            assertThat(f.file.extra()).containsExactly(1, 2, 3);
            for (int i = 0; i < pages.length; i++) {
                assertThat(f.read(pages[i], crcs[i])).isEqualTo(i);
            }
            for (long p : pages) {
                f.file.free(p);
            }
            f.checkpoint(PageFixture.info(0, 0));
            assertThat(f.file.livePages()).isZero();
            // Page 0 and the new chain are all that is taken.
            assertThat(f.file.space().freePages()).isEqualTo(f.file.filePages() - 2);
        }
    }

    @Test
    void aYoungPageIsReusedAtOnceAndNeverWritten() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            f.settle();
            long free = f.file.space().freePages();
            long page = f.seal(1);
            f.file.free(page);
            assertThat(f.file.space().freePages()).isEqualTo(free);
            assertThat(f.file.peek(page, PageSpace.NONE)).isEqualTo(PageSpace.NONE);
            driver.log.clear();
            f.writeAll();
            assertThat(driver.log).noneMatch(s -> s.startsWith("WRITE"));
        }
    }

    @Test
    void aYoungPageWhoseWriteIsUnderWayIsReusedOnlyAfterIt() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            f.settle();
            long free = f.file.space().freePages();
            long page = f.seal(1);
            f.pool.writeOut();
            f.pool.service();
            assertThat(driver.inFlight()).isEqualTo(1);
            f.file.free(page);
            assertThat(f.file.space().taken(page)).isTrue();
            f.settle();
            assertThat(f.file.space().taken(page)).isFalse();
            assertThat(f.file.space().freePages()).isEqualTo(free);
        }
    }

    @Test
    void anOldPageIsReleasedByTheCheckpointThatBeganAfterItWasFreed() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long root = f.seal(1);
            long page = f.seal(2);
            f.checkpoint(PageFixture.info(root, f.crc(root)));
            f.file.checkpoint().begin(PageFixture.info(root, f.crc(root)));
            f.file.free(page); // Belongs to the checkpoint in progress.
            f.finishCheckpoint();
            assertThat(f.file.space().taken(page)).isTrue();
            f.file.checkpoint().begin(PageFixture.info(root, f.crc(root)));
            assertThat(f.file.space().taken(page)).isTrue();
            f.finishCheckpoint();
            assertThat(f.file.space().taken(page)).isFalse();
        }
    }

    @Test
    void aPageFreedDuringItsCheckpointIsStillWritten() {
        long root;
        long page;
        int rootCrc;
        int pageCrc;
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            root = f.seal(1);
            page = f.seal(2);
            rootCrc = f.crc(root);
            pageCrc = f.crc(page);
            f.file.checkpoint().begin(PageFixture.info(root, rootCrc));
            f.file.free(page);
            f.finishCheckpoint();
            assertThat(f.file.peek(page, PageSpace.NONE)).isEqualTo(PageSpace.NONE);
        }
        try (PageFixture f = PageFixture.open(driver, 64, PageFixture.SMALL)) {
            assertThat(f.read(page, pageCrc)).isEqualTo(2);
            assertThat(f.read(root, rootCrc)).isEqualTo(1);
        }
    }

    @Test
    void superblocksAreWrittenTwoByTwoAfterTheSyncOfThePages() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long root = f.seal(1);
            f.settle();
            driver.log.clear();
            f.checkpoint(PageFixture.info(root, f.crc(root)));
            driver.log.remove("TASK");
            assertThat(driver.log)
                    .containsExactly(
                            "WRITE_GATHERED 1+2",
                            "SYNC_DATA 0+0",
                            "WRITE_THEN_SYNC 0+2",
                            "WRITE_THEN_SYNC 2+2");
        }
    }

    @Test
    void sealingGoesOnDuringACheckpoint() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long root = f.seal(1);
            f.file.checkpoint().begin(PageFixture.info(root, f.crc(root)));
            int sealed = 0;
            while (f.file.checkpoint().run(new Flag()) != Progress.DONE) {
                long page = f.seal(1000 + sealed++);
                f.verify();
                f.file.free(page);
                f.turn();
                f.verify();
            }
            assertThat(sealed).isPositive();
            assertThat(f.file.superblock().livePages()).isEqualTo(1);
        }
    }

    @Test
    void growthIsAskedForAheadOfNeed() {
        try (PageFixture f = PageFixture.create(driver, 512, PageFixture.SMALL)) {
            long before = f.file.filePages();
            for (int i = 0; i < 300; i++) {
                f.seal(i);
                f.turn();
            }
            assertThat(f.file.filePages()).isGreaterThan(before + 250);
            assertThat(f.pool.counters().frameWaits).isZero();
        }
    }

    @Test
    void aFullDiskIsSaidAndHealsWhenSpaceReturns() {
        try (PageFixture f = PageFixture.create(driver, 512, PageFixture.SMALL)) {
            driver.capacityBytes = 40 * 4096;
            int sealed = sealUntilFull(f);
            assertThat(sealed).isPositive();
            assertThat(f.file.failure()).isNull();
            long reserve = f.file.space().freePages();
            assertThat(reserve).isGreaterThanOrEqualTo(PageFixture.SMALL.reservePages());
            // Again: the attempt tries to grow, and meets the same.
            assertThatThrownBy(() -> sealMany(f, 3)).satisfies(this::isDiskFull);
            driver.capacityBytes = Long.MAX_VALUE;
            sealMany(f, 50);
        }
    }

    @Test
    void theReserveLetsAMergeStepAndACheckpointThroughOnAFullDisk() {
        try (PageFixture f = PageFixture.create(driver, 512, PageFixture.SMALL)) {
            driver.capacityBytes = 40 * 4096;
            long root = f.seal(-1);
            f.checkpoint(PageFixture.info(root, f.crc(root)));
            java.util.List<Long> pages = new java.util.ArrayList<>();
            try {
                while (true) {
                    pages.add(f.seal(pages.size()));
                }
            } catch (JdbException e) {
                isDiskFull(e);
            }
            f.checkpoint(PageFixture.info(root, f.crc(root)));
            f.file.openReserve(true);
            // A merge step that deletes: a few new pages for many old ones.
            for (int i = 0; i < PageFixture.SMALL.reservePages(); i++) {
                f.seal(500 + i);
            }
            for (long p : pages) {
                f.file.free(p);
            }
            f.file.openReserve(false);
            f.checkpoint(PageFixture.info(root, f.crc(root)));
            assertThat(f.file.roomPages()).isPositive();
            f.seal(1);
        }
    }

    private static int sealUntilFull(PageFixture f) {
        int n = 0;
        try {
            while (n < 1000) {
                f.seal(n);
                n++;
            }
        } catch (JdbException e) {
            assertThat(e.error()).isInstanceOf(JdbError.DiskFull.class);
        }
        return n;
    }

    private static void sealMany(PageFixture f, int n) {
        for (int i = 0; i < n; i++) {
            f.seal(i);
        }
    }

    private void isDiskFull(Throwable e) {
        assertThat(e)
                .asInstanceOf(type(JdbException.class))
                .extracting(JdbException::error)
                .isInstanceOf(JdbError.DiskFull.class);
    }

    @Test
    void aWriteThatFindsTheDiskFullIsTriedAgain() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            f.settle();
            long page = f.seal(9);
            driver.fault = op -> op.kind() == IoOp.Kind.WRITE_GATHERED ? Errno.ENOSPC : 0;
            f.writeAll();
            assertThat(f.pool.unwrittenCount()).isEqualTo(1);
            assertThatThrownBy(() -> f.seal(10)).satisfies(this::isDiskFull);
            driver.fault = op -> 0;
            f.writeAll();
            assertThat(f.pool.unwrittenCount()).isZero();
            assertThat(f.file.failure()).isNull();
            assertThat(f.read(page, f.crc(page))).isEqualTo(9);
            f.seal(11);
        }
    }

    @Test
    void aFailedWriteIsForGoodAndReadingGoesOn() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long root = f.seal(1);
            int rootCrc = f.crc(root);
            f.checkpoint(PageFixture.info(root, rootCrc));
            long page = f.seal(2);
            int crc = f.crc(page);
            driver.fault = op -> op.kind() == IoOp.Kind.WRITE_GATHERED ? Errno.EIO : 0;
            f.writeAll();
            driver.fault = op -> 0;
            f.writeAll();
            assertThat(f.file.failure()).isInstanceOf(JdbError.InDoubt.class);
            assertThatThrownBy(() -> f.seal(3)).satisfies(this::isInDoubt);
            assertThatThrownBy(() -> f.file.checkpoint().begin(PageFixture.info(root, rootCrc)))
                    .satisfies(this::isInDoubt);
            assertThat(f.read(page, crc)).as("what was not written stays in memory").isEqualTo(2);
            assertThat(f.read(root, rootCrc)).isEqualTo(1);
        }
    }

    @Test
    void aFailedWriteEndsTheCheckpointThatWaitsForIt() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long root = f.seal(1);
            driver.fault = op -> op.kind() == IoOp.Kind.WRITE_GATHERED ? Errno.EIO : 0;
            f.file.checkpoint().begin(PageFixture.info(root, f.crc(root)));
            assertThatThrownBy(f::finishCheckpoint).satisfies(this::isInDoubt);
            assertThat(f.file.checkpoint().active()).isFalse();
            assertThat(f.file.superblock().seq()).isEqualTo(1);
        }
    }

    @Test
    void aFailedSyncIsNeverRetried() {
        for (IoOp.Kind kind : new IoOp.Kind[] {IoOp.Kind.SYNC_DATA, IoOp.Kind.WRITE_THEN_SYNC}) {
            MemDriver own = new MemDriver();
            try (PageFixture f = PageFixture.create(own, 64, PageFixture.SMALL)) {
                long root = f.seal(1);
                own.fault = op -> op.kind() == kind ? Errno.EIO : 0;
                f.file.checkpoint().begin(PageFixture.info(root, f.crc(root)));
                assertThatThrownBy(f::finishCheckpoint).satisfies(this::isInDoubt);
                own.fault = op -> 0;
                int before = own.log.size();
                f.settle();
                assertThat(own.log).hasSize(before);
                assertThatThrownBy(() ->
                                f.file.checkpoint().begin(PageFixture.info(root, f.crc(root))))
                        .satisfies(this::isInDoubt);
            }
        }
    }

    private void isInDoubt(Throwable e) {
        assertThat(e)
                .asInstanceOf(type(JdbException.class))
                .extracting(JdbException::error)
                .isInstanceOf(JdbError.InDoubt.class);
    }

    @Test
    void aCheckpointThatFindsTheDiskFullIsAbandonedAndAnotherMayFollow() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long root = f.seal(1);
            f.settle();
            long free = f.file.space().freePages();
            driver.fault = op -> op.kind() == IoOp.Kind.WRITE_GATHERED ? Errno.ENOSPC : 0;
            f.file.checkpoint().begin(PageFixture.info(root, f.crc(root)));
            assertThatThrownBy(f::finishCheckpoint).satisfies(this::isDiskFull);
            f.verify();
            assertThat(f.file.space().freePages()).as("its meta pages are free").isEqualTo(free);
            driver.fault = op -> 0;
            f.checkpoint(PageFixture.info(root, f.crc(root)));
            assertThat(f.file.superblock().seq()).isEqualTo(2);
        }
    }

    @Test
    void freeingTwiceIsRefused() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long page = f.seal(1);
            f.file.free(page);
            assertThatThrownBy(() -> f.file.free(page))
                    .asInstanceOf(type(JdbException.class))
                    .extracting(JdbException::error)
                    .isInstanceOf(JdbError.Internal.class);
        }
    }

    @Test
    void aCheckpointOfAFreedRootIsRefused() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long page = f.seal(1);
            int crc = f.crc(page);
            f.file.free(page);
            assertThatThrownBy(() -> f.file.checkpoint().begin(PageFixture.info(page, crc)))
                    .asInstanceOf(type(JdbException.class))
                    .extracting(JdbException::error)
                    .isInstanceOf(JdbError.Internal.class);
        }
    }

    @Test
    void creatingOverATreeIsRefused() {
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            long root = f.seal(1);
            f.checkpoint(PageFixture.info(root, f.crc(root)));
        }
        assertThatThrownBy(() -> PageFixture.create(driver, 64, PageFixture.SMALL))
                .asInstanceOf(type(JdbException.class))
                .extracting(JdbException::error)
                .isInstanceOf(JdbError.BadArgument.class);
        assertThat(driver.opened).isZero();
    }

    @Test
    void creatingOverLeftoversStartsAnew() {
        PageFixture.create(driver, 64, PageFixture.SMALL).close();
        try (PageFixture f = PageFixture.create(driver, 64, PageFixture.SMALL)) {
            assertThat(f.file.superblock().seq()).isEqualTo(1);
        }
    }

    /** The checkpoint machine writes the meta page that the golden file fixes. */
    @Test
    void aCheckpointWritesTheGoldenMetaPage() {
        PageFileOptions options = new PageFileOptions(17, 17, 0); // A file of 20 pages.
        try (PageFixture f = PageFixture.create(driver, 64, options)) {
            for (int i = 1; i <= 4; i++) {
                assertThat(f.seal(i)).isEqualTo(i);
            }
            for (int i = 5; i <= 17; i++) {
                f.file.space().takeForTree();
            }
            for (int i : new int[] {1, 2}) {
                f.file.free(i);
            }
            for (int i = 5; i < 17; i++) {
                f.file.space().abandonYoung(i);
                f.file.giveBack(i);
            }
            // On to the end of the file and round: the chain goes to page 5.
            for (int i = 18; i < 20; i++) {
                assertThat(f.file.space().takeForMeta()).isEqualTo(i);
            }
            for (int i = 1; i < 3; i++) {
                assertThat(f.file.space().takeForMeta()).isEqualTo(i);
            }
            f.checkpoint(PageFixture.info(3, f.crc(3), (byte) 0xca, (byte) 0xfe));
            assertThat(f.file.superblock().filePages()).isEqualTo(20);
            assertThat(f.file.superblock().metaPageNo()).isEqualTo(5);
            byte[] written =
                    java.util.Arrays.copyOfRange(
                            driver.bytes(PageFixture.PAGES), 5 * 4096, 6 * 4096);
            byte[] golden = GoldenHex.read("/golden/page/v1/meta-page.hex", 4096);
            assertThat(GoldenHex.firstDifference(written, golden)).isEqualTo(-1);
        }
    }
}
