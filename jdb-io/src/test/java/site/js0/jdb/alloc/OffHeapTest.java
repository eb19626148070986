package site.js0.jdb.alloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

class OffHeapTest {
    private static final long HUGE = 2L << 20;

    @Test
    void isZeroedAlignedAndExactlyAsLargeAsAsked() {
        try (OffHeap memory = OffHeap.allocate(10_000, false)) {
            assertThat(memory.segment().byteSize()).isEqualTo(10_000);
            assertThat(memory.segment().address() % 4096).isZero();
            assertThat(memory.segment().mismatch(MemorySegment.ofArray(new byte[10_000])))
                    .isEqualTo(-1);
            memory.segment().set(ValueLayout.JAVA_BYTE, 9_999, (byte) 1);
        }
    }

    @Test
    void largeMemoryCostsNothingUntilItIsTouched() throws Exception {
        Assumptions.assumeTrue(OsMemory.mapsAnonymously());
        long before = residentBytes();
        try (OffHeap memory = OffHeap.allocate(8L << 30, false)) {
            memory.segment().set(ValueLayout.JAVA_BYTE, memory.byteSize() - 1, (byte) 1);
            assertThat(residentBytes() - before).isLessThan(1L << 30);
        }
    }

    private static long residentBytes() throws Exception {
        return statm(1);
    }

    private static long virtualBytes() throws Exception {
        return statm(0);
    }

    private static long statm(int field) throws Exception {
        String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
        return Long.parseLong(pages[field]) * 4096;
    }

    @Test
    void pretouchedMemoryIsResident() throws Exception {
        Assumptions.assumeTrue(OsMemory.mapsAnonymously());
        long before = residentBytes();
        try (OffHeap memory = OffHeap.allocate(64L << 20, false, true)) {
            assertThat(residentBytes() - before).isGreaterThan(56L << 20);
            assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 12345)).isZero();
        }
    }

    @Test
    void hugePagesAreAlignedAndReportedAsTheKernelGrantsThem() throws Exception {
        Assumptions.assumeTrue(OsMemory.mapsAnonymously());
        Path policy = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        try (OffHeap memory = OffHeap.allocate(8 * HUGE, true)) {
            assertThat(memory.segment().address() % HUGE).isZero();
            assertThat(memory.hugePageBytes()).as("nothing touched yet").isZero();
            memory.segment().fill((byte) 1);
            boolean granted =
                    Files.isReadable(policy) && !Files.readString(policy).contains("[never]");
            assertThat(memory.hugePagesAccepted()).isEqualTo(Files.isReadable(policy));
            if (!granted) {
                assertThat(memory.hugePageBytes()).isZero();
            } else {
                assertThat(memory.hugePageBytes())
                        .isBetween(0L, 8 * HUGE)
                        .satisfies(b -> assertThat(b % HUGE).isZero());
            }
        }
        try (OffHeap small = OffHeap.allocate(8 * HUGE, false)) {
            assertThat(small.hugePagesAccepted()).isFalse();
        }
    }

    @Test
    void exhaustionIsAnErrorThatNamesTheBytes() {
        for (long bytes : new long[] {1L << 60, Long.MAX_VALUE}) {
            for (boolean huge : new boolean[] {false, true}) {
                assertThatThrownBy(() -> OffHeap.allocate(bytes, huge))
                        .isInstanceOfSatisfying(
                                IoException.class,
                                e -> assertThat(e.error()).isInstanceOf(IoError.Alloc.class))
                        .hasMessageContaining("could not allocate");
            }
        }
    }

    @Test
    void useAfterCloseIsAnError() {
        OffHeap memory = OffHeap.allocate(4096, false);
        MemorySegment segment = memory.segment();
        memory.close();
        memory.close();
        assertThat(memory.isAlive()).isFalse();
        assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(memory::hugePageBytes).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void memoryIsGivenBack() throws Exception {
        Assumptions.assumeTrue(OsMemory.mapsAnonymously());
        long before = virtualBytes();
        OffHeap memory = OffHeap.allocate(4L << 30, true);
        assertThat(virtualBytes() - before).isGreaterThanOrEqualTo(4L << 30);
        memory.close();
        assertThat(virtualBytes() - before).isLessThan(1L << 30);
    }

    @Test
    void smapsCountsOnlyWhatOverlaps() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment small = arena.allocate(16);
            assertThat(Smaps.anonHugePageBytes(small.address(), 16)).isBetween(0L, 16L);
        }
    }
}
