package site.js0.jdb.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.page.PageSpace;

/**
 * Pages that are always resident: measures the tree alone, as if a buffer pool had room for all of
 * it. Checksums are made up; a hit checks its hint in a table, as a pool does.
 */
final class ResidentPages implements PageSpace {
    private final MemorySegment memory;

    /** The page in each frame; 0 when free. */
    private final long[] pageOf;

    /** Its frame, by page number. */
    private final int[] frameOf;

    private final int[] freeFrames;
    private int free;
    private long next = 1;

    ResidentPages(int frames) {
        memory = Arena.ofAuto().allocate((long) frames * PageHeader.PAGE_BYTES, 2 << 20);
        pageOf = new long[frames];
        frameOf = new int[frames * 16];
        Arrays.fill(frameOf, NONE);
        freeFrames = new int[frames];
        for (int i = frames - 1; i >= 0; i--) {
            freeFrames[free++] = i;
        }
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public int vnode() {
        return 1;
    }

    @Override
    public int fetch(long pageNo, int crc, int hint, Waiter waiter) {
        return peek(pageNo, hint);
    }

    @Override
    public int peek(long pageNo, int hint) {
        return hint >= 0 && pageOf[hint] == pageNo ? hint : frameOf[(int) pageNo];
    }

    @Override
    public void prefetch(long pageNo, int crc) {
        // It is there.
    }

    @Override
    public int create(Waiter waiter) {
        return freeFrames[--free];
    }

    @Override
    public void discard(int frame) {
        freeFrames[free++] = frame;
    }

    @Override
    public long seal(int frame) {
        if (next == frameOf.length) {
            throw new JdbException(new JdbError.DiskFull("memory", next + " pages"));
        }
        final long page = (long) frame * PageHeader.PAGE_BYTES;
        PageHeader.setPageNo(memory, page, next);
        PageHeader.setCrc(memory, page, (int) next * 0x9E3779B9);
        pageOf[frame] = next;
        frameOf[(int) next] = frame;
        return next++;
    }

    @Override
    public int crc(int frame) {
        return PageHeader.crc(memory, (long) frame * PageHeader.PAGE_BYTES);
    }

    @Override
    public boolean hintable(int frame) {
        return true;
    }

    @Override
    public void free(long pageNo) {
        final int frame = frameOf[(int) pageNo];
        frameOf[(int) pageNo] = NONE;
        pageOf[frame] = 0;
        freeFrames[free++] = frame;
    }

    @Override
    public void pin(int frame) {
        // Nothing is evicted.
    }

    @Override
    public void unpin(int frame) {
        // Nothing is evicted.
    }
}
