package site.js0.jdb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.Checksum;
import site.js0.jdb.layout.LogRecordHeader;
import site.js0.jdb.layout.LogSegmentHeader;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.memdisk.MemDisk;
import site.js0.jdb.wal.LogEnd.Verdict;

/**
 * What replay may conclude from a damaged log. Each test is a row of docs/format/wal.md, "Where a
 * log ends".
 */
class WalRecoveryTest {
    private static final int FIRST = LogSegmentHeader.BYTES;
    private final LogFixture log = new LogFixture();

    /** Appends {@code count} records of 25 kB, of which two fit a segment. */
    private void appendBig(int count) {
        for (int i = 0; i < count; i++) {
            log.append(LogFixture.text(i, 25_000));
        }
    }

    @Test
    void emptyDirectoryIsAnEmptyLog() {
        LogFixture.Replayed r = log.replay();
        assertThat(r.records()).isEmpty();
        assertThat(r.end().verdict()).isEqualTo(Verdict.END_OF_LOG);
        assertThat(r.end().nextLsn()).isEqualTo(1);
    }

    @Test
    void unwrittenBytesAreTheEnd() {
        LogFixture.Replayed r = log.open().append("a").kill().replay();
        assertThat(r.end().verdict()).isEqualTo(Verdict.END_OF_LOG);
        assertThat(r.end().file()).isEqualTo(log.path(1).toString());
        assertThat(r.end().offset()).isEqualTo(FIRST + 40);
        assertThat(r.end().nextLsn()).isEqualTo(2);
    }

    @Test
    void tornLastRecordIsTheEnd() {
        log.open().append("a", "second").kill();
        log.flip(1, log.offsetOf(1, 2) + LogRecordHeader.BYTES + 3);
        LogFixture.Replayed r = log.replay();
        assertThat(r.texts()).containsExactly("a");
        assertThat(r.end().verdict()).isEqualTo(Verdict.TORN);
        assertThat(r.end().offset()).isEqualTo(FIRST + 40);
    }

    @Test
    void badRecordBeforeOthersThatWereNotDurableIsTheEnd() {
        log.open().append("a", "b", "c").kill().flip(1, log.offsetOf(1, 2));
        assertThat(log.replay().texts()).containsExactly("a");
    }

    @Test
    void badRecordThatALaterOneCallsDurableIsCorrupt() {
        log.open().append("a", "b", "c").sync().append("d").kill();
        int at = log.offsetOf(1, 2);
        JdbError.Corrupt found = log.flip(1, at + 20).replayCorrupt();
        assertThat(found.file()).isEqualTo(log.path(1).toString());
        assertThat(found.offset()).isEqualTo(at);
        assertThat(found.rule()).contains("LSN 2").contains("durable");
    }

    /** Only the very end that an earlier reading has checked is not checked again. */
    @Test
    void aCheckedEndIsNotCheckedAgain() {
        log.open().append("a", "b", "c").sync().append("d").kill();
        log.flip(1, log.offsetOf(1, 2));
        try (WalReplay replay = WalReplay.open(log.io, log.config, 1)) {
            replay.endWasChecked(2);
            assertThat(replay.next()).isTrue();
            assertThat(replay.next()).isFalse();
            assertThat(replay.end().nextLsn()).isEqualTo(2);
        }
        try (WalReplay replay = WalReplay.open(log.io, log.config, 1)) {
            replay.endWasChecked(3);
            assertThat(replay.next()).isTrue();
            assertThat(catchThrowableOfType(JdbException.class, replay::next).error())
                    .isInstanceOf(JdbError.Corrupt.class);
        }
    }

    @Test
    void anyFlippedBitOfADurableRecordIsCorrupt() {
        log.open().append("a", "payload").sync().append("d").kill();
        int at = log.offsetOf(1, 2);
        for (int i = 0; i < LogRecordHeader.BYTES + 7; i++) {
            log.flip(1, at + i);
            assertThat(log.replayCorrupt().offset()).isEqualTo(at);
            log.flip(1, at + i);
        }
        assertThat(log.replay().records()).hasSize(3);
    }

    @Test
    void zeroedDurableRecordIsCorrupt() {
        log.open().append("a", "b").sync().append("c").kill();
        int at = log.offsetOf(1, 2);
        assertThat(log.zero(1, at, at + 40).replayCorrupt().offset()).isEqualTo(at);
    }

    @Test
    void durableRecordIsMissedThoughTheWitnessLiesInALaterSegment() {
        log.open();
        appendBig(2);
        log.sync();
        appendBig(2);
        log.kill();
        // The rest of the first segment is gone, the second one says that it was durable.
        assertThat(log.zero(1, FIRST, LogFixture.SEGMENT).replayCorrupt().offset())
                .isEqualTo(FIRST);
    }

    @Test
    void lostTailOfASegmentIsTheEndWhenNothingLaterWasDurable() {
        log.open();
        appendBig(4);
        log.kill();
        log.zero(1, log.offsetOf(1, 2), LogFixture.SEGMENT);
        LogFixture.Replayed r = log.replay();
        assertThat(r.records()).hasSize(1);
        assertThat(r.end().verdict()).isEqualTo(Verdict.END_OF_LOG);
    }

    @Test
    void missingSegmentInTheMiddleIsCorruptAndNamed() {
        log.open();
        appendBig(6);
        log.kill();
        log.disk.remove(log.path(2));
        assertThat(log.replayCorrupt().file()).isEqualTo(log.path(2).toString());
    }

    @Test
    void missingFirstSegmentIsCorruptAndNamed() {
        log.open();
        appendBig(6);
        log.kill();
        log.disk.remove(log.path(1));
        assertThat(log.replayCorrupt().file()).isEqualTo(log.path(1).toString());
    }

    @Test
    void damagedHeaderOfADurableSegmentIsCorrupt() {
        log.open();
        appendBig(4);
        log.sync().append("witness").kill();
        assertThat(log.flip(2, 48).replayCorrupt().rule()).contains("LSN 3");
    }

    @Test
    void damagedHeaderOfTheOnlySegmentIsCorrupt() {
        log.open().append("a").kill().flip(1, 48);
        assertThat(log.replayCorrupt().rule()).contains("LSN 1");
    }

    @Test
    void cutFileIsCorrupt() {
        log.open().append("a").kill();
        log.disk.setBytes(log.path(1), Arrays.copyOf(log.bytes(1), LogFixture.SEGMENT - 4096));
        JdbError.Corrupt found = log.replayCorrupt();
        assertThat(found.offset()).isEqualTo(LogFixture.SEGMENT - 4096);
        assertThat(found.rule()).contains("65536");
    }

    @Test
    void laterEpochProvesThatTheOldOneWasDurable() {
        log.open().append("a", "b").kill().open().append("c").kill();
        int at = log.offsetOf(1, 2);
        assertThat(log.flip(1, at).replayCorrupt().offset()).isEqualTo(at);
    }

    @Test
    void laterEpochWithoutARecordProvesIt() {
        log.open().append("a", "b").kill().open().kill();
        assertThat(log.flip(1, log.offsetOf(1, 2)).replayCorrupt().rule()).contains("LSN 2");
    }

    @Test
    void recordOfALaterEpochWithoutItsHeaderIsCorrupt() {
        log.open().append("a").kill().open().append("b").kill();
        assertThat(log.flip(2, 100).replayCorrupt().rule()).contains("LSN 2");
    }

    @Test
    void whatLayBehindATornRecordNeverComesBack() {
        log.open().append("a", "b", "c").kill().flip(1, log.offsetOf(1, 2));
        log.open().append("B").kill();
        log.flip(1, log.offsetOf(1, 2)); // as if a reread had healed it
        assertThat(log.replay().texts()).containsExactly("a", "B");
    }

    @Test
    void segmentsBehindTheEndAreNotTheLogAndAreUsedAgain() {
        log.open();
        appendBig(4); // two segments, without a turn in between that would begin a sync
        log.kill().flip(1, log.offsetOf(1, 2));
        log.open().append("new").kill();
        assertThat(log.replay().texts()).containsExactly(LogFixture.text(0, 25_000), "new");
        log.open();
        appendBig(6);
        assertThat(log.kill().replay().records()).hasSize(8);
    }

    @Test
    void staleRecordsOfARecycledSegmentAreNotTheLog() {
        log.open();
        // Many equal records, so that old ones lie exactly where new ones would.
        for (int i = 0; i < 3000; i++) {
            log.append(LogFixture.text(i, 100));
        }
        log.sync().wal().trimTo(3001);
        log.pump();
        long lsn = 0;
        while (log.wal().stats().segmentsRecycled() < 2) {
            lsn = log.appendOne(1, LogFixture.text(1, 100));
        }
        log.append("x", "y");
        LogFixture.Replayed r = log.kill().replay(3001, Long.MAX_VALUE, 0);
        assertThat(r.end().nextLsn()).isEqualTo(lsn + 3);
        assertThat(r.texts()).endsWith("x", "y");
    }

    @Test
    void recordMovedWithinItsSegmentDoesNotCount() {
        log.open().append("a").kill();
        byte[] bytes = log.bytes(1);
        System.arraycopy(bytes, FIRST, bytes, FIRST + 40, 40);
        bytes[FIRST + 40 + 8] = 2; // even with the right LSN ...
        assertThat(log.replay().texts()).containsExactly("a");
    }

    @Test
    void copyOfALogInsideAPayloadProvesNothing() {
        log.open().append("a", "b").sync().append("c").kill();
        String image =
                new String(log.bytes(1), java.nio.charset.StandardCharsets.ISO_8859_1)
                        .substring(FIRST, FIRST + 8192);
        LogFixture other = new LogFixture();
        other.open().append("1", image).kill().flip(1, FIRST + 40);
        assertThat(other.replay().texts()).containsExactly("1");
    }

    @Test
    void startBeyondTheFirstRecordSkipsToIt() {
        log.open();
        appendBig(9);
        LogFixture.Replayed r = log.kill().replay(6, Long.MAX_VALUE, 0);
        assertThat(r.records()).extracting(LogFixture.Rec::lsn).containsExactly(6L, 7L, 8L, 9L);
        assertThat(r.end().live()).extracting(LogEnd.Live::seq).containsExactly(3L, 4L, 5L);
    }

    @Test
    void damageBeforeTheSegmentOfTheStartDoesNotMatter() {
        log.open();
        appendBig(9);
        log.sync().append("x").kill();
        log.zero(1, 0, LogFixture.SEGMENT);
        log.disk.remove(log.path(2));
        assertThat(log.replay(6, Long.MAX_VALUE, 0).records()).hasSize(5);
    }

    @Test
    void logMayEndBeforeTheStartWhenNothingSaysOtherwise() {
        log.open().append("a", "b", "c").kill().zero(1, log.offsetOf(1, 2), LogFixture.SEGMENT);
        // A checkpoint holds all three; only one ever reached the device.
        LogFixture.Replayed r = log.replay(4, Long.MAX_VALUE, 0);
        assertThat(r.records()).isEmpty();
        assertThat(r.end().nextLsn()).isEqualTo(2);
        log.open(r.end()).append("d");
        assertThat(log.wal().appendedLsn()).isEqualTo(4);
        assertThat(log.kill().replay(4, Long.MAX_VALUE, 0).texts()).containsExactly("d");
        assertThat(log.replay(2, Long.MAX_VALUE, 0).texts()).containsExactly("d");
        assertThat(log.replay(1, Long.MAX_VALUE, 0).texts()).containsExactly("a", "d");
    }

    @Test
    void callersMinimumForLsnAndEpochHolds() {
        log.open().append("a").kill();
        Wal wal =
                Wal.start(
                        log.io,
                        site.js0.jdb.comm.Hold.ALWAYS,
                        log.clock,
                        log.config,
                        SyncGate.OPEN,
                        log.replay().end(),
                        100,
                        9);
        while (wal.append(1, java.lang.foreign.MemorySegment.NULL, 0, 0) == Wal.NO_ROOM) {
            wal.service();
            log.io.poll(8);
        }
        assertThat(wal.appendedLsn()).isEqualTo(100);
        assertThat(wal.epoch()).isEqualTo(9);
        assertThat(log.replay().records())
                .extracting(LogFixture.Rec::lsn)
                .containsExactly(1L, 100L);
    }

    @Test
    void truncationAtAnLsnIsForGood() {
        log.open().append("a", "b", "c", "d").sync().append("e").kill();
        LogFixture.Replayed r = log.replay(1, 3, 0);
        assertThat(r.texts()).containsExactly("a", "b");
        assertThat(r.end().verdict()).isEqualTo(Verdict.CUT);
        log.open(r.end()).append("C").kill();
        assertThat(log.replay().records())
                .extracting(LogFixture.Rec::lsn, LogFixture.Rec::text)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1L, "a"),
                        org.assertj.core.groups.Tuple.tuple(2L, "b"),
                        org.assertj.core.groups.Tuple.tuple(3L, "C"));
    }

    @Test
    void truncationMayDropWholeSegments() {
        log.open();
        appendBig(9);
        log.sync().kill();
        log.open(log.replay(1, 4, 0).end()).append("x").kill();
        assertThat(log.replay().records()).hasSize(4);
        assertThat(log.replay().texts()).endsWith("x");
        log.open();
        appendBig(9);
        assertThat(log.kill().replay().records()).hasSize(13);
    }

    @Test
    void truncationThatWasNotFollowedByWritingChangesNothing() {
        log.open().append("a", "b").kill().replay(1, 2, 0);
        assertThat(log.replay().texts()).containsExactly("a", "b");
    }

    @Test
    void expectedLsnThatIsNotThereIsCorrupt() {
        log.open().append("a", "b").closeCleanly().kill();
        assertThat(log.replay(1, Long.MAX_VALUE, 3).records()).hasSize(3);
        log.zero(1, log.offsetOf(1, 2), LogFixture.SEGMENT);
        assertThat(log.replay().texts()).containsExactly("a"); // alone it can't know
        JdbException e =
                catchThrowableOfType(JdbException.class, () -> log.replay(1, Long.MAX_VALUE, 3));
        assertThat(e.error()).isInstanceOf(JdbError.Corrupt.class);
        assertThat(e)
                .hasMessageContaining("ends before LSN 2")
                .hasMessageContaining("3 was durable");
    }

    @Test
    void cleanCloseMarkMissesADamagedTail() {
        log.open().append("a", "b").closeCleanly().kill();
        assertThat(log.flip(1, log.offsetOf(1, 2)).replayCorrupt().rule()).contains("LSN 2");
    }

    /** What a checkpoint knows of an orderly close spares looking behind it, and hides nothing. */
    @Test
    void anOrderlyCloseHidesNoLaterEpoch() {
        log.open().append("a", "b").closeCleanly().kill();
        try (WalReplay replay = closedInOrder(3)) {
            takeThree(replay);
            assertThat(replay.next()).isFalse();
            assertThat(replay.end().nextLsn()).isEqualTo(4);
        }
        log.open();
        appendBig(6);
        log.sync().append("witness").kill();
        log.disk.remove(log.path(2)); // where the later epoch began
        try (WalReplay replay = closedInOrder(3)) {
            takeThree(replay);
            assertThat(catchThrowableOfType(JdbException.class, replay::next).error())
                    .isInstanceOf(JdbError.Corrupt.class);
        }
    }

    private static void takeThree(WalReplay replay) {
        for (int i = 0; i < 3; i++) {
            assertThat(replay.next()).isTrue();
        }
    }

    private WalReplay closedInOrder(long cleanLsn) {
        WalReplay replay = WalReplay.open(log.io, log.config, 1);
        replay.closedInOrder(cleanLsn);
        return replay;
    }

    @Test
    void foreignFileIsRefused() {
        log.open().append("a").kill();
        log.disk.addForeign(LogFixture.DIR.resolve("notes.txt"));
        JdbException e = catchThrowableOfType(JdbException.class, log::replay);
        assertThat(e.error()).isInstanceOf(JdbError.NotADatabase.class);
        assertThat(e).hasMessageContaining("notes.txt");
    }

    @Test
    void segmentOfAnotherDatabaseIsRefused() {
        log.open().append("a").kill();
        log.config = new WalConfig(LogFixture.DIR, 7, 7, 0, LogFixture.SEGMENT, 1, 2, 0);
        assertThat(log.replayCorrupt().rule()).contains("another database");
    }

    @Test
    void newerFormatIsToldApartFromDamage() {
        log.open().append("a").kill();
        var bytes = MemDisk.nativeCopy(log.bytes(1));
        bytes.set(PageHeader.LE_SHORT, 12, (short) 2);
        LogSegmentHeader.seal(bytes, 0, new Checksum(bytes));
        log.disk.setBytes(log.path(1), bytes.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        JdbException e = catchThrowableOfType(JdbException.class, log::replay);
        assertThat(e.error()).isEqualTo(new JdbError.NewerFormat(log.path(1).toString(), 2, 1));
    }

    @Test
    void impossibleNumbersInASealedHeaderAreCorrupt() {
        log.open().append("a").kill();
        var bytes = MemDisk.nativeCopy(log.bytes(1));
        bytes.set(PageHeader.LE_LONG, 64, 1L << 40);
        LogSegmentHeader.seal(bytes, 0, new Checksum(bytes));
        log.disk.setBytes(log.path(1), bytes.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        assertThat(log.replayCorrupt().rule()).contains("impossible");
    }

    @Test
    void anotherSegmentSizeIsReadAndWritingGoesOnInTheNewOne() {
        log.open();
        appendBig(3);
        log.kill();
        log.config = log.config.withSegmentBytes(128 << 10);
        log.open();
        appendBig(9);
        assertThat(log.kill().replay().records()).hasSize(12);
        assertThat(log.bytes(3)).hasSize(128 << 10);
    }

    @Test
    void readFailureIsNoEndOfTheLog() {
        log.open().append("a").kill();
        log.io.failOnce(
                op -> op.kind() == site.js0.jdb.fs.IoOp.Kind.READ && op.length() > 4096,
                site.js0.jdb.fs.Errno.EIO);
        assertThat(catchThrowableOfType(site.js0.jdb.fs.IoException.class, log::replay))
                .isNotNull();
        assertThat(log.io.openFiles).isZero();
    }

    /** Nothing in a log may make replay fail in another way than with a typed error. */
    @Test
    void randomDamageYieldsAPrefixOrATypedError() {
        log.open();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            texts.add(LogFixture.text(i, i * 97 % 4000));
            log.append(texts.getLast());
            if (i % 7 == 0) {
                log.sync();
            }
        }
        log.kill();
        int corrupt = 0;
        for (int seed = 0; seed < 300; seed++) {
            var random = new java.util.SplittableRandom(seed);
            long seq = 1 + random.nextInt(2);
            int at = random.nextInt(LogFixture.SEGMENT);
            byte[] saved = log.bytes(seq).clone();
            int n = Math.min(1 + random.nextInt(64), LogFixture.SEGMENT - at);
            for (int i = 0; i < n; i++) {
                log.bytes(seq)[at + i] = (byte) random.nextInt();
            }
            try {
                List<String> found = log.replay().texts();
                assertThat(found).as("seed " + seed).isEqualTo(texts.subList(0, found.size()));
            } catch (JdbException e) {
                assertThat(e.error()).as("seed " + seed).isInstanceOf(JdbError.Corrupt.class);
                corrupt++;
            }
            log.disk.setBytes(log.path(seq), saved);
        }
        assertThat(corrupt).isBetween(20, 299);
    }
}
