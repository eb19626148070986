package site.js0.jdb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.memdisk.MemDisk;
import site.js0.jdb.memdisk.MemDriver;

/** A log in memory and small verbs over it: append, sync, kill, damage, replay. */
final class LogFixture {
    static final Path DIR = Path.of("/db/log-000");
    static final long ID_HIGH = 0x1122334455667788L;
    static final long ID_LOW = 0x99AABBCCDDEEFF00L;
    static final int SEGMENT = 64 << 10;

    /** A clock that stands until it is moved. */
    static final class ManualClock implements Clock {
        long nanos;

        @Override
        public long wallNanos() {
            return nanos;
        }

        @Override
        public long monotonicNanos() {
            return nanos;
        }
    }

    /** Counts how often it was resumed. */
    static final class CountingWaiter extends Waiter {
        int resumed;

        @Override
        public void resume() {
            resumed++;
        }
    }

    final ManualClock clock = new ManualClock();
    MemDisk disk = new MemDisk();
    MemDriver io = new MemDriver(disk, 1);
    WalConfig config = new WalConfig(DIR, ID_HIGH, ID_LOW, 0, SEGMENT, 1, 2, 1000);
    SyncGate gate = SyncGate.OPEN;
    private @Nullable Wal wal;

    Wal wal() {
        return Objects.requireNonNull(wal);
    }

    /** One record as replay yields it. */
    record Rec(int kind, long lsn, int epoch, String text) {}

    /** What replay found. */
    record Replayed(List<Rec> records, LogEnd end) {
        List<String> texts() {
            return records.stream().map(Rec::text).toList();
        }
    }

    Replayed replay() {
        return replay(1, Long.MAX_VALUE, 0);
    }

    Replayed replay(long startLsn, long stopLsn, long atLeast) {
        try (WalReplay replay = WalReplay.open(io, config, startLsn)) {
            replay.stopBefore(stopLsn);
            replay.expectAtLeast(atLeast);
            List<Rec> records = new ArrayList<>();
            while (replay.next()) {
                byte[] bytes = new byte[replay.payloadLength()];
                MemorySegment.copy(
                        replay.payload(),
                        replay.payloadOffset(),
                        MemorySegment.ofArray(bytes),
                        0,
                        bytes.length);
                records.add(
                        new Rec(
                                replay.kind(),
                                replay.lsn(),
                                replay.epoch(),
                                new String(bytes, StandardCharsets.ISO_8859_1)));
            }
            return new Replayed(records, replay.end());
        }
    }

    /** Replays and expects damage to be found. */
    JdbError.Corrupt replayCorrupt() {
        JdbException e = catchThrowableOfType(JdbException.class, this::replay);
        assertThat(e).as("replay should find damage").isNotNull();
        assertThat(e.error()).isInstanceOf(JdbError.Corrupt.class);
        return (JdbError.Corrupt) e.error();
    }

    /** Starts writing behind what is there, and finishes start-up. */
    LogFixture open() {
        return open(replay().end());
    }

    LogFixture open(LogEnd end) {
        wal = start(end);
        pump();
        return this;
    }

    Wal start(LogEnd end) {
        return Wal.start(io, Hold.ALWAYS, clock, config, gate, end, 1, 1);
    }

    /** Runs turns until nothing is left to do. */
    void pump() {
        int idle = 0;
        while (idle < 2) {
            int work = wal().service() + io.poll(8);
            idle = work == 0 && io.inFlight() == 0 ? idle + 1 : 0;
        }
    }

    /** Appends one batch for each text; waits for segments as needed. */
    LogFixture append(String... texts) {
        for (String text : texts) {
            appendOne(LogRecordKind.BATCH, text);
        }
        return this;
    }

    long appendOne(int kind, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment from = MemorySegment.ofArray(bytes);
        long lsn;
        while ((lsn = wal().append(kind, from, 0, bytes.length)) == Wal.NO_ROOM) {
            pump();
        }
        return lsn;
    }

    /** Makes everything appended durable. */
    LogFixture sync() {
        CountingWaiter waiter = new CountingWaiter();
        while (wal().awaitDurable(wal().appendedLsn(), waiter) == Progress.WAIT) {
            int before = waiter.resumed;
            pump();
            assertThat(waiter.resumed).isEqualTo(before + 1);
        }
        return this;
    }

    LogFixture closeCleanly() {
        CountingWaiter waiter = new CountingWaiter();
        while (wal().closeCleanly(waiter) == Progress.WAIT) {
            pump();
        }
        wal().close();
        assertThat(io.openFiles).isZero();
        return this;
    }

    /** The process dies: what was stored stays, what was queued is gone. */
    LogFixture kill() {
        disk = disk.killed();
        io = new MemDriver(disk, 2);
        wal = null;
        return this;
    }

    Path path(long seq) {
        return SegmentName.path(DIR, seq);
    }

    byte[] bytes(long seq) {
        return disk.bytes(path(seq));
    }

    LogFixture flip(long seq, long offset) {
        bytes(seq)[(int) offset] ^= 1;
        return this;
    }

    LogFixture zero(long seq, long from, long to) {
        java.util.Arrays.fill(bytes(seq), (int) from, (int) to, (byte) 0);
        return this;
    }

    /** Where the record with {@code lsn} begins in segment {@code seq}, found by its bytes. */
    int offsetOf(long seq, long lsn) {
        MemorySegment m = MemorySegment.ofArray(bytes(seq));
        for (int at = 4096; at < m.byteSize() - 32; at += 8) {
            if (m.get(PageHeader.LE_LONG, at + 8) == lsn
                    && m.get(PageHeader.LE_INT, at) != 0
                    && m.get(PageHeader.LE_LONG, at + 16) < lsn) {
                return at;
            }
        }
        throw new AssertionError("no record " + lsn + " in segment " + seq);
    }

    /** A text of {@code bytes} characters that tells texts apart. */
    static String text(int number, int bytes) {
        String s = number + ".";
        return s.repeat(bytes / s.length() + 1).substring(0, bytes);
    }
}
