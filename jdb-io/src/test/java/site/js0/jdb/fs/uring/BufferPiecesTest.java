package site.js0.jdb.fs.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Which piece an address lies in. */
class BufferPiecesTest {
    private static final int SHIFT = 12;
    private static final long PIECE = 1L << SHIFT;

    private static MemorySegment memory(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    @Test
    void piecesBeginAtMultiplesOfTheirSize() {
        BufferPieces pieces =
                new BufferPieces(
                        new MemorySegment[] {
                            memory(100 * PIECE, 0),
                            memory(20 * PIECE + 5, PIECE),
                            memory(10 * PIECE, 2 * PIECE),
                        },
                        SHIFT);
        assertThat(pieces.count()).isEqualTo(4);
        assertThat(pieces.bytes()).isEqualTo(3 * PIECE);
        long[][] bounds = {
            {10 * PIECE, 11 * PIECE},
            {11 * PIECE, 12 * PIECE},
            {20 * PIECE + 5, 21 * PIECE},
            {21 * PIECE, 21 * PIECE + 5},
        };
        for (int piece = 0; piece < bounds.length; piece++) {
            long start = bounds[piece][0];
            long end = bounds[piece][1];
            assertThat(pieces.start(piece)).isEqualTo(start);
            assertThat(pieces.end(piece)).isEqualTo(end);
            assertThat(pieces.of(start, end - start)).isEqualTo(piece);
            assertThat(pieces.of(end - 1, 1)).isEqualTo(piece);
            assertThat(pieces.of(start, end - start + 1)).isEqualTo(BufferPieces.NONE);
            assertThat(pieces.of(start - 1, 2)).isEqualTo(BufferPieces.NONE);
        }
    }

    @Test
    void outsideThereIsNone() {
        BufferPieces pieces =
                new BufferPieces(
                        new MemorySegment[] {
                            memory(4 * PIECE, PIECE), memory(8 * PIECE, PIECE),
                        },
                        SHIFT);
        for (long address : new long[] {0, 3 * PIECE, 5 * PIECE, 7 * PIECE, 9 * PIECE}) {
            assertThat(pieces.of(address, 1)).isEqualTo(BufferPieces.NONE);
        }
        assertThat(new BufferPieces(new MemorySegment[0], SHIFT).of(0, 1))
                .isEqualTo(BufferPieces.NONE);
    }
}
