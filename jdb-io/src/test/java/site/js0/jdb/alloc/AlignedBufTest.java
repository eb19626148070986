package site.js0.jdb.alloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

class AlignedBufTest {
    private static MemorySegment bytes(int length, int fill) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) fill);
        return MemorySegment.ofArray(bytes);
    }

    @Test
    void capacityIsRoundedUpAndAligned() {
        try (AlignedBuf buf = AlignedBuf.withCapacity(5_000)) {
            assertThat(buf.capacity()).isEqualTo(8_192);
            assertThat(buf.length()).isZero();
            assertThat(buf.memory().address() % AlignedBuf.ALIGNMENT).isZero();
        }
        try (AlignedBuf page = AlignedBuf.page();
                AlignedBuf empty = AlignedBuf.withCapacity(0)) {
            assertThat(page.length()).isEqualTo(AlignedBuf.PAGE_SIZE);
            assertThat(page.readable().mismatch(bytes(4096, 0))).isEqualTo(-1);
            assertThat(empty.capacity()).isEqualTo(4096);
        }
    }

    /** Against a plain growing array. */
    @Test
    void extendKeepsEveryByte() {
        for (long seed = 1; seed <= 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ByteArrayOutputStream model = new ByteArrayOutputStream();
            try (AlignedBuf buf = AlignedBuf.withCapacity(random.nextInt(10_000))) {
                for (int i = 0; i < 20; i++) {
                    byte[] more = new byte[random.nextInt(9_000)];
                    random.nextBytes(more);
                    model.writeBytes(more);
                    buf.extend(MemorySegment.ofArray(more));
                    assertThat(buf.length()).as("seed %d", seed).isEqualTo(model.size());
                    assertThat(buf.capacity() % AlignedBuf.ALIGNMENT).isZero();
                }
                assertThat(buf.readable().mismatch(MemorySegment.ofArray(model.toByteArray())))
                        .as("seed %d", seed)
                        .isEqualTo(-1);
                try (AlignedBuf clone = buf.tryClone()) {
                    buf.memory().fill((byte) 0);
                    assertThat(
                                    clone.readable()
                                            .mismatch(MemorySegment.ofArray(model.toByteArray())))
                            .as("seed %d: a clone has bytes of its own", seed)
                            .isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void exhaustionIsReportedAndHarmsNothing() {
        assertThatThrownBy(() -> AlignedBuf.withCapacity(1L << 60))
                .isInstanceOfSatisfying(
                        IoException.class,
                        e -> assertThat(e.error()).isInstanceOf(IoError.Alloc.class));
        assertThatThrownBy(() -> AlignedBuf.withCapacity(-1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void closedBufferAndItsViewsAreDead() {
        AlignedBuf buf = AlignedBuf.page();
        RawIoBuf view = buf.asRaw();
        MemorySegment memory = buf.memory();
        buf.close();
        buf.close();
        assertThatThrownBy(buf::memory).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buf::asRaw).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buf::tryClone).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> buf.extend(bytes(1, 1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> buf.setBufInit(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buf::intoRawParts).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> view.asSlice().get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void partsCarryTheOwnership() {
        AlignedBuf buf = AlignedBuf.page();
        buf.memory().fill((byte) 5);
        buf.setBufInit(100);
        AlignedBuf.RawParts parts = buf.intoRawParts();
        buf.close(); // owns nothing any more
        assertThatThrownBy(buf::memory).isInstanceOf(IllegalStateException.class);
        AlignedBuf again = AlignedBuf.fromRawParts(parts);
        assertThat(again.length()).isEqualTo(100);
        assertThat(again.readable().mismatch(bytes(100, 5))).isEqualTo(-1);
        again.close();
        assertThat(parts.arena().scope().isAlive()).isFalse();
    }

    @Test
    void partsMustBeAligned() {
        try (AlignedBuf buf = AlignedBuf.page()) {
            MemorySegment inside = buf.memory().asSlice(512, 1024);
            assertThatThrownBy(() ->
                            AlignedBuf.fromRawParts(
                                    new AlignedBuf.RawParts(
                                            java.lang.foreign.Arena.global(), inside, 0)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void arenaIsCutIntoViewsThatDoNotOverlap() {
        try (AlignedBuf arena = AlignedBuf.zeroed(8 * 4096)) {
            RawIoBuf[] views = arena.sliceIntoRaws(4096);
            assertThat(views).hasSize(8);
            for (int i = 0; i < views.length; i++) {
                assertThat((views[i].memory().address() + views[i].memoryOffset()) % 4096).isZero();
                views[i].asMutSlice().fill((byte) (i + 1));
            }
            for (int i = 0; i < views.length; i++) {
                assertThat(views[i].asSlice().mismatch(bytes(4096, i + 1))).isEqualTo(-1);
            }
            assertThatThrownBy(() -> arena.sliceIntoRaws(5000))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> arena.sliceIntoRaws(0))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void viewKnowsItsBounds() {
        try (AlignedBuf buf = AlignedBuf.zeroed(2 * 4096)) {
            buf.setBufInit(5000);
            RawIoBuf view = buf.asRawView(4096, 4096);
            assertThat(view.length()).isEqualTo(5000 - 4096);
            assertThat(view.capacity()).isEqualTo(4096);
            assertThatThrownBy(() -> view.slice(0, 905))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(view.slice(4, 900).memoryOffset()).isEqualTo(4100);
            assertThat(view.sliceData(1000, 3096).length()).isZero();
            assertThatThrownBy(() -> view.sliceData(1000, 3097))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> view.sliceData(-1, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> view.sliceUnchecked(0, 4097))
                    .isInstanceOf(AssertionError.class);
            assertThatThrownBy(() -> view.withLen(4097))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            RawIoBuf filled = view.withLen(4096);
            assertThat(view.length()).as("a copy of its own").isEqualTo(904);
            assertThat(filled.writable().byteSize()).isEqualTo(4096);
            assertThatThrownBy(() -> filled.asSlice().set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
                    .isInstanceOf(IllegalArgumentException.class);
            view.setBufInit(1);
            assertThat(view.asMutSlice().byteSize()).isEqualTo(1);
        }
    }
}
