package site.js0.jdb.cli.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The keys of a benchmark: a number becomes a key, different numbers different keys. Immutable;
 * allocates nothing.
 *
 * <p>Dense keys are the numbers themselves, big-endian, filled up with {@code '0'}: order of
 * numbers is order of keys. Random keys are the numbers put through a bijection, so that their
 * bytes look random all over.
 */
final class KeySpace {
    private static final VarHandle BE_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final boolean dense;
    private final int keyBytes;
    private final long seed;
    private final Permutation shortKeys; // for random keys below 8 bytes

    KeySpace(boolean dense, int keyBytes, long seed) {
        this.dense = dense;
        this.keyBytes = keyBytes;
        this.seed = Mix.mix(seed);
        this.shortKeys = new Permutation(Math.min(keyBytes, 7) * Byte.SIZE, seed);
    }

    int keyBytes() {
        return keyBytes;
    }

    boolean isDense() {
        return dense;
    }

    /** Writes key {@code number} to {@code key}, all of it. */
    void write(long number, byte[] key) {
        if (keyBytes < Long.BYTES) {
            long rest = dense ? number : shortKeys.apply(number);
            for (int i = keyBytes - 1; i >= 0; i--) {
                key[i] = (byte) rest;
                rest >>>= Byte.SIZE;
            }
            return;
        }
        if (dense) {
            BE_LONG.set(key, 0, number);
            for (int i = Long.BYTES; i < keyBytes; i++) {
                key[i] = '0';
            }
            return;
        }
        long word = Mix.mix(number + seed); // a bijection of 64 bits
        int i = 0;
        for (; i <= keyBytes - Long.BYTES; i += Long.BYTES) {
            BE_LONG.set(key, i, word);
            word = Mix.mix(word);
        }
        for (; i < keyBytes; i++) {
            key[i] = (byte) word;
            word >>>= Byte.SIZE;
        }
    }

    /**
     * Writes a key that is none of the first {@code n}, but lies among them where the form allows
     * it.
     */
    void writeMissing(long number, long n, byte[] key) {
        if (dense && keyBytes > Long.BYTES) {
            write(number % n, key);
            key[keyBytes - 1] = '.';
        } else {
            write(n + number % n, key);
        }
    }
}
