package site.js0.jdb.vlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.ValPtr;

/** What is alive, what a checkpoint keeps of that, and which files go when. */
class ValueLogBookkeepingTest {
    private final VlogFixture log = new VlogFixture();
    private final MemorySegment stats = Arena.ofAuto().allocate(1000);

    private ValPtr fillFile(int number) {
        return log.write(VlogFixture.value(number, 200_000));
    }

    private void added(ValPtr p) {
        log.log().added(p.fileId(), p.length());
    }

    private void dropped(ValPtr p) {
        log.log().dropped(p.fileId(), p.length());
    }

    private int checkpoint() {
        int bytes = log.log().statsBytes();
        log.log().writeStats(stats, 16);
        int n = log.log().releaseEmpty();
        log.pump();
        assertThat(bytes).isPositive();
        return n;
    }

    @Test
    void pendingValuesKeepTheirFile() {
        log.open();
        ValPtr a = fillFile(1);
        fillFile(2);
        assertThat(checkpoint()).isZero();
        log.log().abandoned(a.fileId(), a.length());
        assertThat(checkpoint()).isEqualTo(1);
        assertThat(log.disk.exists(log.path(a.fileId()))).isFalse();
        assertThat(log.log().counters().filesRemoved()).isEqualTo(1);
    }

    @Test
    void fileGoesOnlyWhenACheckpointFoundItEmpty() {
        log.open();
        ValPtr a = fillFile(1);
        fillFile(2);
        added(a);
        log.log().writeStats(stats, 0);
        dropped(a); // after the checkpoint was taken: it still points there
        assertThat(log.log().releaseEmpty()).isZero();
        assertThat(checkpoint()).isEqualTo(1);
    }

    @Test
    void activeFileNeverGoes() {
        log.open();
        ValPtr a = log.write(VlogFixture.value(1, 100));
        log.log().abandoned(a.fileId(), a.length());
        assertThat(checkpoint()).isZero();
        assertThat(log.write(VlogFixture.value(2, 100)).fileId()).isEqualTo(a.fileId());
    }

    @Test
    void fileThatIsReadStaysUntilTheNextTime() {
        log.open();
        ValPtr a = fillFile(1);
        fillFile(2);
        log.log().abandoned(a.fileId(), a.length());
        byte[] target = new byte[200_000];
        BlobRead read = log.submitRead(a, target);
        log.log().service();
        log.log().writeStats(stats, 0);
        assertThat(log.log().releaseEmpty()).isZero();
        log.pump();
        read.check();
        assertThat(target).isEqualTo(VlogFixture.value(1, 200_000));
        assertThat(log.log().releaseEmpty()).isEqualTo(1);
        log.pump();
        log.log().close();
        assertThat(log.io.openFiles).isZero();
    }

    @Test
    void statisticsSurviveInACheckpoint() {
        log.open();
        ValPtr a = fillFile(1);
        ValPtr b = fillFile(2);
        added(a);
        added(b);
        int bytes = log.log().statsBytes();
        assertThat(bytes).isEqualTo(8 + 2 * 16);
        log.log().writeStats(stats, 16);
        log.sync().kill().open();
        log.log().readStats(stats, 16, bytes);
        assertThat(log.log().counters().liveBytes()).isEqualTo(2 * ValueLog.bytesOf(200_000));
        dropped(a);
        assertThat(checkpoint()).as("that file and one prepared in vain").isEqualTo(2);
        assertThat(log.disk.ls(VlogFixture.DIR)).hasSize(1);
        assertThat(log.read(b)).isEqualTo(VlogFixture.value(2, 200_000));
    }

    @Test
    void replayedValuesArePendingAgain() {
        log.open();
        ValPtr a = fillFile(1);
        log.kill().open();
        log.log().readStats(stats, 0, zeroStats());
        log.log().replayed(a.fileId(), a.length());
        assertThat(checkpoint()).as("the file prepared in vain").isEqualTo(1);
        added(a);
        assertThat(checkpoint()).isZero();
        dropped(a);
        assertThat(checkpoint()).isEqualTo(1);
    }

    /** Replay counts again what the tree has already: more than the file holds, in the end. */
    @Test
    void whatReplayCountsTwiceIsNoDamage() {
        log.open();
        ValPtr a = fillFile(1);
        added(a);
        for (int i = 0; i < 3; i++) {
            log.log().writeStats(stats, 0);
            int bytes = log.log().statsBytes();
            log.sync().kill().open();
            log.log().readStats(stats, 0, bytes);
            log.log().replayed(a.fileId(), a.length());
            added(a);
        }
        assertThat(log.read(a)).isEqualTo(VlogFixture.value(1, 200_000));
    }

    private int zeroStats() {
        stats.fill((byte) 0);
        return 8;
    }

    @Test
    void damagedStatisticsAreCorrupt() {
        log.open();
        ValPtr a = fillFile(1);
        added(a);
        int bytes = log.log().statsBytes();
        log.log().writeStats(stats, 0);
        log.kill().open();
        assertCorrupt(() -> log.log().readStats(stats, 0, bytes - 1));
        assertCorrupt(() -> log.log().readStats(stats, 0, 4));
        stats.set(PageHeader.LE_LONG, 16, 1L << 40);
        assertCorrupt(() -> log.log().readStats(stats, 0, bytes));
        stats.set(PageHeader.LE_INT, 8, 99);
        assertCorrupt(() -> log.log().readStats(stats, 0, bytes));
        stats.set(PageHeader.LE_INT, 0, -1);
        assertCorrupt(() -> log.log().readStats(stats, 0, bytes));
    }

    @Test
    void missingFileWithLiveBytesIsCorruptAndNamed() {
        log.open();
        ValPtr a = fillFile(1);
        added(a);
        int bytes = log.log().statsBytes();
        log.log().writeStats(stats, 0);
        log.kill().disk.remove(log.path(a.fileId()));
        log.open();
        assertThat(assertCorrupt(() -> log.log().readStats(stats, 0, bytes)).file())
                .isEqualTo(log.path(a.fileId()).toString());
    }

    private static JdbError.Corrupt assertCorrupt(Runnable call) {
        JdbException e = catchThrowableOfType(JdbException.class, call::run);
        assertThat(e).isNotNull();
        assertThat(e.error()).isInstanceOf(JdbError.Corrupt.class);
        return (JdbError.Corrupt) e.error();
    }
}
