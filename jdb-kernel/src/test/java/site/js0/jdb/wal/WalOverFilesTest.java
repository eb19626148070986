package site.js0.jdb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.SystemClock;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.nio.NioDriver;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.layout.PageHeader;

/**
 * The log over the real driver and real files: many lives, with syncs, trims and small segments.
 */
class WalOverFilesTest {
    private static final int LIVES = 5;
    private static final int RECORDS_PER_LIFE = 3_000;

    @TempDir private Path directory = Path.of("");

    private static final class Flag extends Waiter {
        boolean up;

        @Override
        public void resume() {
            up = true;
        }
    }

    @Test
    void livesOfALogOverRealFiles() {
        WalConfig config = new WalConfig(directory, 1, 2, 3, 64 << 10, 1, 2, 1_000_000);
        MemorySegment payload = MemorySegment.ofArray(new byte[200]);
        long start = 1;
        long expected = 1;
        for (int life = 0; life < LIVES; life++) {
            try (NioDriver io = new NioDriver()) {
                LogEnd end;
                try (WalReplay replay = WalReplay.open(io, config, start)) {
                    replay.expectAtLeast(expected - 1);
                    long lsn = start;
                    while (replay.next()) {
                        assertThat(replay.lsn()).isEqualTo(lsn);
                        assertThat(replay.payload().get(PageHeader.LE_LONG, replay.payloadOffset()))
                                .isEqualTo(lsn);
                        lsn++;
                    }
                    assertThat(lsn).isEqualTo(expected);
                    end = replay.end();
                }
                try (Wal wal =
                        Wal.start(
                                io,
                                Hold.ALWAYS,
                                new SystemClock(),
                                config,
                                SyncGate.OPEN,
                                end,
                                1,
                                1)) {
                    for (int i = 0; i < RECORDS_PER_LIFE; i++) {
                        payload.set(PageHeader.LE_LONG, 0, expected);
                        long lsn;
                        while ((lsn = wal.append(LogRecordKind.BATCH, payload, 0, 8 + i % 190))
                                == Wal.NO_ROOM) {
                            turn(io, wal);
                        }
                        assertThat(lsn).isEqualTo(expected++);
                        if (i % 500 == 0) {
                            awaitDurable(io, wal, lsn);
                            start = Math.max(start, lsn - 700);
                            wal.trimTo(start);
                        }
                    }
                    awaitDurable(io, wal, expected - 1);
                    assertThat(wal.stats().segmentsRecycled()).isPositive();
                }
            }
        }
    }

    private static void awaitDurable(NioDriver io, Wal wal, long lsn) {
        Flag flag = new Flag();
        while (wal.awaitDurable(lsn, flag) == Progress.WAIT) {
            flag.up = false;
            while (!flag.up) {
                turn(io, wal);
            }
        }
    }

    private static void turn(NioDriver io, Wal wal) {
        int work = wal.service();
        io.submit();
        work += io.poll(8);
        if (work == 0) {
            io.await(1_000_000);
        }
    }
}
