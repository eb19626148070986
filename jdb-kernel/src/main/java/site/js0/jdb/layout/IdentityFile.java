package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The two small files that say what a database directory is: {@code JDB}, written once, and {@code
 * LAYOUT}, replaced as a whole when the shard count changes. One 4 KiB block each, little-endian,
 * the rest zero.
 *
 * <pre>
 * JDB     0  8 magic       "JDBIDENT"
 *         8  4 format      1
 *        12  4 vnodes      1..4096
 *        16 16 databaseId  random, also in every other file
 *        32  8 created     wall clock, nanoseconds since 1970
 *        40  4 crc32c      over [0, 40)
 * LAYOUT  0  8 magic       "JDBLAYOT"
 *         8  4 format      1
 *        12  4 shards      1..1024: how many logs
 *        16 16 databaseId
 *        32  8 generation  of the logs, from 1; names their directories
 *        40  4 crc32c      over [0, 40)
 * </pre>
 *
 * @param count VNodes in {@code JDB}, shards in {@code LAYOUT}
 * @param stamp creation time in {@code JDB}, log generation in {@code LAYOUT}
 */
public record IdentityFile(int format, int count, long idHigh, long idLow, long stamp) {
    public static final int BYTES = 4096;
    public static final int FORMAT = 1;
    public static final long MAGIC_IDENTITY = magic("JDBIDENT");
    public static final long MAGIC_LAYOUT = magic("JDBLAYOT");

    private static final int CRC = 40;

    private static long magic(String text) {
        long m = 0;
        for (int i = 7; i >= 0; i--) {
            m = m << 8 | text.charAt(i);
        }
        return m;
    }

    /** Fills the block. */
    public void write(MemorySegment block, long magic) {
        block.asSlice(0, BYTES).fill((byte) 0);
        block.set(LE_LONG, 0, magic);
        block.set(LE_INT, 8, format);
        block.set(LE_INT, 12, count);
        block.set(LE_LONG, 16, idHigh);
        block.set(LE_LONG, 24, idLow);
        block.set(LE_LONG, 32, stamp);
        block.set(LE_INT, CRC, crc(block));
    }

    /** What the block says; ask {@link #brokenRule} first. */
    public static IdentityFile read(MemorySegment block) {
        return new IdentityFile(
                block.get(LE_INT, 8),
                block.get(LE_INT, 12),
                block.get(LE_LONG, 16),
                block.get(LE_LONG, 24),
                block.get(LE_LONG, 32));
    }

    /**
     * True when the block begins as such a file does: damaged or newer perhaps, but no foreign
     * file.
     */
    public static boolean hasMagic(MemorySegment block, long magic) {
        return block.get(LE_LONG, 0) == magic;
    }

    /** The rule the block breaks, or null. The format number is judged by the caller. */
    public static @Nullable String brokenRule(MemorySegment block, long magic, int countMax) {
        if (!hasMagic(block, magic)) {
            return "the file begins with its magic";
        }
        if (block.get(LE_INT, CRC) != crc(block)) {
            return "the checksum of bytes [0, 40) is stored at 40";
        }
        IdentityFile read = read(block);
        if (read.count < 1 || read.count > countMax || read.stamp <= 0) {
            return "the count is 1 to " + countMax + " and the stamp greater than 0";
        }
        return null;
    }

    private static int crc(MemorySegment block) {
        CRC32C crc = new CRC32C();
        crc.update(block.asSlice(0, CRC).asByteBuffer());
        return (int) crc.getValue();
    }
}
