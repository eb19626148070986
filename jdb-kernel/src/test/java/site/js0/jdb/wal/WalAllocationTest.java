package site.js0.jdb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.SystemClock;
import site.js0.jdb.fs.nio.NioDriver;
import site.js0.jdb.layout.LogRecordKind;

/** Appending allocates nothing, over real files. */
class WalAllocationTest {
    private static final int WARM_UP = 30_000;
    private static final int MEASURED = 100_000;

    @TempDir private Path directory = Path.of("");

    @Test
    void appendAllocatesNothing() {
        WalConfig config = WalConfig.of(directory, 1, 2, 0).withSegmentBytes(64 << 20);
        try (NioDriver io = new NioDriver();
                WalReplay replay = WalReplay.open(io, config, 1)) {
            assertThat(replay.next()).isFalse();
            try (Wal wal =
                    Wal.start(
                            io,
                            Hold.ALWAYS,
                            new SystemClock(),
                            config,
                            SyncGate.OPEN,
                            replay.end(),
                            1,
                            1)) {
                MemorySegment payload = Arena.ofAuto().allocate(128);
                byte[] heap = new byte[128];
                MemorySegment heapPayload = MemorySegment.ofArray(heap);
                while (wal.append(LogRecordKind.BATCH, payload, 0, 128) == Wal.NO_ROOM) {
                    wal.service();
                    io.submit();
                    if (io.poll(8) == 0) {
                        io.await(1_000_000);
                    }
                }
                var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                run(wal, payload, heapPayload, WARM_UP);
                long before = threads.getCurrentThreadAllocatedBytes();
                run(wal, payload, heapPayload, MEASURED);
                long bytes = threads.getCurrentThreadAllocatedBytes() - before;
                assertThat(bytes / MEASURED).as("bytes per append").isZero();
            }
        }
    }

    private static void run(Wal wal, MemorySegment a, MemorySegment b, int times) {
        for (int i = 0; i < times; i++) {
            if (wal.append(LogRecordKind.BATCH, a, 0, 64, b, 0, 64) == Wal.NO_ROOM) {
                throw new AssertionError("the segment is too small for the test");
            }
        }
    }
}
