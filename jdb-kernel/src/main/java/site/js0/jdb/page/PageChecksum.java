package site.js0.jdb.page;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import site.js0.jdb.layout.PageHeader;

/**
 * CRC32C of the pages in one arena, without allocating: the checksum class wants buffers, which
 * reach no further than 2 GiB, so there is one per GiB. Owner: holder of the shard.
 */
final class PageChecksum {
    private static final int SLICE_SHIFT = 30;
    private static final long SLICE_BYTES = 1L << SLICE_SHIFT;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer[] slices;

    PageChecksum(MemorySegment arena) {
        slices = new ByteBuffer[(int) (arena.byteSize() + SLICE_BYTES - 1 >>> SLICE_SHIFT)];
        for (int i = 0; i < slices.length; i++) {
            long from = (long) i << SLICE_SHIFT;
            long bytes = Math.min(SLICE_BYTES, arena.byteSize() - from);
            slices[i] = arena.asSlice(from, bytes).asByteBuffer();
        }
    }

    /** The checksum that the bytes of the page at {@code at} give. */
    int of(long at) {
        ByteBuffer slice = slices[(int) (at >>> SLICE_SHIFT)];
        int from = (int) (at & SLICE_BYTES - 1);
        slice.limit(from + PageHeader.PAGE_BYTES).position(from + Integer.BYTES);
        crc.reset();
        crc.update(slice);
        return (int) crc.getValue();
    }
}
