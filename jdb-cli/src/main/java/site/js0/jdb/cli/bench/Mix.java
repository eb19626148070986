package site.js0.jdb.cli.bench;

/** Cheap mixing of numbers (the finaliser of SplitMix64, and xorshift). Stateless. */
final class Mix {
    private Mix() {}

    /** A bijection of 64 bits without visible order. */
    static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** The next of a sequence; never called with 0. */
    static long xorshift(long x) {
        x ^= x << 13;
        x ^= x >>> 7;
        return x ^ x << 17;
    }

    /** {@code random} as a number in [0, n), {@code n > 0}, near enough evenly. */
    static long below(long random, long n) {
        return Math.unsignedMultiplyHigh(random, n);
    }
}
