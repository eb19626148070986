package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Header in front of every value in the value log, little-endian; it lies at a multiple of 8 in its
 * file, and the value follows at once. Stateless.
 *
 * <pre>
 *  offset size field     rule
 *       0    4 crc32c    CRC32C over [4, 32 + length), xor the file's salt, xor low and high half of
 *                        the blob's offset: a copy elsewhere does not count
 *       4    4 length    bytes of the value, 0 to LENGTH_MAX
 *       8    8 stamp     the writer's: an LSN or sequence number
 *      16    8 keyHash   of the key whose value this is, for garbage collection
 *      24    1 type      1 blob; never 0, so a zeroed block never parses
 *      25    1 format    readers accept [1, FORMAT]
 *      26    6 reserved  written zero, checked zero
 * </pre>
 *
 * After the value zero bytes up to the next multiple of 8; then the next blob, or zero bytes up to
 * the next multiple of 4096: the end of what was written at once.
 */
public final class BlobHeader {
    public static final int BYTES = 32;
    public static final int FORMAT = 1;
    public static final int TYPE_BLOB = 1;

    /** Blobs lie at multiples of this. */
    public static final int ALIGNMENT = 8;

    /** The longest value one blob can hold: 64 MiB. */
    public static final int LENGTH_MAX = 64 << 20;

    /** Where the bytes under the checksum begin, from the blob's start. */
    public static final int SUMMED_FROM = 4;

    private static final int CRC = 0;
    private static final int LENGTH = 4;
    private static final int STAMP = 8;
    private static final int KEY_HASH = 16;
    private static final int TYPE = 24;
    private static final int FORMAT_AT = 25;
    private static final int RESERVED = 26;

    static {
        assert RESERVED + 6 == BYTES;
        assert LENGTH == SUMMED_FROM;
        assert BYTES % ALIGNMENT == 0;
    }

    private BlobHeader() {}

    /** Bytes a value of that length takes in a file: header, value, alignment. */
    public static long blobBytes(int length) {
        return (BYTES + (long) length + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Writes everything but the checksum. */
    public static void init(MemorySegment to, long at, int length, long stamp, long keyHash) {
        assert length >= 0 && length <= LENGTH_MAX;
        to.set(LE_INT, at + CRC, 0);
        to.set(LE_INT, at + LENGTH, length);
        to.set(LE_LONG, at + STAMP, stamp);
        to.set(LE_LONG, at + KEY_HASH, keyHash);
        to.set(ValueLayout.JAVA_BYTE, at + TYPE, (byte) TYPE_BLOB);
        to.set(ValueLayout.JAVA_BYTE, at + FORMAT_AT, (byte) FORMAT);
        to.set(LE_SHORT, at + RESERVED, (short) 0);
        to.set(LE_INT, at + RESERVED + 2, 0);
    }

    /** What the field holds when {@code sum} is the sum over [4, 32 + length). */
    public static int crcAt(int sum, int salt, long fileOffset) {
        return sum ^ salt ^ (int) fileOffset ^ (int) (fileOffset >>> 32);
    }

    public static void setCrc(MemorySegment to, long at, int crc) {
        to.set(LE_INT, at + CRC, crc);
    }

    public static int crc(MemorySegment from, long at) {
        return from.get(LE_INT, at + CRC);
    }

    public static int length(MemorySegment from, long at) {
        return from.get(LE_INT, at + LENGTH);
    }

    public static long stamp(MemorySegment from, long at) {
        return from.get(LE_LONG, at + STAMP);
    }

    public static long keyHash(MemorySegment from, long at) {
        return from.get(LE_LONG, at + KEY_HASH);
    }

    public static int type(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, at + TYPE));
    }

    public static int format(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, at + FORMAT_AT));
    }

    public static boolean reservedIsZero(MemorySegment from, long at) {
        return from.get(LE_SHORT, at + RESERVED) == 0 && from.get(LE_INT, at + RESERVED + 2) == 0;
    }
}
