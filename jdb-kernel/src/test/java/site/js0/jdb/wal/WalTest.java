package site.js0.jdb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.wal.LogFixture.CountingWaiter;

/** What a log promises while it is written; each test one promise. */
class WalTest {
    private final LogFixture log = new LogFixture();

    private static boolean isSync(IoOp op) {
        return op.kind() == IoOp.Kind.SYNC_DATA;
    }

    @Test
    void recordsComeBackInOrderWithKindLsnAndEpoch() {
        log.open().append("a");
        log.appendOne(LogRecordKind.PREPARE, "b");
        log.appendOne(LogRecordKind.DECISION, "");
        assertThat(log.kill().replay().records())
                .containsExactly(
                        new LogFixture.Rec(LogRecordKind.BATCH, 1, 1, "a"),
                        new LogFixture.Rec(LogRecordKind.PREPARE, 2, 1, "b"),
                        new LogFixture.Rec(LogRecordKind.DECISION, 3, 1, ""));
    }

    @Test
    void appendedRecordsSurviveAKillWithoutAnySync() {
        log.open().append("a", "b");
        assertThat(log.wal().durableLsn()).isZero();
        assertThat(log.kill().replay().texts()).containsExactly("a", "b");
    }

    @Test
    void twoPartsMakeOnePayload() {
        log.open();
        byte[] bytes = "head..body".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        MemorySegment m = MemorySegment.ofArray(bytes);
        assertThat(log.wal().append(LogRecordKind.BATCH, m, 0, 4, m, 6, 4)).isEqualTo(1);
        assertThat(log.kill().replay().texts()).containsExactly("headbody");
    }

    @Test
    void lsnGoesOnAndEpochGrowsOverReopenings() {
        log.open().append("a", "b").kill().open().append("c").kill().open().append("d");
        assertThat(log.kill().replay().records())
                .extracting(LogFixture.Rec::lsn, LogFixture.Rec::epoch, LogFixture.Rec::text)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1L, 1, "a"),
                        org.assertj.core.groups.Tuple.tuple(2L, 1, "b"),
                        org.assertj.core.groups.Tuple.tuple(3L, 2, "c"),
                        org.assertj.core.groups.Tuple.tuple(4L, 3, "d"));
    }

    @Test
    void appendAnswersNoRoomUntilStartUpIsThrough() {
        Wal wal = log.start(log.replay().end());
        CountingWaiter waiter = new CountingWaiter();
        assertThat(wal.append(LogRecordKind.BATCH, MemorySegment.NULL, 0, 0))
                .isEqualTo(Wal.NO_ROOM);
        assertThat(wal.awaitSegment(waiter)).isEqualTo(Progress.WAIT);
        while (waiter.resumed == 0
                || wal.append(LogRecordKind.BATCH, MemorySegment.NULL, 0, 0) == 0) {
            assertThat(wal.service() + log.io.poll(1)).isPositive();
        }
        assertThat(wal.appendedLsn()).isEqualTo(1);
    }

    @Test
    void appendNeverTouchesTheDriver() {
        log.open();
        log.pump();
        for (int i = 0; i < 10; i++) {
            log.wal().append(LogRecordKind.BATCH, MemorySegment.NULL, 0, 0);
            assertThat(log.io.inFlight()).isZero();
        }
    }

    @Test
    void fullSegmentIsFollowedByThePreparedOne() {
        log.open();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            texts.add(LogFixture.text(i, 1 + i * 37 % 3000));
            log.append(texts.getLast());
        }
        assertThat(log.wal().stats().segmentsCreated()).isGreaterThan(4);
        assertThat(log.kill().replay().texts()).isEqualTo(texts);
    }

    @Test
    void noRoomIsAnsweredWhenTheNextSegmentIsNotPrepared() {
        log.open();
        String big = LogFixture.text(1, 30_000);
        log.append(big);
        byte[] bytes = big.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        MemorySegment m = MemorySegment.ofArray(bytes);
        Wal wal = log.wal();
        assertThat(wal.append(LogRecordKind.BATCH, m, 0, bytes.length)).isEqualTo(2); // fills it
        assertThat(wal.append(LogRecordKind.BATCH, m, 0, bytes.length)).isEqualTo(3); // the next
        assertThat(wal.append(LogRecordKind.BATCH, m, 0, bytes.length)).isEqualTo(4);
        assertThat(wal.append(LogRecordKind.BATCH, m, 0, bytes.length)).isEqualTo(Wal.NO_ROOM);
        CountingWaiter waiter = new CountingWaiter();
        assertThat(wal.awaitSegment(waiter)).isEqualTo(Progress.WAIT);
        assertThat(wal.wantsService()).isTrue();
        log.pump();
        assertThat(waiter.resumed).isEqualTo(1);
        assertThat(wal.append(LogRecordKind.BATCH, m, 0, bytes.length)).isEqualTo(5);
        assertThat(log.kill().replay().records()).hasSize(5);
    }

    @Test
    void largestPayloadFitsAndOneByteMoreIsRefused() {
        log.open();
        int max = log.config.payloadBytesMax();
        log.append("small", LogFixture.text(7, max), "after");
        assertThatThrownBy(() -> log.append(LogFixture.text(8, max + 1)))
                .isInstanceOf(JdbException.class)
                .hasMessageContaining("at most " + max);
        assertThat(log.kill().replay().texts())
                .containsExactly("small", LogFixture.text(7, max), "after");
    }

    @Test
    void syncMovesTheDurableLsnAndLeavesTheBlock() {
        log.open().append("a").sync();
        assertThat(log.wal().durableLsn()).isEqualTo(1);
        log.append("b");
        assertThat(log.offsetOf(1, 2)).isEqualTo(8192);
        assertThat(log.wal().stats().paddingBytes()).isEqualTo(4096 - 40);
        assertThat(log.kill().replay().texts()).containsExactly("a", "b");
    }

    @Test
    void paddingNeverEndsALog() {
        log.open();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            texts.add(LogFixture.text(i, i * 131 % 5000));
            log.append(texts.getLast()).sync();
        }
        assertThat(log.kill().replay().texts()).isEqualTo(texts);
    }

    @Test
    void oneSyncServesAllWhoWait() {
        log.open();
        CountingWaiter[] waiters = new CountingWaiter[10];
        for (int i = 0; i < waiters.length; i++) {
            waiters[i] = new CountingWaiter();
            log.append("x");
            assertThat(log.wal().awaitDurable(i + 1, waiters[i])).isEqualTo(Progress.WAIT);
        }
        log.pump();
        assertThat(waiters).allMatch(w -> w.resumed == 1);
        assertThat(log.wal().stats().syncs()).isEqualTo(1);
        assertThat(log.wal().stats().sharedSyncs()).isEqualTo(1);
        assertThat(log.wal().stats().syncedRecords()).isEqualTo(10);
        assertThat(log.wal().durableLsn()).isEqualTo(10);
    }

    @Test
    void whatIsAppendedDuringASyncWaitsForTheNextOne() {
        log.open().append("a");
        CountingWaiter first = new CountingWaiter();
        CountingWaiter second = new CountingWaiter();
        log.wal().awaitDurable(1, first);
        log.wal().service();
        log.append("b");
        log.wal().awaitDurable(2, second);
        log.wal().service();
        assertThat(log.io.inFlight()).isEqualTo(1);
        log.io.drain();
        assertThat(first.resumed).isEqualTo(1);
        assertThat(second.resumed).isZero();
        assertThat(log.wal().durableLsn()).isEqualTo(1);
        log.pump();
        assertThat(second.resumed).isEqualTo(1);
        assertThat(log.wal().durableLsn()).isEqualTo(2);
        assertThat(log.wal().stats().syncs()).isEqualTo(2);
        assertThat(log.wal().stats().sharedSyncs()).isZero();
        assertThat(log.wal().stats().syncedRecords()).isEqualTo(2);
    }

    @Test
    void nobodyWaitingMeansNoSync() {
        log.open().append("a", "b");
        log.pump();
        assertThat(log.wal().stats().syncs()).isZero();
    }

    @Test
    void gateIsPassedBeforeEachSyncAndMayWait() {
        List<Long> asked = new ArrayList<>();
        Waiter[] parked = new Waiter[1];
        log.gate =
                (target, waiter) -> {
                    asked.add(target);
                    if (asked.size() == 1) {
                        parked[0] = waiter;
                        return Progress.WAIT;
                    }
                    return Progress.DONE;
                };
        log.open().append("a");
        CountingWaiter waiter = new CountingWaiter();
        log.wal().awaitDurable(1, waiter);
        log.pump();
        assertThat(asked).containsExactly(1L);
        assertThat(log.wal().wantsService()).isFalse();
        log.append("b"); // does not move the target
        parked[0].resume();
        log.pump();
        assertThat(asked).containsExactly(1L, 1L);
        assertThat(log.wal().durableLsn()).isEqualTo(1);
        log.sync(); // "b" reached the device with the first sync; only the gate is left to ask
        assertThat(asked).containsExactly(1L, 1L, 2L);
        assertThat(log.wal().durableLsn()).isEqualTo(2);
        assertThat(log.wal().stats().syncs()).isEqualTo(1);
    }

    @Test
    void gateIsPassedBeforeReplayedRecordsAreCalledDurable() {
        log.open().append("a", "b").kill();
        List<Long> asked = new ArrayList<>();
        Waiter[] parked = new Waiter[1];
        log.gate =
                (target, waiter) -> {
                    asked.add(target);
                    parked[0] = waiter;
                    return asked.size() == 1 ? Progress.WAIT : Progress.DONE;
                };
        log.open();
        assertThat(asked).containsExactly(2L);
        assertThat(log.wal().durableLsn()).isZero();
        assertThat(log.wal().append(LogRecordKind.BATCH, MemorySegment.NULL, 0, 0))
                .isEqualTo(Wal.NO_ROOM);
        parked[0].resume();
        log.pump();
        assertThat(asked).containsExactly(2L, 2L);
        assertThat(log.wal().durableLsn()).isEqualTo(2);
    }

    @Test
    void failedGatePutsTheLogInDoubt() {
        log.gate =
                (target, waiter) -> {
                    throw new JdbException(new JdbError.Io("sync", "vlog-1", "EIO"));
                };
        log.open().append("a");
        CountingWaiter waiter = new CountingWaiter();
        log.wal().awaitDurable(1, waiter);
        log.pump();
        assertThat(waiter.resumed).isEqualTo(1);
        assertInDoubt(() -> log.wal().awaitDurable(1, waiter), "vlog-1");
    }

    @Test
    void failedSyncPutsTheLogInDoubtForGood() {
        log.open().append("a").sync().append("b");
        CountingWaiter waiter = new CountingWaiter();
        log.wal().awaitDurable(2, waiter);
        log.io.failOnce(WalTest::isSync, Errno.EIO);
        log.pump();
        assertThat(waiter.resumed).isEqualTo(1);
        assertThat(log.wal().failed()).isTrue();
        assertThat(log.wal().durableLsn()).isEqualTo(1);
        assertThat(log.wal().awaitDurable(1, waiter)).isEqualTo(Progress.DONE);
        assertInDoubt(() -> log.wal().awaitDurable(2, waiter), "EIO");
        assertInDoubt(() -> log.append("c"), "EIO");
        assertInDoubt(() -> log.wal().closeCleanly(waiter), "EIO");
        long syncs = log.wal().stats().syncs();
        log.pump();
        assertThat(log.wal().stats().syncs()).as("never tried again").isEqualTo(syncs);
        log.wal().close();
        assertThat(log.io.openFiles).isZero();
    }

    @Test
    void failedStorePutsTheLogInDoubtForGood() {
        log.open().append("a");
        log.io.storeFault = new IllegalStateException("bus error");
        assertInDoubt(() -> log.append("b"), "bus error");
        assertInDoubt(() -> log.append("c"), "bus error");
        assertThat(log.kill().replay().texts()).containsExactly("a");
    }

    @Test
    void afterAFailedSyncReopeningWritesTheOldTailAgain() {
        log.open().append("a");
        CountingWaiter waiter = new CountingWaiter();
        log.wal().awaitDurable(1, waiter);
        log.io.failOnce(WalTest::isSync, Errno.EIO);
        log.pump();
        log.kill().open();
        // Everything replayed counts as durable now, so it must survive the worst power loss.
        assertThat(log.wal().durableLsn()).isEqualTo(1);
        for (int seed = 0; seed < 20; seed++) {
            LogFixture after = new LogFixture();
            after.disk = log.disk.powerLost(new java.util.SplittableRandom(seed));
            after.io = new site.js0.jdb.memdisk.MemDriver(after.disk, seed);
            assertThat(after.replay().texts()).containsExactly("a");
        }
    }

    @Test
    void fullDiskIsToldToTheAppenderAndHeals() {
        log.config = new WalConfig(LogFixture.DIR, 1, 2, 0, LogFixture.SEGMENT, 1, 0, 1000);
        log.disk.capacity = 2L * LogFixture.SEGMENT;
        log.open();
        String big = LogFixture.text(1, 50_000);
        log.append(big, big);
        JdbException e = catchThrowableOfType(JdbException.class, () -> log.append(big));
        assertThat(e.error()).isInstanceOf(JdbError.DiskFull.class);
        assertThat(log.wal().awaitSegment(new CountingWaiter())).isEqualTo(Progress.DONE);
        assertThat(log.wal().failed()).isFalse();
        log.sync(); // what was appended before goes on
        assertThat(log.wal().durableLsn()).isEqualTo(2);
        assertThatThrownBy(() -> log.append(big)).isInstanceOf(JdbException.class);

        log.disk.capacity = Long.MAX_VALUE;
        log.pump();
        assertThatThrownBy(() -> log.append(big)).isInstanceOf(JdbException.class);
        log.clock.nanos += 1000;
        assertThat(log.wal().wantsService()).isTrue();
        log.pump();
        log.append(big);
        assertThat(log.kill().replay().texts()).containsExactly(big, big, big);
    }

    @Test
    void fullDiskHealsAtOnceWhenTrimmingFreesASegment() {
        log.disk.capacity = 2L * LogFixture.SEGMENT;
        log.open();
        String big = LogFixture.text(1, 50_000);
        log.append(big, big).sync();
        assertThatThrownBy(() -> log.append(big)).hasMessageContaining("no space");
        log.wal().trimTo(3);
        log.pump();
        log.append(big);
        assertThat(log.wal().stats().segmentsRecycled()).isEqualTo(1);
        assertThat(log.kill().replay(3, Long.MAX_VALUE, 0).texts()).containsExactly(big);
    }

    @Test
    void trimmedSegmentsAreRecycledUpToABoundAndElseRemoved() {
        log.open();
        for (int i = 0; i < 12; i++) {
            log.append(LogFixture.text(i, 50_000));
        }
        log.sync();
        assertThat(log.disk.ls(LogFixture.DIR)).hasSize(13); // one ahead
        log.wal().trimTo(12);
        log.pump();
        // the present one, one ahead, two spares
        assertThat(log.disk.ls(LogFixture.DIR)).hasSize(4);
        assertThat(log.wal().stats().segmentsRemoved()).isEqualTo(9);
        log.append(LogFixture.text(12, 50_000), LogFixture.text(13, 50_000));
        assertThat(log.wal().stats().segmentsRecycled()).isPositive();
        assertThat(log.kill().replay(12, Long.MAX_VALUE, 0).records())
                .extracting(LogFixture.Rec::lsn)
                .containsExactly(12L, 13L, 14L);
    }

    @Test
    void trimmingKeepsTheSegmentOfTheStart() {
        log.open();
        for (int i = 0; i < 10; i++) {
            log.append(LogFixture.text(i, 25_000)); // two fit a segment
        }
        log.sync().wal().trimTo(6);
        log.pump();
        assertThat(log.kill().replay(6, Long.MAX_VALUE, 0).records()).hasSize(5);
    }

    @Test
    void noSegmentGoesBeforeTheHeaderOfItsSuccessorIsDurable() {
        log.config = new WalConfig(LogFixture.DIR, 1, 2, 0, LogFixture.SEGMENT, 1, 0, 1000);
        log.open().append(LogFixture.text(1, 50_000)).sync().append(LogFixture.text(2, 50_000));
        log.wal().trimTo(2);
        while (log.disk.exists(log.path(1))) {
            assertThat(log.wal().service() + log.io.poll(1)).isPositive();
            for (int seed = 0; seed < 5; seed++) {
                LogFixture after = new LogFixture();
                after.config = log.config;
                after.disk = log.disk.powerLost(new java.util.SplittableRandom(seed));
                after.io = new site.js0.jdb.memdisk.MemDriver(after.disk, seed);
                LogEnd end = after.replay(2, Long.MAX_VALUE, 0).end();
                assertThat(end.maxEpoch()).as("the log still knows its epoch").isEqualTo(1);
            }
        }
        assertThat(log.wal().durableLsn()).isEqualTo(2);
    }

    @Test
    void fullSegmentsAreSyncedAndGivenBackWithoutBeingAsked() {
        log.open();
        for (int i = 0; i < 20; i++) {
            log.append(LogFixture.text(i, 50_000));
        }
        log.pump();
        assertThat(log.wal().durableLsn()).isGreaterThanOrEqualTo(19);
        assertThat(log.io.openFiles).isEqualTo(2);
        assertThat(log.wal().openBytes()).isEqualTo(2L * LogFixture.SEGMENT);
    }

    @Test
    void cleanCloseLeavesAMarkAndNothingOpen() {
        log.open().append("a").closeCleanly();
        LogFixture.Replayed r = log.kill().replay();
        assertThat(r.end().cleanClose()).isTrue();
        assertThat(r.records())
                .extracting(LogFixture.Rec::kind)
                .containsExactly(LogRecordKind.BATCH, LogRecordKind.CLEAN_CLOSE);
        assertThat(log.open().append("b").kill().replay().end().cleanClose()).isFalse();
    }

    @Test
    void nothingIsAppendedAfterACleanClose() {
        log.open().append("a");
        CountingWaiter waiter = new CountingWaiter();
        while (log.wal().closeCleanly(waiter) == Progress.WAIT) {
            log.pump();
        }
        JdbException e = catchThrowableOfType(JdbException.class, () -> log.append("b"));
        assertThat(e.error()).isInstanceOf(JdbError.Shutdown.class);
    }

    @Test
    void closeWaitsForWhatIsInFlight() {
        log.open().append("a");
        log.wal().awaitDurable(1, new CountingWaiter());
        log.wal().service();
        assertThat(log.io.inFlight()).isPositive();
        log.wal().close();
        log.wal().close();
        assertThat(log.io.inFlight()).isZero();
        assertThat(log.io.openFiles).isZero();
    }

    @Test
    void manyOpeningsWithoutWritesStayReadable() {
        log.open().append("a");
        for (int i = 0; i < 10; i++) {
            log.kill().open();
        }
        assertThat(log.append("b").kill().replay().texts()).containsExactly("a", "b");
    }

    private static void assertInDoubt(Runnable call, String cause) {
        JdbException e = catchThrowableOfType(JdbException.class, call::run);
        assertThat(e).isNotNull();
        assertThat(e.error()).isInstanceOf(JdbError.InDoubt.class);
        assertThat(e).hasMessageContaining(cause);
    }
}
