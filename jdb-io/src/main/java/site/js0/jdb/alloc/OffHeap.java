package site.js0.jdb.alloc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/**
 * One large piece of memory outside the heap, taken up front and given back as a whole: the
 * engine's arenas.
 *
 * <p>Zeroed, aligned to 4 KiB, or to 2 MiB when huge pages were asked for. Owner: whoever allocated
 * it; any thread may use the segment. After {@link #close()} every access to the segment is an
 * {@link IllegalStateException}, never a crash.
 */
public final class OffHeap implements AutoCloseable {
    /** What {@link #segment()} is aligned to at least, in bytes. */
    public static final int ALIGNMENT = OsMemory.ALIGNMENT;

    private final Arena arena;
    private final MemorySegment whole;
    private final MemorySegment segment;
    private final boolean hugePagesAccepted;

    private OffHeap(Arena arena, MemorySegment whole, long bytes, boolean hugePagesAccepted) {
        this.arena = arena;
        this.whole = whole;
        this.segment = whole.asSlice(0, bytes);
        this.hugePagesAccepted = hugePagesAccepted;
    }

    /** As {@link #allocate(long, boolean, boolean)} without touching the memory. */
    public static OffHeap allocate(long bytes, boolean hugePages) {
        return allocate(bytes, hugePages, false);
    }

    /**
     * Takes {@code bytes} of zeros from the system.
     *
     * @param bytes greater than 0; what lies between it and the next page boundary is not used
     * @param hugePages asks for transparent huge pages; see {@link #hugePagesAccepted()}, {@link
     *     #hugePageBytes()}
     * @param pretouch makes all of it resident now, so that neither a page fault nor a shortage of
     *     memory comes later
     * @throws IoException {@link IoError.Alloc} when the system refuses; nothing is kept then
     */
    public static OffHeap allocate(long bytes, boolean hugePages, boolean pretouch) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be > 0, was " + bytes);
        }
        long grain = hugePages ? OsMemory.HUGE_PAGE_BYTES : ALIGNMENT;
        if (bytes > Long.MAX_VALUE - grain) {
            throw new IoException(new IoError.Alloc(bytes, "beyond the address space"));
        }
        long rounded = (bytes + grain - 1) / grain * grain;
        Arena arena = Arena.ofShared();
        try {
            MemorySegment whole = OsMemory.map(rounded, grain, arena);
            boolean accepted = hugePages && OsMemory.adviseHugePages(whole);
            if (pretouch) {
                OsMemory.populate(whole);
            }
            return new OffHeap(arena, whole, bytes, accepted);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    /** The memory; exactly as many bytes as were asked for. */
    public MemorySegment segment() {
        return segment;
    }

    /** Bytes of {@link #segment()}. */
    public long byteSize() {
        return segment.byteSize();
    }

    /**
     * True when huge pages were asked for and the system took the advice; it may still use small
     * pages.
     */
    public boolean hugePagesAccepted() {
        return hugePagesAccepted;
    }

    /**
     * How many bytes the system backs with huge pages now; 0 where it does not tell. Reads a file
     * of /proc: slow.
     */
    public long hugePageBytes() {
        if (!isAlive()) {
            throw new IllegalStateException("closed");
        }
        return Smaps.anonHugePageBytes(whole.address(), whole.byteSize());
    }

    /** True until {@link #close()}. */
    public boolean isAlive() {
        return arena.scope().isAlive();
    }

    /** Gives the memory back. Idempotent; waits for nobody: an access under way elsewhere fails. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
