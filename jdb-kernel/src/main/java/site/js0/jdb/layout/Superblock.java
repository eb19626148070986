package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;
import static site.js0.jdb.layout.PageHeader.LE_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The root of everything a VNode has on disk: one checkpoint, in four copies, one per 4 KiB block
 * of the file {@code super}. Little-endian. A new checkpoint overwrites copies 0 and 1, syncs, then
 * 2 and 3, syncs; so at every moment two copies name a checkpoint that is whole.
 *
 * <pre>
 *  offset size field         rule
 *       0    4 crc32c        over [4, 4096)
 *       4    8 magic         "JDBSUPER"
 *      12    2 format        readers accept [1, FORMAT]
 *      14    1 copy          0..3, the block it lies in
 *      15    1 flags         bit 0: closed cleanly, then cleanLsn is the last LSN of the log
 *      16   16 dbId          identity of the database, in the order a UUID is printed
 *      32    4 vnode         the VNode it belongs to
 *      36    1 rootLevel     height of the root above the leaves; 0 for a leaf and for no root
 *      37    3 reserved      written zero, checked zero
 *      40    8 seq           number of the checkpoint; from 1, each one more than the last
 *      48    8 rootPageNo    0 = the tree is empty
 *      56    4 rootCrc       checksum in the root page's header; 0 for no root
 *      60    4 metaCrc       checksum in the first meta page's header; 0 for no meta pages
 *      64    8 metaPageNo    first page of the meta chain; 0 = none (no page lives, no extra bytes)
 *      72    4 metaPages     pages in the meta chain
 *      76    4 logId         which log replay starts in
 *      80    8 logEpoch      epoch of that log
 *      88    8 replayLsn     the oldest record that is not in the tree
 *      96    8 filePages     pages the bitmap of the meta chain speaks of; the file has at least as many
 *     104    8 livePages     pages the tree reaches
 *     112    8 entryCount    entries of the tree
 *     120    8 lastCommit    timestamp of the last commit in the tree, u64
 *     128    8 timeBound     no timestamp above this was ever given out, u64
 *     136    8 cleanLsn      last LSN of the log when closed cleanly, else 0
 *     144 3952 reserved      written zero, checked zero
 * </pre>
 *
 * <p>Magic, format and the rule of the checksum keep their places in all formats to come, so that
 * an old reader can say "newer" instead of "damaged".
 */
public record Superblock(
        UUID dbId,
        int vnode,
        long seq,
        long rootPageNo,
        int rootCrc,
        int rootLevel,
        long metaPageNo,
        int metaCrc,
        int metaPages,
        int logId,
        long logEpoch,
        long replayLsn,
        long filePages,
        long livePages,
        long entryCount,
        long lastCommit,
        long timeBound,
        boolean closedCleanly,
        long cleanLsn) {
    /** Bytes of one copy: a device block. */
    public static final int BYTES = 4096;

    /** How many copies there are. */
    public static final int COPIES = 4;

    /** The format this program writes, and the newest it reads. */
    public static final int FORMAT = 1;

    /** "JDBSUPER" as a little-endian u64. */
    public static final long MAGIC = 0x52455055_5342444AL;

    private static final int CRC = 0;
    private static final int MAGIC_AT = 4;
    private static final int FORMAT_AT = 12;
    private static final int COPY = 14;
    private static final int FLAGS = 15;
    private static final int DB_ID = 16;
    private static final int VNODE = 32;
    private static final int ROOT_LEVEL = 36;
    private static final int RESERVED = 37;
    private static final int SEQ = 40;
    private static final int ROOT_PAGE_NO = 48;
    private static final int ROOT_CRC = 56;
    private static final int META_CRC = 60;
    private static final int META_PAGE_NO = 64;
    private static final int META_PAGES = 72;
    private static final int LOG_ID = 76;
    private static final int LOG_EPOCH = 80;
    private static final int REPLAY_LSN = 88;
    private static final int FILE_PAGES = 96;
    private static final int LIVE_PAGES = 104;
    private static final int ENTRY_COUNT = 112;
    private static final int LAST_COMMIT = 120;
    private static final int TIME_BOUND = 128;
    private static final int CLEAN_LSN = 136;
    private static final int USED = 144;

    private static final int FLAG_CLEAN = 1;

    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);

    static {
        assert CLEAN_LSN + Long.BYTES == USED;
        assert USED <= BYTES;
    }

    /** Writes this as copy {@code copy} to {@code to[at, at + BYTES)}, checksum last. */
    public void write(MemorySegment to, long at, int copy) {
        assert copy >= 0 && copy < COPIES;
        assert seq > 0;
        to.asSlice(at, BYTES).fill((byte) 0);
        to.set(LE_LONG, at + MAGIC_AT, MAGIC);
        to.set(LE_SHORT, at + FORMAT_AT, (short) FORMAT);
        to.set(ValueLayout.JAVA_BYTE, at + COPY, (byte) copy);
        to.set(ValueLayout.JAVA_BYTE, at + FLAGS, (byte) (closedCleanly ? FLAG_CLEAN : 0));
        to.set(BE_LONG, at + DB_ID, dbId.getMostSignificantBits());
        to.set(BE_LONG, at + DB_ID + Long.BYTES, dbId.getLeastSignificantBits());
        to.set(LE_INT, at + VNODE, vnode);
        to.set(ValueLayout.JAVA_BYTE, at + ROOT_LEVEL, (byte) rootLevel);
        to.set(LE_LONG, at + SEQ, seq);
        to.set(LE_LONG, at + ROOT_PAGE_NO, rootPageNo);
        to.set(LE_INT, at + ROOT_CRC, rootCrc);
        to.set(LE_INT, at + META_CRC, metaCrc);
        to.set(LE_LONG, at + META_PAGE_NO, metaPageNo);
        to.set(LE_INT, at + META_PAGES, metaPages);
        to.set(LE_INT, at + LOG_ID, logId);
        to.set(LE_LONG, at + LOG_EPOCH, logEpoch);
        to.set(LE_LONG, at + REPLAY_LSN, replayLsn);
        to.set(LE_LONG, at + FILE_PAGES, filePages);
        to.set(LE_LONG, at + LIVE_PAGES, livePages);
        to.set(LE_LONG, at + ENTRY_COUNT, entryCount);
        to.set(LE_LONG, at + LAST_COMMIT, lastCommit);
        to.set(LE_LONG, at + TIME_BOUND, timeBound);
        to.set(LE_LONG, at + CLEAN_LSN, cleanLsn);
        to.set(LE_INT, at + CRC, crcOf(to, at));
    }

    /**
     * The record of a copy that {@link #damage} found whole and whose format this program knows.
     */
    public static Superblock read(MemorySegment from, long at) {
        return new Superblock(
                new UUID(from.get(BE_LONG, at + DB_ID), from.get(BE_LONG, at + DB_ID + Long.BYTES)),
                from.get(LE_INT, at + VNODE),
                from.get(LE_LONG, at + SEQ),
                from.get(LE_LONG, at + ROOT_PAGE_NO),
                from.get(LE_INT, at + ROOT_CRC),
                Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, at + ROOT_LEVEL)),
                from.get(LE_LONG, at + META_PAGE_NO),
                from.get(LE_INT, at + META_CRC),
                from.get(LE_INT, at + META_PAGES),
                from.get(LE_INT, at + LOG_ID),
                from.get(LE_LONG, at + LOG_EPOCH),
                from.get(LE_LONG, at + REPLAY_LSN),
                from.get(LE_LONG, at + FILE_PAGES),
                from.get(LE_LONG, at + LIVE_PAGES),
                from.get(LE_LONG, at + ENTRY_COUNT),
                from.get(LE_LONG, at + LAST_COMMIT),
                from.get(LE_LONG, at + TIME_BOUND),
                (from.get(ValueLayout.JAVA_BYTE, at + FLAGS) & FLAG_CLEAN) != 0,
                from.get(LE_LONG, at + CLEAN_LSN));
    }

    /**
     * The first rule that the block at {@code at}, read as copy {@code copy}, breaks, or null when
     * it is whole. A block of a newer format is whole as far as this program can know: look at
     * {@link #format} before {@link #read}.
     */
    public static @Nullable String damage(MemorySegment from, long at, int copy) {
        long magic = from.get(LE_LONG, at + MAGIC_AT);
        if (magic != MAGIC) {
            return magic == 0
                    ? "superblock copy " + copy + " was never written"
                    : "superblock copy " + copy + " has no superblock magic";
        }
        int crc = from.get(LE_INT, at + CRC);
        int computed = crcOf(from, at);
        if (crc != computed) {
            return "superblock copy %d: crc32c is 0x%08x, its bytes give 0x%08x"
                    .formatted(copy, crc, computed);
        }
        int format = format(from, at);
        if (format > FORMAT) {
            return null;
        }
        if (format < 1) {
            return "superblock copy " + copy + " has format 0";
        }
        int found = Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, at + COPY));
        if (found != copy) {
            return "superblock copy " + copy + " says it is copy " + found;
        }
        int flags = Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, at + FLAGS));
        if ((flags & ~FLAG_CLEAN) != 0) {
            return "superblock copy %d has unknown flags 0x%02x".formatted(copy, flags);
        }
        if (from.get(LE_LONG, at + SEQ) <= 0) {
            return "superblock copy " + copy + " has no checkpoint number";
        }
        for (int i = RESERVED; i < SEQ; i++) {
            if (from.get(ValueLayout.JAVA_BYTE, at + i) != 0) {
                return "superblock copy " + copy + ": reserved byte " + i + " is not zero";
            }
        }
        for (int i = USED; i < BYTES; i += Long.BYTES) {
            if (from.get(LE_LONG, at + i) != 0) {
                return "superblock copy "
                        + copy
                        + ": a reserved byte from "
                        + i
                        + " on is not zero";
            }
        }
        return null;
    }

    /** The format number, at its place in every format. */
    public static int format(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(LE_SHORT, at + FORMAT_AT));
    }

    private static int crcOf(MemorySegment block, long at) {
        CRC32C crc = new CRC32C();
        crc.update(block.asSlice(at + Integer.BYTES, BYTES - Integer.BYTES).asByteBuffer());
        return (int) crc.getValue();
    }
}
