package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Header in front of every log record, little-endian; a record lies at a multiple of 8 in its
 * segment, and its payload follows at once. Stateless.
 *
 * <pre>
 *  offset size field         rule
 *       0    4 crc32c        CRC32C over [4, 32 + payloadBytes), xor the segment's salt, xor the
 *                            record's offset in the file: a copy elsewhere does not count
 *       4    4 payloadBytes  at most what fits into the segment; 0 is legal
 *       8    8 lsn           each record's is its predecessor's plus one; never 0, so a zeroed
 *                            block never parses
 *      16    8 durableLsn    what was durable when the record was written; less than lsn
 *      24    4 epoch         equals the epoch in the segment's header, else left from an earlier use
 *      28    1 kind          {@link LogRecordKind}
 *      29    1 format        readers accept [1, FORMAT]
 *      30    2 reserved      written zero, checked zero
 * </pre>
 *
 * After the payload up to 7 unused bytes; then the next record, or unused bytes up to the next
 * multiple of 4096 or the end of the segment.
 */
public final class LogRecordHeader {
    public static final int BYTES = 32;
    public static final int FORMAT = 1;

    /** Records lie at multiples of this. */
    public static final int ALIGNMENT = 8;

    private static final int CRC = 0;
    private static final int PAYLOAD_BYTES = 4;
    private static final int LSN = 8;
    private static final int DURABLE_LSN = 16;
    private static final int EPOCH = 24;
    private static final int KIND = 28;
    private static final int FORMAT_AT = 29;
    private static final int RESERVED = 30;

    static {
        assert RESERVED + Short.BYTES == BYTES;
        assert BYTES % ALIGNMENT == 0;
        assert LogSegmentHeader.BYTES % ALIGNMENT == 0;
    }

    private LogRecordHeader() {}

    /** Bytes a record with that payload takes in the file, alignment included. */
    public static long recordBytes(int payloadBytes) {
        return (BYTES + (long) payloadBytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Writes everything but the checksum. */
    public static void init(
            MemorySegment to,
            long at,
            int payloadBytes,
            long lsn,
            long durableLsn,
            int epoch,
            int kind) {
        assert payloadBytes >= 0 && lsn > 0 && durableLsn < lsn && epoch > 0;
        to.set(LE_INT, at + PAYLOAD_BYTES, payloadBytes);
        to.set(LE_LONG, at + LSN, lsn);
        to.set(LE_LONG, at + DURABLE_LSN, durableLsn);
        to.set(LE_INT, at + EPOCH, epoch);
        to.set(ValueLayout.JAVA_BYTE, at + KIND, (byte) kind);
        to.set(ValueLayout.JAVA_BYTE, at + FORMAT_AT, (byte) FORMAT);
        to.set(LE_SHORT, at + RESERVED, (short) 0);
    }

    /** Where the bytes under the checksum begin, from the record's start. */
    public static final int SUMMED_FROM = PAYLOAD_BYTES;

    /**
     * Stores the checksum: {@code sum} over [4, 32 + payloadBytes), mixed with the record's place.
     */
    public static void setCrc(MemorySegment to, long at, int sum, int salt, long fileOffset) {
        to.set(LE_INT, at + CRC, mixed(sum, salt, fileOffset));
    }

    private static int mixed(int sum, int salt, long fileOffset) {
        return sum ^ salt ^ (int) fileOffset;
    }

    /**
     * True when an intact record of this segment lies at {@code at} of {@code segment}, which ends
     * at {@code end}; {@code sum} is bound to it. Allocates nothing, never throws: disks lie. Says
     * nothing about LSN and epoch but that they are possible.
     */
    public static boolean intact(MemorySegment segment, int at, int end, Checksum sum, int salt) {
        return plausible(segment, at, end)
                && segment.get(LE_INT, at + CRC)
                        == mixed(
                                sum.of(
                                        at + SUMMED_FROM,
                                        BYTES - SUMMED_FROM + payloadBytes(segment, at)),
                                salt,
                                at);
    }

    /** The rules that cost nothing to check; the checksum is not among them. */
    public static boolean plausible(MemorySegment segment, int at, int end) {
        if (end - at < BYTES) {
            return false;
        }
        int payload = payloadBytes(segment, at);
        long lsn = lsn(segment, at);
        long durable = durableLsn(segment, at);
        return payload >= 0
                && payload <= end - at - BYTES
                && lsn > 0
                && durable >= 0
                && durable < lsn
                && epoch(segment, at) > 0
                && kind(segment, at) != 0
                && format(segment, at) != 0
                && segment.get(LE_SHORT, at + RESERVED) == 0;
    }

    public static int payloadBytes(MemorySegment segment, long at) {
        return segment.get(LE_INT, at + PAYLOAD_BYTES);
    }

    public static long lsn(MemorySegment segment, long at) {
        return segment.get(LE_LONG, at + LSN);
    }

    public static long durableLsn(MemorySegment segment, long at) {
        return segment.get(LE_LONG, at + DURABLE_LSN);
    }

    public static int epoch(MemorySegment segment, long at) {
        return segment.get(LE_INT, at + EPOCH);
    }

    public static int kind(MemorySegment segment, long at) {
        return Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, at + KIND));
    }

    public static int format(MemorySegment segment, long at) {
        return Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, at + FORMAT_AT));
    }
}
