package site.js0.jdb.vlog;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.Checksum;

/**
 * I/O buffers of one size, cut from memory that is given: all that value logs ever use. Shared by
 * the value logs of one shard. Owner: holder of the shard.
 */
public final class BufferSlab {
    /** No buffer is free. */
    static final int NONE = -1;

    /** Fewest buffers: a value that is written in pieces keeps one and fills another. */
    public static final int BUFFERS_MIN = 2;

    private static final int BLOCK = 4096;

    private final MemorySegment memory;
    private final int bufferBytes;
    private final int[] free;
    private int freeCount;
    private final WaitList waiting = new WaitList();

    /**
     * @param memory aligned to 4096, at most 2 GiB; outlives the slab
     * @param bufferBytes a multiple of 4096, at least 8192; {@code memory} holds at least two
     */
    public BufferSlab(MemorySegment memory, int bufferBytes) {
        assert memory.address() % BLOCK == 0;
        assert bufferBytes % BLOCK == 0 && bufferBytes >= 2 * BLOCK;
        assert memory.byteSize() <= Checksum.BYTES_MAX;
        this.memory = memory;
        this.bufferBytes = bufferBytes;
        freeCount = (int) (memory.byteSize() / bufferBytes);
        assert freeCount >= BUFFERS_MIN;
        free = new int[freeCount];
        for (int i = 0; i < freeCount; i++) {
            free[i] = (freeCount - 1 - i) * bufferBytes;
        }
    }

    MemorySegment memory() {
        return memory;
    }

    int bufferBytes() {
        return bufferBytes;
    }

    /** Buffers that nobody has. */
    public int freeCount() {
        return freeCount;
    }

    /**
     * Offset of a buffer in {@link #memory}, the caller's until {@link #release}; or {@link #NONE}.
     */
    int acquire() {
        return freeCount == 0 ? NONE : free[--freeCount];
    }

    /** Gives the buffer at {@code offset} back, and lets those who wait for one run again. */
    void release(int offset) {
        assert freeCount < free.length && offset % bufferBytes == 0;
        free[freeCount++] = offset;
        waiting.resumeAll();
    }

    /** Parks {@code waiter} until a buffer is released. */
    void park(Waiter waiter) {
        waiting.add(waiter);
    }
}
