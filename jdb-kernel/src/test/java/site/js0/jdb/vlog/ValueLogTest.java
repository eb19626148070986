package site.js0.jdb.vlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.BlobHeader;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.vlog.VlogFixture.CountingWaiter;

/** What a value log promises; each test one promise. */
class ValueLogTest {
    private static final int BUFFER = VlogFixture.BUFFER;
    private final VlogFixture log = new VlogFixture();

    @ParameterizedTest
    @ValueSource(
            ints = {
                0,
                1,
                7,
                8,
                9,
                1023,
                4063,
                4064,
                4065,
                4096,
                BUFFER - 33,
                BUFFER - 32,
                BUFFER - 31,
                BUFFER,
                3 * BUFFER - 32,
                3 * BUFFER - 31,
                200_000,
                600_000
            })
    void valuesOfEverySizeComeBack(int bytes) {
        log.open();
        byte[] before = VlogFixture.value(1, 100);
        byte[] value = VlogFixture.value(2, bytes);
        ValPtr a = log.write(before);
        ValPtr b = log.write(value);
        ValPtr c = log.write(before);
        assertThat(log.read(b)).isEqualTo(value);
        log.kill().open();
        assertThat(log.read(a)).isEqualTo(before);
        assertThat(log.read(b)).isEqualTo(value);
        assertThat(log.read(c)).isEqualTo(before);
        log.verify(b);
        assertThat(log.slab.freeCount()).isEqualTo(4);
    }

    @Test
    void largestValueComesBackWithTwoBuffers() {
        log.slab = VlogFixture.slab(BufferSlab.BUFFERS_MIN);
        log.open();
        byte[] value = VlogFixture.value(1, BlobHeader.LENGTH_MAX);
        ValPtr p = log.write(value);
        assertThat(log.read(p)).isEqualTo(value);
    }

    @Test
    void nativeAndHeapMemoryAreEqual() {
        log.open();
        byte[] value = VlogFixture.value(1, 50_000);
        MemorySegment outside = Arena.ofAuto().allocate(60_000);
        MemorySegment.copy(MemorySegment.ofArray(value), 0, outside, 5_000, value.length);
        BlobWrite write = new BlobWrite();
        write.prepare(outside, 5_000, value.length, 1, 2, new CountingWaiter());
        log.log().submit(write);
        log.pump();
        BlobRead read = new BlobRead();
        MemorySegment target = Arena.ofAuto().allocate(60_000);
        ValPtr p = write.pointer();
        read.prepare(p.offset(), p.fileId(), p.length(), target, 3, new CountingWaiter());
        log.log().submit(read);
        log.pump();
        read.check();
        assertThat(target.asSlice(3, value.length).mismatch(MemorySegment.ofArray(value)))
                .isEqualTo(-1);
    }

    @Test
    void valuesOfOneTurnShareAWriteAndEachTurnBeginsABlock() {
        log.open();
        log.write(VlogFixture.value(0, 10));
        long writes = log.log().counters().writes();
        List<BlobWrite> group = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            group.add(log.submit(VlogFixture.value(i, 1000)));
        }
        log.pump();
        assertThat(log.log().counters().writes()).isEqualTo(writes + 1);
        assertThat(group.getFirst().offset()).isEqualTo(8192);
        assertThat(group.get(1).offset()).isEqualTo(8192 + 1032);
        ValPtr next = log.write(VlogFixture.value(11, 10));
        assertThat(next.offset()).isEqualTo(8192 + 12288);
        for (int i = 0; i < 10; i++) {
            assertThat(log.read(group.get(i).pointer())).isEqualTo(VlogFixture.value(i, 1000));
        }
    }

    @Test
    void writeIsDoneOnlyWhenTheDeviceHasAllOfIt() {
        log.open();
        log.write(VlogFixture.value(0, 10)); // a file is there
        byte[] value = VlogFixture.value(1, 2 * BUFFER);
        BlobWrite write = log.submit(value);
        log.log().service();
        int writes = log.io.inFlight();
        assertThat(writes).isEqualTo(3);
        for (int i = 0; i < writes; i++) {
            assertThat(write.done()).isFalse();
            log.io.poll(1);
        }
        assertThat(write.done()).isTrue();
        ValPtr p = write.pointer();
        assertThat(log.kill().open().read(p)).isEqualTo(value);
    }

    @Test
    void neverMoreMemoryThanGiven() {
        log.slab = VlogFixture.slab(2);
        log.open();
        List<BlobWrite> writes = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            values.add(VlogFixture.value(i, 100 + i * 3000));
            writes.add(log.submit(values.getLast()));
        }
        while (writes.stream().anyMatch(w -> !w.done())) {
            assertThat(log.log().service() + log.io.poll(1)).isPositive();
            assertThat(log.slab.freeCount()).isBetween(0, 2);
        }
        List<BlobRead> reads = new ArrayList<>();
        List<byte[]> targets = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            targets.add(new byte[values.get(i).length]);
            reads.add(log.submitRead(writes.get(i).pointer(), targets.get(i)));
        }
        while (reads.stream().anyMatch(r -> !r.done())) {
            assertThat(log.log().service() + log.io.poll(1)).isPositive();
        }
        reads.forEach(BlobRead::check);
        for (int i = 0; i < 30; i++) {
            assertThat(targets.get(i)).isEqualTo(values.get(i));
        }
        assertThat(log.slab.freeCount()).isEqualTo(2);
    }

    @Test
    void readThatFitsABufferIsOneOperation() {
        log.open();
        ValPtr p = log.write(VlogFixture.value(1, 9000));
        long reads = log.log().counters().reads();
        log.read(p);
        assertThat(log.log().counters().reads()).isEqualTo(reads + 1);
    }

    @Test
    void fullFilesAreFollowedByNewOnesAndCut() {
        log.open();
        List<ValPtr> pointers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            pointers.add(log.write(VlogFixture.value(i, 30_000)));
        }
        assertThat(pointers.getLast().fileId()).isGreaterThan(3);
        log.pump();
        assertThat(log.disk.size(log.path(1))).isEqualTo(4096 + 7 * 32768);
        for (int i = 0; i < 40; i++) {
            assertThat(log.read(pointers.get(i))).isEqualTo(VlogFixture.value(i, 30_000));
        }
        assertThat(log.io.openFiles).isLessThanOrEqualTo(log.config.openFilesMax() + 1);
    }

    @Test
    void largeValueGetsAFileOfItsOwnAndTheActiveOneGoesOn() {
        log.open();
        ValPtr a = log.write(VlogFixture.value(1, 100));
        ValPtr big = log.write(VlogFixture.value(2, VlogFixture.FILE));
        ValPtr b = log.write(VlogFixture.value(3, 100));
        assertThat(big.fileId()).isNotEqualTo(a.fileId());
        assertThat(b.fileId()).isEqualTo(a.fileId());
        assertThat(log.disk.size(log.path(big.fileId())))
                .isEqualTo(4096 + BlobWriter.blocks(VlogFixture.FILE + 32));
        ValPtr second = log.write(VlogFixture.value(4, VlogFixture.FILE));
        assertThat(second.fileId()).isGreaterThan(big.fileId());
        assertThat(log.read(big)).isEqualTo(VlogFixture.value(2, VlogFixture.FILE));
    }

    @Test
    void noFileIsMadeBeforeAValueComes() {
        log.open().pump();
        assertThat(log.disk.ls(VlogFixture.DIR)).isEmpty();
    }

    @Test
    void reopeningNeverWritesToAnOldFile() {
        ValPtr a = log.open().write(VlogFixture.value(1, 100));
        ValPtr b = log.kill().open().write(VlogFixture.value(2, 100));
        assertThat(b.fileId()).isGreaterThan(a.fileId());
        assertThat(log.read(a)).isEqualTo(VlogFixture.value(1, 100));
    }

    @Test
    void closeCutsTheActiveFileAndLeavesNothingOpen() {
        log.open().write(VlogFixture.value(1, 100));
        log.log().close();
        log.log().close();
        assertThat(log.io.openFiles).isZero();
        assertThat(log.disk.size(log.path(1))).isEqualTo(8192);
    }

    @Test
    void syncedValuesSurvivePowerLoss() {
        for (int seed = 0; seed < 30; seed++) {
            VlogFixture f = new VlogFixture();
            f.open();
            ValPtr a = f.write(VlogFixture.value(1, 100));
            ValPtr b = f.write(VlogFixture.value(2, 40_000));
            f.sync();
            f.write(VlogFixture.value(3, 5_000));
            f.powerLoss(seed).open();
            assertThat(f.read(a)).isEqualTo(VlogFixture.value(1, 100));
            assertThat(f.read(b)).isEqualTo(VlogFixture.value(2, 40_000));
        }
    }

    @Test
    void valuesReplayedAfterAKillAreSyncedToo() {
        for (int seed = 0; seed < 30; seed++) {
            VlogFixture f = new VlogFixture();
            f.open();
            ValPtr a = f.write(VlogFixture.value(1, 40_000));
            f.kill().open();
            f.log().replayed(a.fileId(), a.length());
            f.sync();
            f.powerLoss(seed).open();
            assertThat(f.read(a)).isEqualTo(VlogFixture.value(1, 40_000));
        }
    }

    @Test
    void fileThatCannotBeOpenedForASyncIsDoubt() {
        log.open();
        ValPtr a = log.write(VlogFixture.value(1, 100));
        log.kill().open();
        log.log().replayed(a.fileId(), a.length());
        log.io.failOnce(op -> op.kind() == IoOp.Kind.TASK, Errno.EIO);
        CountingWaiter waiter = new CountingWaiter();
        assertThat(log.log().syncAll(waiter)).isEqualTo(Progress.WAIT);
        log.pump();
        assertThat(waiter.resumed).isEqualTo(1);
        assertInDoubt(() -> log.log().syncAll(waiter));
    }

    @Test
    void syncCoversWhatWasDoneWhenItBegan() {
        log.open();
        log.write(VlogFixture.value(1, 100));
        long mark = log.log().mark();
        CountingWaiter waiter = new CountingWaiter();
        assertThat(log.log().awaitSynced(mark, waiter)).isEqualTo(Progress.WAIT);
        BlobWrite second = log.submit(VlogFixture.value(2, 100));
        log.log().service();
        log.io.drain();
        assertThat(second.done()).isTrue();
        assertThat(waiter.resumed).isEqualTo(1);
        assertThat(log.log().awaitSynced(mark, waiter)).isEqualTo(Progress.DONE);
        assertThat(log.log().awaitSynced(log.log().mark(), waiter)).isEqualTo(Progress.WAIT);
        log.pump();
        assertThat(log.log().syncAll(waiter)).isEqualTo(Progress.DONE);
        assertThat(log.log().counters().syncs()).isEqualTo(2);
    }

    @Test
    void failedSyncPutsTheValueLogInDoubtForGood() {
        log.open();
        ValPtr p = log.write(VlogFixture.value(1, 100));
        CountingWaiter waiter = new CountingWaiter();
        log.io.failOnce(op -> op.kind() == IoOp.Kind.SYNC_DATA, Errno.EIO);
        log.log().syncAll(waiter);
        log.pump();
        assertThat(waiter.resumed).isEqualTo(1);
        assertInDoubt(() -> log.log().syncAll(waiter));
        assertInDoubt(() -> log.submit(new byte[10]));
        assertThat(log.read(p)).isEqualTo(VlogFixture.value(1, 100));
    }

    @Test
    void failedWriteFailsItsValuesAndPutsTheValueLogInDoubt() {
        log.open();
        ValPtr p = log.write(VlogFixture.value(1, 100));
        log.io.failOnce(op -> op.kind() == IoOp.Kind.WRITE, Errno.EIO);
        BlobWrite a = log.submit(VlogFixture.value(2, 100));
        BlobWrite b = log.submit(VlogFixture.value(3, 10 * BUFFER));
        BlobWrite c = log.submit(VlogFixture.value(4, 100));
        log.pump();
        int failed = 0;
        for (BlobWrite w : List.of(a, b, c)) {
            assertThat(w.done()).isTrue();
            if (catchThrowableOfType(JdbException.class, w::check) != null) {
                failed++;
            } else {
                assertThat(log.read(w.pointer())).hasSize(w.length());
            }
        }
        assertThat(failed).isPositive();
        assertInDoubt(() -> log.submit(new byte[10]));
        assertThat(log.read(p)).isEqualTo(VlogFixture.value(1, 100));
        assertThat(log.slab.freeCount()).isEqualTo(4);
    }

    @Test
    void everyPieceOfALargeValueMayFail() {
        for (int piece = 0; piece < 12; piece++) {
            VlogFixture f = new VlogFixture();
            f.open().write(VlogFixture.value(0, 10));
            int[] left = {piece};
            f.io.failOnce(op -> op.kind() == IoOp.Kind.WRITE && left[0]-- == 0, Errno.EIO);
            BlobWrite w = f.submit(VlogFixture.value(1, 12 * BUFFER - 32));
            f.pump();
            assertThat(w.done()).as("piece " + piece).isTrue();
            assertInDoubt(w::check);
            assertThat(f.slab.freeCount()).isEqualTo(4);
            f.log().close();
            assertThat(f.io.openFiles).isZero();
        }
    }

    @Test
    void fullDiskFailsTheWriteAndHeals() {
        log.disk.capacity = VlogFixture.FILE + 1000;
        log.open();
        ValPtr p = log.write(VlogFixture.value(1, 200_000));
        BlobWrite refused = log.submit(VlogFixture.value(2, 200_000));
        log.pump();
        JdbException e = catchThrowableOfType(JdbException.class, refused::check);
        assertThat(e.error()).isInstanceOf(JdbError.DiskFull.class);
        assertThat(log.log().failed()).isFalse();
        assertThat(log.read(p)).isEqualTo(VlogFixture.value(1, 200_000));
        ValPtr small = log.write(VlogFixture.value(3, 10_000)); // still fits the active file
        assertThat(small.fileId()).isEqualTo(p.fileId());
        assertThat(log.disk.ls(VlogFixture.DIR)).as("nothing half-made stays").hasSize(1);

        log.disk.capacity = Long.MAX_VALUE;
        log.clock.nanos += 1000;
        ValPtr after = log.write(VlogFixture.value(2, 200_000));
        assertThat(log.read(after)).isEqualTo(VlogFixture.value(2, 200_000));
    }

    @Test
    void writeThatMeetsAFullDeviceFailsAloneAndTheFileIsLeft() {
        log.open();
        ValPtr before = log.write(VlogFixture.value(1, 100));
        log.io.failOnce(op -> op.kind() == IoOp.Kind.WRITE, Errno.ENOSPC);
        BlobWrite w = log.submit(VlogFixture.value(2, 100));
        log.pump();
        JdbException e = catchThrowableOfType(JdbException.class, w::check);
        assertThat(e.error()).isInstanceOf(JdbError.DiskFull.class);
        ValPtr after = log.write(VlogFixture.value(3, 100));
        assertThat(after.fileId()).isNotEqualTo(before.fileId());
        assertThat(log.read(after)).isEqualTo(VlogFixture.value(3, 100));
    }

    @Test
    void failureToMakeAFileThatIsNotSpaceIsDoubt() {
        log.open();
        log.io.failOnce(op -> op.kind() == IoOp.Kind.TASK, Errno.EROFS);
        BlobWrite w = log.submit(VlogFixture.value(2, 100));
        log.pump();
        assertInDoubt(w::check);
    }

    @Test
    void readFailureIsToldAndTheNextReadTriesAgain() {
        log.open();
        ValPtr p = log.write(VlogFixture.value(1, 100));
        byte[] target = new byte[100];
        log.io.failOnce(op -> op.kind() == IoOp.Kind.READ, Errno.EIO);
        BlobRead read = log.submitRead(p, target);
        log.pump();
        JdbException e = catchThrowableOfType(JdbException.class, read::check);
        assertThat(e.error()).isInstanceOf(JdbError.Io.class);
        assertThat(log.read(p)).isEqualTo(VlogFixture.value(1, 100));
        log.kill().open();
        log.io.failOnce(op -> op.kind() == IoOp.Kind.TASK, Errno.EMFILE);
        BlobRead second = log.submitRead(p, target);
        log.pump();
        assertThat(catchThrowableOfType(JdbException.class, second::check)).isNotNull();
        assertThat(log.read(p)).isEqualTo(VlogFixture.value(1, 100));
    }

    @Test
    void objectsAreReusedAlsoBetweenValueLogs() {
        BlobWrite write = new BlobWrite();
        BlobRead read = new BlobRead();
        CountingWaiter waiter = new CountingWaiter();
        for (int round = 0; round < 3; round++) {
            VlogFixture f = new VlogFixture();
            f.open();
            for (int i = 0; i < 5; i++) {
                byte[] value = VlogFixture.value(round * 10 + i, i * 20_000);
                write.prepare(MemorySegment.ofArray(value), 0, value.length, 1, 2, waiter);
                f.log().submit(write);
                f.pump();
                byte[] target = new byte[value.length];
                read.prepare(
                        write.offset(),
                        write.fileId(),
                        write.length(),
                        MemorySegment.ofArray(target),
                        0,
                        waiter);
                f.log().submit(read);
                f.pump();
                read.check();
                assertThat(target).isEqualTo(value);
            }
        }
        assertThat(waiter.resumed).isEqualTo(30);
    }

    @Test
    void unusedFilesAreClosedAndOpenedAgain() {
        log.open();
        List<ValPtr> pointers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            pointers.add(log.write(VlogFixture.value(i, 200_000)));
        }
        log.sync().pump();
        assertThat(log.io.openFiles).isLessThanOrEqualTo(5);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 12; i++) {
                assertThat(log.read(pointers.get(i))).isEqualTo(VlogFixture.value(i, 200_000));
            }
        }
        log.pump();
        assertThat(log.io.openFiles).isLessThanOrEqualTo(5);
    }

    private static void assertInDoubt(Runnable call) {
        JdbException e = catchThrowableOfType(JdbException.class, call::run);
        assertThat(e).isNotNull();
        assertThat(e.error()).isInstanceOf(JdbError.InDoubt.class);
    }

    @Test
    void tooLongAValueIsOurMistake() {
        log.open();
        assertThatThrownBy(() ->
                        new BlobWrite()
                                .prepare(
                                        MemorySegment.NULL,
                                        0,
                                        BlobHeader.LENGTH_MAX + 1,
                                        1,
                                        1,
                                        new CountingWaiter()))
                .isInstanceOf(AssertionError.class);
    }
}
