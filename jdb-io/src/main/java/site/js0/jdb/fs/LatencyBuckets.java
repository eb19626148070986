package site.js0.jdb.fs;

/**
 * Which bucket of a latency histogram a duration falls into: log-linear, {@value #PER_OCTAVE}
 * buckets for each doubling, so that a bucket is at most an eighth wide of where it begins.
 *
 * <pre>
 *  bucket  0 ..  15   1 ns each: [bucket, bucket + 1)
 *  bucket 16 ..       8 for each octave [2^k, 2^(k+1)), k = 4, 5, ...
 *  the last one       everything from about 60 s on
 * </pre>
 */
final class LatencyBuckets {
    private static final int SUB_BITS = 3;
    static final int PER_OCTAVE = 1 << SUB_BITS;

    /** 2^36 ns is 69 s. */
    private static final int OCTAVE_MAX = 35;

    static final int COUNT = indexOf((1L << OCTAVE_MAX + 1) - 1) + 1;

    private LatencyBuckets() {}

    /**
     * The bucket of {@code nanos}; what lies outside of the range falls into the first or the last.
     */
    static int of(long nanos) {
        return nanos <= 0 ? 0 : Math.min(indexOf(nanos), COUNT - 1);
    }

    private static int indexOf(long nanos) {
        int octave = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
        if (octave <= SUB_BITS) {
            return (int) nanos;
        }
        int sub = (int) (nanos >>> (octave - SUB_BITS)) & (PER_OCTAVE - 1);
        return (octave - SUB_BITS + 1) * PER_OCTAVE + sub;
    }

    /** The smallest duration of {@code bucket}. */
    static long lowNanos(int bucket) {
        if (bucket < 2 * PER_OCTAVE) {
            return bucket;
        }
        int octave = bucket / PER_OCTAVE - 1 + SUB_BITS;
        return (long) (PER_OCTAVE + bucket % PER_OCTAVE) << (octave - SUB_BITS);
    }

    /**
     * The largest duration of {@code bucket}; for the last one too, although more falls into it.
     */
    static long highNanos(int bucket) {
        return lowNanos(bucket + 1) - 1;
    }
}
