package site.js0.jdb.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BytesTest {
    private static final long SEED = 20_261_121;

    @Test
    void orderIsUnsignedAndAPrefixComesFirst() {
        assertThat(order("", "a")).isNegative();
        assertThat(order("a", "a\0")).isNegative();
        assertThat(order("abcdefgh", "abcdefgh\0")).isNegative();
        assertThat(order("abcdefghi", "abcdefghj")).isNegative();
        assertThat(order("abcdefgz", "abcdefha")).isNegative();
        assertThat(order("\u007f", "\u00ff")).isNegative();
        assertThat(order("aaaaaaa\u007f", "aaaaaaa\u0080")).isNegative();
        assertThat(order("same bytes", "same bytes")).isZero();
        assertThat(order("", "")).isZero();
    }

    @Test
    void agreesWithAByteByByteModelAtEveryLengthAndAlignment() {
        final SplittableRandom random = new SplittableRandom(SEED);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(256);
            for (int round = 0; round < 200_000; round++) {
                final byte[] a = string(random, random.nextInt(40));
                final byte[] b = relative(random, a);
                final int aAt = random.nextInt(16);
                final int bAt = 100 + random.nextInt(16);
                MemorySegment.copy(MemorySegment.ofArray(a), 0, memory, aAt, a.length);
                MemorySegment.copy(MemorySegment.ofArray(b), 0, memory, bAt, b.length);
                final int expected = modelOrder(a, b);
                final int shorter = Math.min(a.length, b.length);
                final int common = modelPrefix(a, b);
                final String what = "seed " + SEED + " round " + round;
                assertThat(
                                Integer.signum(
                                        Bytes.compare(
                                                memory, aAt, a.length, memory, bAt, b.length)))
                        .as(what)
                        .isEqualTo(expected);
                assertThat(Integer.signum(Bytes.compare(a, 0, a.length, b, 0, b.length)))
                        .as(what)
                        .isEqualTo(expected);
                assertThat(Bytes.commonPrefix(memory, aAt, memory, bAt, shorter))
                        .as(what)
                        .isEqualTo(common);
                assertThat(Bytes.commonPrefix(a, 0, b, 0, shorter)).as(what).isEqualTo(common);
                assertThat(Bytes.equal(memory, aAt, a.length, memory, bAt, b.length))
                        .as(what)
                        .isEqualTo(expected == 0);
                assertThat(Bytes.startsWith(memory, aAt, a.length, memory, bAt, b.length))
                        .as(what)
                        .isEqualTo(common == b.length && b.length <= a.length);
                assertThat(Bytes.head(memory, aAt, a.length)).as(what).isEqualTo(modelHead(a));
            }
        }
    }

    @Test
    void neverReadsOutsideTheString() {
        try (Arena arena = Arena.ofConfined()) {
            for (int length = 0; length <= 24; length++) {
                final MemorySegment a = arena.allocate(length, 1).fill((byte) 7);
                final MemorySegment b = arena.allocate(length, 1).fill((byte) 7);
                assertThat(Bytes.compare(a, 0, length, b, 0, length)).isZero();
                assertThat(Bytes.commonPrefix(a, 0, b, 0, length)).isEqualTo(length);
                Bytes.head(a, 0, length);
            }
        }
    }

    @Test
    void aLengthBeyondTheMemoryIsRefused() {
        final MemorySegment memory = MemorySegment.ofArray(new byte[8]);
        assertThatThrownBy(() -> Bytes.compare(memory, 0, 9, memory, 0, 9))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static int order(String a, String b) {
        final byte[] x = a.getBytes(StandardCharsets.ISO_8859_1);
        final byte[] y = b.getBytes(StandardCharsets.ISO_8859_1);
        final int order =
                Bytes.compare(
                        MemorySegment.ofArray(x),
                        0,
                        x.length,
                        MemorySegment.ofArray(y),
                        0,
                        y.length);
        assertThat(
                        Integer.signum(
                                Bytes.compare(
                                        MemorySegment.ofArray(y),
                                        0,
                                        y.length,
                                        MemorySegment.ofArray(x),
                                        0,
                                        x.length)))
                .isEqualTo(-Integer.signum(order));
        assertThat(Integer.signum(Bytes.compare(x, y))).isEqualTo(Integer.signum(order));
        return order;
    }

    private static byte[] string(SplittableRandom random, int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            // Few different bytes, both signs: equal stretches and sign mistakes are both likely.
            bytes[i] = (byte) (random.nextInt(3) * 0x7F);
        }
        return bytes;
    }

    /** A string that often shares a long prefix with {@code a}. */
    private static byte[] relative(SplittableRandom random, byte[] a) {
        final byte[] b = string(random, random.nextInt(40));
        System.arraycopy(a, 0, b, 0, random.nextInt(Math.min(a.length, b.length) + 1));
        return random.nextInt(8) == 0 ? a.clone() : b;
    }

    private static int modelOrder(byte[] a, byte[] b) {
        for (int i = 0; i < a.length && i < b.length; i++) {
            final int x = a[i] & 0xFF;
            final int y = b[i] & 0xFF;
            if (x != y) {
                return x < y ? -1 : 1;
            }
        }
        return Integer.compare(a.length, b.length);
    }

    private static int modelPrefix(byte[] a, byte[] b) {
        int i = 0;
        while (i < a.length && i < b.length && a[i] == b[i]) {
            i++;
        }
        return i;
    }

    private static long modelHead(byte[] a) {
        long head = 0;
        for (int i = 0; i < 8; i++) {
            head = head << 8 | (i < a.length ? a[i] & 0xFF : 0);
        }
        return head;
    }
}
