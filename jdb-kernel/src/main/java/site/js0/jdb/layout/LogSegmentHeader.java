package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * First block (4 KiB) of every log segment file {@code wal-<16 hex digits of segmentSeq>},
 * little-endian. Stateless.
 *
 * <pre>
 *  offset size field         rule
 *       0    8 magic         "JDBWALSG"
 *       8    4 crc32c        over [12, 4096)
 *      12    2 format        readers accept [1, FORMAT]
 *      14    2 reserved      written zero, checked zero
 *      16   16 dbId          the database's identity, as two u64
 *      32    4 shard         whose log this is
 *      36    4 epoch         greater than 0; grows by one each time the log is opened for writing
 *      40    8 segmentSeq    greater than 0; equals the number in the file's name, else the file is
 *                            a recycled one that was not begun yet
 *      48    8 firstLsn      of the segment's first record; greater than 0
 *      56    8 durableLsn    what was durable when the segment was begun; less than firstLsn
 *      64    8 segmentBytes  size of the file, a multiple of 4096
 *      72    8 joinLsn       in the first segment of an epoch: the LSN at which the log of the epochs
 *                            before it ends, all below being durable; at most firstLsn, for LSNs may
 *                            be left out there. In other segments 0
 *      80 4016 reserved      written zero (the checksum covers it)
 * </pre>
 */
public final class LogSegmentHeader {
    public static final int BYTES = 4096;
    public static final int FORMAT = 1;

    /** "JDBWALSG" read as a little-endian u64. */
    public static final long MAGIC = 0x4753_4C41_5742_444AL;

    private static final int MAGIC_AT = 0;
    private static final int CRC = 8;
    private static final int FORMAT_AT = 12;
    private static final int RESERVED = 14;
    private static final int DB_ID = 16;
    private static final int SHARD = 32;
    private static final int EPOCH = 36;
    private static final int SEGMENT_SEQ = 40;
    private static final int FIRST_LSN = 48;
    private static final int DURABLE_LSN = 56;
    private static final int SEGMENT_BYTES = 64;
    private static final int JOIN_LSN = 72;
    private static final int USED = 80;

    static {
        assert JOIN_LSN + Long.BYTES == USED;
        assert USED <= BYTES;
    }

    private LogSegmentHeader() {}

    /** Fills the whole block at {@code at} but for the checksum: {@link #seal} it then. */
    public static void init(
            MemorySegment to,
            long at,
            long dbIdHigh,
            long dbIdLow,
            int shard,
            int epoch,
            long segmentSeq,
            long firstLsn,
            long durableLsn,
            long joinLsn,
            long segmentBytes) {
        assert epoch > 0 && segmentSeq > 0 && firstLsn > 0;
        assert joinLsn >= 0 && joinLsn <= firstLsn;
        assert durableLsn >= 0 && durableLsn < firstLsn;
        assert segmentBytes > BYTES && segmentBytes % BYTES == 0;
        to.asSlice(at, BYTES).fill((byte) 0);
        to.set(LE_LONG, at + MAGIC_AT, MAGIC);
        to.set(LE_SHORT, at + FORMAT_AT, (short) FORMAT);
        to.set(LE_LONG, at + DB_ID, dbIdHigh);
        to.set(LE_LONG, at + DB_ID + Long.BYTES, dbIdLow);
        to.set(LE_INT, at + SHARD, shard);
        to.set(LE_INT, at + EPOCH, epoch);
        to.set(LE_LONG, at + SEGMENT_SEQ, segmentSeq);
        to.set(LE_LONG, at + FIRST_LSN, firstLsn);
        to.set(LE_LONG, at + DURABLE_LSN, durableLsn);
        to.set(LE_LONG, at + SEGMENT_BYTES, segmentBytes);
        to.set(LE_LONG, at + JOIN_LSN, joinLsn);
    }

    /** Writer's half: stores the checksum. {@code sum} is bound to {@code header}. */
    public static void seal(MemorySegment header, int at, Checksum sum) {
        header.set(LE_INT, at + CRC, sum.of(at + FORMAT_AT, BYTES - FORMAT_AT));
    }

    /** Reader's half: true when magic and checksum hold. Says nothing about whose header it is. */
    public static boolean intact(MemorySegment header, int at, Checksum sum) {
        return header.get(LE_LONG, at + MAGIC_AT) == MAGIC
                && header.get(LE_INT, at + CRC) == sum.of(at + FORMAT_AT, BYTES - FORMAT_AT);
    }

    /**
     * True when the numbers of an intact header of a known format are ones a writer can have
     * written.
     */
    public static boolean plausible(MemorySegment header, long at) {
        return header.get(LE_SHORT, at + RESERVED) == 0
                && epoch(header, at) > 0
                && segmentSeq(header, at) > 0
                && firstLsn(header, at) > 0
                && durableLsn(header, at) >= 0
                && durableLsn(header, at) < firstLsn(header, at)
                && joinLsn(header, at) >= 0
                && joinLsn(header, at) <= firstLsn(header, at)
                && segmentBytes(header, at) > BYTES
                && segmentBytes(header, at) % BYTES == 0;
    }

    /**
     * What record checksums in this segment are mixed with, so that a record only counts at its own
     * place: CRC32C over dbId (16 bytes), shard (4), zero (4) and segmentSeq (8). Known without the
     * header, for the segment's name tells its number. Cold: once per segment.
     */
    public static int salt(long dbIdHigh, long dbIdLow, int shard, long segmentSeq) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parts = arena.allocate(32);
            parts.set(LE_LONG, 0, dbIdHigh);
            parts.set(LE_LONG, 8, dbIdLow);
            parts.set(LE_INT, 16, shard);
            parts.set(LE_LONG, 24, segmentSeq);
            return Checksum.crc32c(parts, 0, 32);
        }
    }

    public static int format(MemorySegment header, long at) {
        return Short.toUnsignedInt(header.get(LE_SHORT, at + FORMAT_AT));
    }

    public static long dbIdHigh(MemorySegment header, long at) {
        return header.get(LE_LONG, at + DB_ID);
    }

    public static long dbIdLow(MemorySegment header, long at) {
        return header.get(LE_LONG, at + DB_ID + Long.BYTES);
    }

    public static int shard(MemorySegment header, long at) {
        return header.get(LE_INT, at + SHARD);
    }

    public static int epoch(MemorySegment header, long at) {
        return header.get(LE_INT, at + EPOCH);
    }

    public static long segmentSeq(MemorySegment header, long at) {
        return header.get(LE_LONG, at + SEGMENT_SEQ);
    }

    public static long firstLsn(MemorySegment header, long at) {
        return header.get(LE_LONG, at + FIRST_LSN);
    }

    public static long durableLsn(MemorySegment header, long at) {
        return header.get(LE_LONG, at + DURABLE_LSN);
    }

    public static long segmentBytes(MemorySegment header, long at) {
        return header.get(LE_LONG, at + SEGMENT_BYTES);
    }

    public static long joinLsn(MemorySegment header, long at) {
        return header.get(LE_LONG, at + JOIN_LSN);
    }
}
