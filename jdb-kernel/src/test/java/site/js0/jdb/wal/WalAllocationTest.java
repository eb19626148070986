package site.js0.jdb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.layout.LogRecordKind;

/** Appending allocates nothing. */
class WalAllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 100_000;

    @Test
    void appendAllocatesNothing() {
        LogFixture log = new LogFixture();
        log.config = WalConfig.of(LogFixture.DIR, 1, 2, 0).withSegmentBytes(64 << 20);
        log.open();
        // A tail that copies without the wrappers of the disk in memory.
        MemorySegment memory = Arena.ofAuto().allocate(1 << 20, 4096);
        LogTail tail = new PlainTail(memory, log.wal().currentTail());
        log.wal().replaceTail(tail);
        MemorySegment payload = Arena.ofAuto().allocate(128);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(Hold.ALWAYS.held()).isTrue();
        run(log.wal(), payload, WARM_UP);
        long before = threads.getCurrentThreadAllocatedBytes();
        run(log.wal(), payload, MEASURED);
        long after = threads.getCurrentThreadAllocatedBytes();
        assertThat((after - before) / MEASURED).isZero();
    }

    private static void run(Wal wal, MemorySegment payload, int times) {
        for (int i = 0; i < times; i++) {
            if (wal.append(LogRecordKind.BATCH, payload, 0, 128) == Wal.NO_ROOM) {
                throw new AssertionError("the segment is too small for the test");
            }
        }
    }
}
