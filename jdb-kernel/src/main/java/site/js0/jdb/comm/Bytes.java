package site.js0.jdb.comm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Order and equality of byte strings: unsigned, lexicographic, a prefix before what it is a prefix
 * of. The one home of that order; the tree, the memtable and the scans must agree on it. Stateless;
 * any thread; allocates nothing.
 *
 * <p>A string is (segment, offset, length) or (array, offset, length). Lengths are not negative;
 * bounds are checked by the segment or array. Works eight bytes at a time; the rest below eight is
 * read as a word that overlaps what was found equal already, so that no byte outside the string is
 * ever read.
 */
public final class Bytes {
    private static final ValueLayout.OfLong LE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Bytes() {}

    /** Below 0, 0 or above 0 as {@code a} sorts before, equals or sorts after {@code b}. */
    public static int compare(
            MemorySegment a,
            long aOffset,
            int aLength,
            MemorySegment b,
            long bOffset,
            int bLength) {
        final int shorter = Math.min(aLength, bLength);
        int i = 0;
        for (; i <= shorter - Long.BYTES; i += Long.BYTES) {
            final long x = a.get(LE_LONG, aOffset + i);
            final long y = b.get(LE_LONG, bOffset + i);
            if (x != y) {
                return Long.compareUnsigned(Long.reverseBytes(x), Long.reverseBytes(y));
            }
        }
        if (i < shorter) {
            final int order = compareRest(a, aOffset, b, bOffset, shorter);
            if (order != 0) {
                return order;
            }
        }
        return aLength - bLength;
    }

    /**
     * The last {@code shorter % 8} of {@code shorter} bytes; what is before them is known to be
     * equal.
     */
    private static int compareRest(
            MemorySegment a, long aOffset, MemorySegment b, long bOffset, int shorter) {
        if (shorter >= Long.BYTES) {
            final long rest = shorter - Long.BYTES;
            return Long.compareUnsigned(
                    a.get(BE_LONG, aOffset + rest), b.get(BE_LONG, bOffset + rest));
        }
        return Long.compareUnsigned(shortHead(a, aOffset, shorter), shortHead(b, bOffset, shorter));
    }

    /** Below 0, 0 or above 0 as {@code a} sorts before, equals or sorts after {@code b}. */
    public static int compare(
            byte[] a, int aOffset, int aLength, byte[] b, int bOffset, int bLength) {
        return Arrays.compareUnsigned(a, aOffset, aOffset + aLength, b, bOffset, bOffset + bLength);
    }

    /** Below 0, 0 or above 0 as {@code a} sorts before, equals or sorts after {@code b}. */
    public static int compare(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, b);
    }

    /** True when both have the same length and bytes. */
    public static boolean equal(
            MemorySegment a,
            long aOffset,
            int aLength,
            MemorySegment b,
            long bOffset,
            int bLength) {
        return aLength == bLength && commonPrefix(a, aOffset, b, bOffset, aLength) == aLength;
    }

    /**
     * True when {@code a} begins with all of {@code prefix}; every string begins with the empty
     * one.
     */
    public static boolean startsWith(
            MemorySegment a,
            long aOffset,
            int aLength,
            MemorySegment prefix,
            long prefixOffset,
            int prefixLength) {
        return aLength >= prefixLength
                && commonPrefix(a, aOffset, prefix, prefixOffset, prefixLength) == prefixLength;
    }

    /**
     * How many of the first {@code length} bytes of both are equal up to the first that differs;
     * 0..length.
     */
    public static int commonPrefix(
            MemorySegment a, long aOffset, MemorySegment b, long bOffset, int length) {
        int i = 0;
        for (; i <= length - Long.BYTES; i += Long.BYTES) {
            final long differing = a.get(LE_LONG, aOffset + i) ^ b.get(LE_LONG, bOffset + i);
            if (differing != 0) {
                return i + (Long.numberOfTrailingZeros(differing) >>> 3);
            }
        }
        if (i == length) {
            return length;
        }
        if (length >= Long.BYTES) {
            i = length - Long.BYTES;
            final long differing = a.get(LE_LONG, aOffset + i) ^ b.get(LE_LONG, bOffset + i);
            return differing == 0 ? length : i + (Long.numberOfTrailingZeros(differing) >>> 3);
        }
        final long differing = shortHead(a, aOffset, length) ^ shortHead(b, bOffset, length);
        return differing == 0 ? length : Long.numberOfLeadingZeros(differing) >>> 3;
    }

    /**
     * How many of the first {@code length} bytes of both are equal up to the first that differs;
     * 0..length.
     */
    public static int commonPrefix(byte[] a, int aOffset, byte[] b, int bOffset, int length) {
        final int at = Arrays.mismatch(a, aOffset, aOffset + length, b, bOffset, bOffset + length);
        return at < 0 ? length : at;
    }

    /**
     * The first eight bytes as a big-endian number, filled up with zeros. For two strings {@code a
     * < b} implies {@code head(a) <= head(b)} unsigned: different heads decide the order, equal
     * ones do not.
     */
    public static long head(MemorySegment a, long offset, int length) {
        return length >= Long.BYTES ? a.get(BE_LONG, offset) : shortHead(a, offset, length);
    }

    /** {@link #head} of fewer than eight bytes. */
    private static long shortHead(MemorySegment a, long offset, int length) {
        assert length >= 0 && length < Long.BYTES;
        if (length >= Integer.BYTES) {
            final long first = Integer.toUnsignedLong(a.get(BE_INT, offset));
            final long last =
                    Integer.toUnsignedLong(a.get(BE_INT, offset + length - Integer.BYTES));
            // The two words overlap by 8 - length bytes: both say the same there.
            return first << Integer.SIZE | last << (Long.BYTES - length) * Byte.SIZE;
        }
        long head = 0;
        for (int i = 0; i < length; i++) {
            head |=
                    (a.get(ValueLayout.JAVA_BYTE, offset + i) & 0xFFL)
                            << (Long.SIZE - Byte.SIZE - i * Byte.SIZE);
        }
        return head;
    }
}
