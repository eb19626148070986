package site.js0.jdb.vlog;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.SystemClock;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.nio.NioDriver;
import site.js0.jdb.layout.ValPtr;

/** The value log over the real driver and real files, direct where the file system can. */
class ValueLogOverFilesTest {
    private static final int BUFFER = 64 << 10;
    private static final int LIVES = 3;

    @TempDir private Path directory = Path.of("");

    private static final class Flag extends Waiter {
        boolean up;

        @Override
        public void resume() {
            up = true;
        }
    }

    private VlogConfig config() {
        return new VlogConfig(directory, 1, 2, 3, 0, 1 << 20, 4, 1_000_000);
    }

    private static BufferSlab slab() {
        return new BufferSlab(Arena.ofAuto().allocate(8L * BUFFER, 4096), BUFFER);
    }

    private static void turn(NioDriver io, ValueLog log) {
        int work = log.service();
        io.submit();
        work += io.poll(8);
        if (work == 0) {
            io.await(1_000_000);
        }
    }

    @Test
    void livesOfAValueLogOverRealFiles() {
        List<ValPtr> pointers = new ArrayList<>();
        for (int life = 0; life < LIVES; life++) {
            try (NioDriver io = new NioDriver();
                    ValueLog log =
                            ValueLog.open(io, Hold.ALWAYS, new SystemClock(), config(), slab())) {
                List<BlobWrite> writes = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    byte[] value = VlogFixture.value(life * 60 + i, size(i));
                    BlobWrite w = new BlobWrite();
                    w.prepare(MemorySegment.ofArray(value), 0, value.length, 1, 2, new Flag());
                    log.submit(w);
                    writes.add(w);
                }
                while (writes.stream().anyMatch(w -> !w.done())) {
                    turn(io, log);
                }
                for (BlobWrite w : writes) {
                    w.check();
                    pointers.add(w.pointer());
                }
                Flag synced = new Flag();
                while (log.syncAll(synced) == Progress.WAIT) {
                    synced.up = false;
                    while (!synced.up) {
                        turn(io, log);
                    }
                }
                for (int i = 0; i < pointers.size(); i++) {
                    assertThat(read(io, log, pointers.get(i)))
                            .isEqualTo(VlogFixture.value(i, size(i % 60)));
                }
            }
        }
    }

    private static int size(int i) {
        return i % 20 == 19 ? 1_500_000 : i * 1_733 % 150_000;
    }

    private static byte[] read(NioDriver io, ValueLog log, ValPtr p) {
        byte[] target = new byte[p.length()];
        BlobRead read = new BlobRead();
        Flag flag = new Flag();
        read.prepare(p.offset(), p.fileId(), p.length(), MemorySegment.ofArray(target), 0, flag);
        log.submit(read);
        while (!flag.up) {
            turn(io, log);
        }
        read.check();
        return target;
    }

    /** Neither writing nor reading allocates once the objects exist. */
    @Test
    void writingAndReadingAllocateNothing() {
        try (NioDriver io = new NioDriver();
                ValueLog log =
                        ValueLog.open(
                                io,
                                Hold.ALWAYS,
                                new SystemClock(),
                                VlogConfig.of(directory, 1, 2, 3, 0),
                                slab())) {
            BlobWrite write = new BlobWrite();
            BlobRead read = new BlobRead();
            Flag flag = new Flag();
            MemorySegment value = Arena.ofAuto().allocate(5_000);
            roundTrips(io, log, write, read, flag, value, 3_000);
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            roundTrips(io, log, write, read, flag, value, 1_000);
            long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / 1_000;
            // What is left is the driver's: it may park.
            assertThat(bytes).as("bytes per write and read").isLessThan(64);
        }
    }

    private static void roundTrips(
            NioDriver io,
            ValueLog log,
            BlobWrite write,
            BlobRead read,
            Flag flag,
            MemorySegment value,
            int times) {
        for (int i = 0; i < times; i++) {
            flag.up = false;
            write.prepare(value, 0, 5_000, i, i, flag);
            log.submit(write);
            while (!flag.up) {
                turn(io, log);
            }
            write.check();
            flag.up = false;
            read.prepare(write.offset(), write.fileId(), write.length(), value, 0, flag);
            log.submit(read);
            while (!flag.up) {
                turn(io, log);
            }
            read.check();
        }
    }
}
