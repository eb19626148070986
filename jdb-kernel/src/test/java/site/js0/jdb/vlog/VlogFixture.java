package site.js0.jdb.vlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.memdisk.MemDisk;
import site.js0.jdb.memdisk.MemDriver;

/** A value log in memory and small verbs over it: write, read, sync, kill, damage. */
final class VlogFixture {
    static final Path DIR = Path.of("/db/vnode-000");
    static final int FILE = 256 << 10;
    static final int BUFFER = 16 << 10;

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
    VlogConfig config = new VlogConfig(DIR, 11, 22, 3, 0, FILE, 4, 1000);
    BufferSlab slab = slab(4);
    private @Nullable ValueLog log;

    static BufferSlab slab(int buffers) {
        return new BufferSlab(Arena.ofAuto().allocate((long) buffers * BUFFER, 4096), BUFFER);
    }

    ValueLog log() {
        return Objects.requireNonNull(log);
    }

    VlogFixture open() {
        log = ValueLog.open(io, Hold.ALWAYS, clock, config, slab);
        return this;
    }

    /** Runs turns until nothing is left to do. */
    void pump() {
        int idle = 0;
        while (idle < 2) {
            int work = log().service() + io.poll(8);
            idle = work == 0 && io.inFlight() == 0 ? idle + 1 : 0;
        }
    }

    /** Bytes that tell values apart. */
    static byte[] value(int number, int bytes) {
        byte[] v = new byte[bytes];
        new SplittableRandom(number).nextBytes(v);
        return v;
    }

    BlobWrite submit(byte[] value) {
        BlobWrite write = new BlobWrite();
        CountingWaiter waiter = new CountingWaiter();
        write.prepare(MemorySegment.ofArray(value), 0, value.length, 7, 0xABCDL, waiter);
        log().submit(write);
        return write;
    }

    /** Writes one value and waits for it. */
    ValPtr write(byte[] value) {
        BlobWrite write = submit(value);
        pump();
        assertThat(write.done()).isTrue();
        write.check();
        return write.pointer();
    }

    BlobRead submitRead(ValPtr p, byte[] target) {
        BlobRead read = new BlobRead();
        read.prepare(
                p.offset(),
                p.fileId(),
                p.length(),
                MemorySegment.ofArray(target),
                0,
                new CountingWaiter());
        log().submit(read);
        return read;
    }

    /** Reads one value and waits for it. */
    byte[] read(ValPtr p) {
        byte[] target = new byte[p.length()];
        BlobRead read = submitRead(p, target);
        pump();
        assertThat(read.done()).isTrue();
        read.check();
        assertThat(read.stamp()).isEqualTo(7);
        assertThat(read.keyHash()).isEqualTo(0xABCDL);
        return target;
    }

    void verify(ValPtr p) {
        BlobRead read = new BlobRead();
        read.prepareVerify(p.offset(), p.fileId(), p.length(), new CountingWaiter());
        log().submit(read);
        pump();
        assertThat(read.done()).isTrue();
        read.check();
    }

    VlogFixture sync() {
        CountingWaiter waiter = new CountingWaiter();
        while (log().syncAll(waiter) == Progress.WAIT) {
            pump();
        }
        return this;
    }

    /** The process dies. */
    VlogFixture kill() {
        io = new MemDriver(disk, 2);
        slab = slab(4);
        log = null;
        return this;
    }

    VlogFixture powerLoss(long seed) {
        disk = disk.powerLost(new SplittableRandom(seed));
        return kill();
    }

    Path path(int id) {
        return ValueFileName.path(DIR, id);
    }

    VlogFixture flip(int id, long offset) {
        disk.bytes(path(id))[(int) offset] ^= 1;
        return this;
    }
}
