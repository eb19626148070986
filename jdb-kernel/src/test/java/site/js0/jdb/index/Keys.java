package site.js0.jdb.index;

import java.util.Arrays;
import java.util.SplittableRandom;
import site.js0.jdb.layout.TreeLimits;

/** Keys of one shape, so that runs meet each other's: long and short, alike and not. */
final class Keys {
    private final SplittableRandom random;
    private final int shape;
    private final int space;
    private final byte[] base = new byte[TreeLimits.KEY_BYTES_MAX];

    /**
     * Keys.
     *
     * @param space how many different ones, about
     */
    Keys(SplittableRandom random, int space) {
        this.random = random;
        this.space = space;
        this.shape = random.nextInt(7);
        random.nextBytes(base);
    }

    byte[] next() {
        return at(random.nextInt(space));
    }

    /** Always the same key for the same number. */
    byte[] at(int number) {
        SplittableRandom r = new SplittableRandom(number * 31L + shape);
        return switch (shape) {
            case 0 -> tail(4, 8, number); // a table id, dense numbers
            case 1 -> random(r, TreeLimits.KEY_BYTES_MIN, 20); // arbitrary, short
            case 2 -> random(r, TreeLimits.KEY_BYTES_MIN, TreeLimits.KEY_BYTES_MAX);
            case 3 -> tail(900, 12, number); // long common prefix
            case 4 -> groups(r, number); // many prefixes, deep sharing in each
            case 5 -> zeros(r, number); // differ in zero bytes and length only
            default -> tail(r.nextInt(5, 1000), r.nextInt(0, 20), number);
        };
    }

    private byte[] random(SplittableRandom r, int min, int max) {
        byte[] key = new byte[r.nextInt(min, max + 1)];
        r.nextBytes(key);
        return key;
    }

    private byte[] tail(int shared, int more, int number) {
        byte[] key = new byte[Math.max(TreeLimits.KEY_BYTES_MIN, shared + more)];
        System.arraycopy(base, 0, key, 0, shared);
        for (int i = 0; i < 4 && shared + i < key.length; i++) {
            key[shared + i] = (byte) (number >>> 24 - 8 * i);
        }
        return key;
    }

    private byte[] groups(SplittableRandom r, int number) {
        byte[] key = new byte[130];
        SplittableRandom group = new SplittableRandom(number / 20);
        group.nextBytes(key);
        key[127] = (byte) (number % 20);
        return r.nextBoolean() ? key : Arrays.copyOf(key, 128);
    }

    private byte[] zeros(SplittableRandom r, int number) {
        byte[] key = new byte[5 + number % 60];
        key[r.nextInt(5)] = (byte) (number / 60);
        return key;
    }
}
