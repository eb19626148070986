package site.js0.jdb.comm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is on disk depends on these values: docs/format/hash.md. They are those of the reference
 * xxhsum.
 */
class HashTest {
    @ParameterizedTest
    @CsvSource({
        "0, 2d06800538d394c2", "1, e12ef9d2eb86ceeb", "3, 5c83885a0fb5d516", "4, 244f36de481e7522",
        "8, 96cc97a6768fd7a9", "9, 4781d83b8e99d495", "16, 913bd4a8038027a7",
                "17, 2bf6f66973a6179d",
        "32, 5d503b89ae6f56c6", "128, c4399c7829d0628f", "129, 8433489056750b32",
                "240, 3c0bb96864e543a1",
        "241, bff7215089202d8f", "1028, f72d967b4475dac6"
    })
    void isXxh3OfArraysAndSegmentsAlike(int length, String hash) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7 + 1);
        }
        final byte[] within = new byte[length + 5];
        System.arraycopy(bytes, 0, within, 3, length);
        final long expected = Long.parseUnsignedLong(hash, 16);
        assertThat(Hash.of(bytes)).isEqualTo(expected);
        assertThat(Hash.of(within, 3, length)).isEqualTo(expected);
        assertThat(Hash.of(MemorySegment.ofArray(within), 3, length)).isEqualTo(expected);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment outside = arena.allocate(length + 5);
            MemorySegment.copy(within, 0, outside, ValueLayout.JAVA_BYTE, 0, length + 5);
            assertThat(Hash.of(outside, 3, length)).isEqualTo(expected);
        }
    }
}
