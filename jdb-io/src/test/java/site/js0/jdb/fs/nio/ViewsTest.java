package site.js0.jdb.fs.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import site.js0.jdb.alloc.OffHeap;

class ViewsTest {
    private final Views views = new Views();

    @Test
    void segmentsOfOneAddressAreToldApart() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment whole = arena.allocate(4096);
            MemorySegment part =
                    whole.asSlice(0, 100); // equal by equals(), which looks at addresses only
            assertThat(views.of(part, 0, 100).remaining()).isEqualTo(100);
            ByteBuffer view = views.of(whole, 4000, 96);
            assertThat(view.position()).isEqualTo(4000);
            assertThat(view.remaining()).isEqualTo(96);
            assertThatThrownBy(() -> views.of(part, 90, 11))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void sameSegmentSameView() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(4096);
            ByteBuffer first = views.of(segment, 0, 10);
            assertThat(views.of(segment, 100, 10)).isSameAs(first);
            for (int i = 0; i < 100; i++) {
                views.of(arena.allocate(16), 0, 16); // pushes it out
            }
            assertThat(views.of(segment, 7, 1).position()).isEqualTo(7);
        }
    }

    /** Untouched memory costs nothing. */
    @Test
    void memoryBeyondTwoGigabytesIsReached() {
        try (OffHeap memory = OffHeap.allocate(5L << 30, false)) {
            MemorySegment segment = memory.segment();
            for (long at :
                    new long[] {0, (1L << 30) - 8, (1L << 30) - 4, 1L << 31, (5L << 30) - 8}) {
                segment.set(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, at, at);
                ByteBuffer view = views.of(segment, at, 8).order(java.nio.ByteOrder.nativeOrder());
                assertThat(view.getLong()).as("at %d", at).isEqualTo(at);
                assertThat(view.hasRemaining()).isFalse();
            }
        }
    }
}
