package site.js0.jdb.comm;

import com.dynatrace.hash4j.hashing.ByteAccess;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The one hash of the system: XXH3, 64 bits, seed 0. What it says decides where keys live on disk
 * (see {@link Routing}), so it never changes: {@code docs/format/hash.md}. Any thread; allocates
 * nothing.
 */
public final class Hash {
    private static final Hasher64 XXH3 = Hashing.xxh3_64();

    private Hash() {}

    /** Of {@code length} bytes of the segment from {@code offset} on. */
    public static long of(MemorySegment bytes, long offset, long length) {
        return XXH3.hashBytesToLong(bytes, offset, length, SegmentBytes.INSTANCE);
    }

    /** Of {@code length} bytes of the array from {@code offset} on. */
    public static long of(byte[] bytes, int offset, int length) {
        return XXH3.hashBytesToLong(bytes, offset, length);
    }

    /** Of all bytes of the array. */
    public static long of(byte[] bytes) {
        return XXH3.hashBytesToLong(bytes);
    }

    /** How the hash reads a segment: little-endian, at any address. */
    private static final class SegmentBytes implements ByteAccess<MemorySegment> {
        static final SegmentBytes INSTANCE = new SegmentBytes();

        private static final ValueLayout.OfInt INT =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfLong LONG =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        @Override
        public byte getByte(MemorySegment bytes, long at) {
            return bytes.get(ValueLayout.JAVA_BYTE, at);
        }

        @Override
        public int getInt(MemorySegment bytes, long at) {
            return bytes.get(INT, at);
        }

        @Override
        public long getLong(MemorySegment bytes, long at) {
            return bytes.get(LONG, at);
        }

        @Override
        public void copyToByteArray(MemorySegment bytes, long at, byte[] to, int toAt, int length) {
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, to, toAt, length);
        }
    }
}
