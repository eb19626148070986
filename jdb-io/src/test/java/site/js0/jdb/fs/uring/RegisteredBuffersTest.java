package site.js0.jdb.fs.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import site.js0.jdb.fs.DriverFixture;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.linux.Syscall;

/** Memory is registered piece by piece as requests use it, and what is not works all the same. */
class RegisteredBuffersTest extends DriverFixture {
    private static final int PIECE = 2 << 20;

    private MemorySegment region;
    private IoFile file;

    @Override
    protected IoDriver open(DriverOptions options) {
        return UringAvailable.open(options);
    }

    @BeforeEach
    void makeRegion() {
        region = arena.allocate(4L * PIECE, PIECE);
        file = written("f", 8, 0);
    }

    /** Whatever way the bytes go, they are the right ones. */
    private void readsAt(long address, int blocks) {
        Op op = new Op();
        op.prepareRead(file, 0, region, address, blocks * BLOCK);
        succeed(op);
        for (int i = 0; i < blocks; i++) {
            assertPattern(region.asSlice(address + (long) i * BLOCK, BLOCK), i);
        }
    }

    private long registered() {
        return driver.metrics().snapshot(0).registered();
    }

    private void assumeSparse() {
        Assumptions.assumeTrue(
                driver.describe().contains("registered buffers 0 of 8 MiB in 4 pieces"),
                "this kernel knows no empty tables, or grants none: " + driver.describe());
    }

    @Test
    void aPieceIsRegisteredByItsFirstRequest() {
        driver.registerBuffers(region);
        assumeSparse();
        readsAt(0, 1);
        assertThat(registered()).isEqualTo(1);
        assertThat(driver.describe()).contains("registered buffers 2 of 8 MiB");
        readsAt(PIECE - BLOCK, 1);
        assertThat(driver.describe()).contains("registered buffers 2 of 8 MiB");
        readsAt(3L * PIECE, 1);
        assertThat(driver.describe()).contains("registered buffers 4 of 8 MiB");
        assertThat(registered()).isEqualTo(3);
    }

    @Test
    void aRequestAcrossASeamGoesUnregistered() {
        driver.registerBuffers(region);
        assumeSparse();
        readsAt(PIECE - BLOCK, 2);
        assertThat(registered()).isZero();
        readsAt(PIECE - 2 * BLOCK, 2);
        assertThat(registered()).isEqualTo(1);
        Op op = new Op();
        long[] units = {2L * PIECE, PIECE, 0};
        op.prepareReadScattered(file, 0, region, units, 3, BLOCK);
        succeed(op);
        for (int i = 0; i < units.length; i++) {
            assertPattern(region.asSlice(units[i], BLOCK), i);
        }
        assertThat(registered()).isEqualTo(1);
    }

    @Test
    void memoryThatWasNotAnnouncedIsNotRegistered() {
        driver.registerBuffers(region.asSlice(BLOCK, BLOCK), region.asSlice(4 * BLOCK, 2 * BLOCK));
        readsAt(0, 1);
        readsAt(2 * BLOCK, 1);
        readsAt(3 * BLOCK, 2);
        readsAt(5 * BLOCK, 2);
        assertThat(registered()).isZero();
        readsAt(BLOCK, 1);
        readsAt(4 * BLOCK, 2);
        assertThat(registered()).isEqualTo(2);
    }

    /** More memory makes a new table, in which every piece has another place. */
    @Test
    void moreMemoryComesBetweenOperations() {
        driver.registerBuffers(region.asSlice(PIECE, PIECE));
        readsAt(PIECE, 1);
        Op op = new Op();
        op.prepareRead(file, 0, region, 0, BLOCK);
        driver.enqueue(op);
        assertThatThrownBy(() -> driver.registerBuffers(region.asSlice(0, PIECE)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("in flight");
        drainAll();
        assertThat(op.succeeded()).isTrue();
        assertThat(registered()).isEqualTo(1);
        driver.registerBuffers(region.asSlice(0, PIECE));
        readsAt(0, 1);
        readsAt(PIECE, 1);
        assertThat(registered()).isEqualTo(3);
    }

    /** Memory that no page can be put behind: the kernel refuses it, and only it. */
    @Test
    void whatTheKernelRefusesWorksUnregistered() {
        int protNone = 0;
        int mapPrivateAnonymous = 0x22;
        long address =
                Syscall.call(Syscall.MMAP, 0, 2L * PIECE, protNone, mapPrivateAnonymous, -1, 0);
        assertThat(address).isPositive();
        try {
            MemorySegment locked = MemorySegment.ofAddress(address).reinterpret(2L * PIECE);
            driver.registerBuffers(locked, region);
            Op op = new Op();
            for (int i = 0; i < 2; i++) {
                op.prepareRead(file, 0, locked, 0, BLOCK);
                run(op);
                assertThat(op.failure().errno()).isEqualTo(Errno.EFAULT);
            }
            assertThat(registered()).isZero();
            assertThat(driver.describe())
                    .contains("buffers not registered: " + Errno.describe(Errno.EFAULT));
            readsAt(0, 1);
            if (driver.describe().contains("pieces")) {
                assertThat(registered()).isEqualTo(1);
                assertThat(driver.describe())
                        .contains("more not registered: " + Errno.describe(Errno.EFAULT));
            }
        } finally {
            Syscall.call(Syscall.MUNMAP, address, 2L * PIECE, 0, 0);
        }
    }

    @Test
    void olderKernelsRegisterEverythingAtOnce() {
        try (IoDriver older = UringAvailable.open(options(), 8, RingSetup.STEP_BEFORE_SPARSE)) {
            older.registerBuffers(region);
            assertThat(older.describe()).contains("registered buffers 8 of 8 MiB in 1 piece");
        }
    }

    /** A table has 16384 places: more memory is cut into larger pieces. */
    @Test
    void piecesGrowWithTheMemory() {
        int protNone = 0;
        int mapNoReserve = 0x4022;
        long bytes = 48L << 30;
        long address = Syscall.call(Syscall.MMAP, 0, bytes, protNone, mapNoReserve, -1, 0);
        Assumptions.assumeTrue(address > 0, "no address space: " + Errno.describe((int) -address));
        try (IoDriver other = open(options())) {
            other.registerBuffers(MemorySegment.ofAddress(address).reinterpret(bytes));
            assertThat(other.describe()).containsPattern("0 of 49152 MiB in 1228[89] pieces");
        } finally {
            Syscall.call(Syscall.MUNMAP, address, bytes, 0, 0);
        }
    }
}
