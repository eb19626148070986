package site.js0.jdb.layout;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C (Castagnoli) over parts of one memory: the one checksum of everything on disk.
 *
 * <p>An instance is bound to a segment at creation and allocates nothing afterwards; the static
 * {@link #crc32c} is for cold paths. Several parts are summed as one by {@link #begin}, {@link
 * #add}..., {@link #value}. Owner: one thread at a time (whoever holds the shard).
 */
public final class Checksum {
    /** Bytes of a segment that one instance can reach: a ByteBuffer's limit. */
    public static final long BYTES_MAX = Integer.MAX_VALUE;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer view;

    /**
     * Over {@code memory}, which must outlive the instance and have at most {@link #BYTES_MAX}
     * bytes.
     */
    public Checksum(MemorySegment memory) {
        assert memory.byteSize() <= BYTES_MAX;
        this.view = memory.asByteBuffer();
    }

    /** The checksum of {@code memory[offset, offset + length)}. */
    public int of(int offset, int length) {
        begin();
        add(offset, length);
        return value();
    }

    /** Starts a sum of several parts. */
    public void begin() {
        crc.reset();
    }

    /** Adds {@code memory[offset, offset + length)} to the sum begun. */
    public void add(int offset, int length) {
        view.limit(offset + length);
        view.position(offset);
        crc.update(view);
    }

    /** The sum of what was added since {@link #begin}. */
    public int value() {
        return (int) crc.getValue();
    }

    /**
     * The checksum of {@code memory[offset, offset + length)}; allocates, for cold paths and tests.
     */
    public static int crc32c(MemorySegment memory, long offset, long length) {
        CRC32C crc = new CRC32C();
        long at = offset;
        long left = length;
        while (left > 0) {
            long part = Math.min(left, BYTES_MAX);
            crc.update(memory.asSlice(at, part).asByteBuffer());
            at += part;
            left -= part;
        }
        return (int) crc.getValue();
    }
}
