package site.js0.jdb.cli.bench;

/**
 * A pseudo-random bijection of the numbers of so many bits, or of [0, n). Immutable; allocates
 * nothing.
 */
final class Permutation {
    private static final int ROUNDS = 4;

    private final int halfBits;
    private final int bits;
    private final long seed;

    Permutation(int bits, long seed) {
        assert bits >= 1 && bits < Long.SIZE;
        this.bits = bits;
        this.halfBits = (bits + 1) / 2;
        this.seed = Mix.mix(seed ^ 0x9E3779B97F4A7C15L);
    }

    /** A bijection of [0, n). */
    static Permutation below(long n, long seed) {
        return new Permutation(Math.max(1, Long.SIZE - Long.numberOfLeadingZeros(n - 1)), seed);
    }

    /** The image of {@code x}, a number of {@code bits} bits. */
    long apply(long x) {
        assert x >= 0 && x >>> bits == 0;
        do {
            x = feistel(x);
        } while (x >>> bits
                != 0); // an odd number of bits is one short of two halves: walk on until inside
        return x;
    }

    /** The image of {@code x} when n is not a power of two: walk on until inside. */
    long applyBelow(long x, long n) {
        do {
            x = apply(x);
        } while (x >= n);
        return x;
    }

    private long feistel(long x) {
        long mask = (1L << halfBits) - 1;
        long left = x >>> halfBits;
        long right = x & mask;
        for (int i = 0; i < ROUNDS; i++) {
            long next = left ^ Mix.mix(right + seed + i) & mask;
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }
}
