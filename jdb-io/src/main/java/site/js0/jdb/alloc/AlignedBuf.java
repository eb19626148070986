package site.js0.jdb.alloc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/**
 * A buffer for direct I/O that owns its memory: aligned to 4 KiB, straight from the operating
 * system, freed by {@link #close()}.
 *
 * <p>A length (the bytes that are initialised) within a capacity (a multiple of 4 KiB). Memory of
 * its own per buffer costs a few microseconds: for many pages use {@code buf.LocalPool}, for very
 * many {@link OffHeap}.
 *
 * <p>Owner: one at a time; it may be handed from thread to thread. Using a closed buffer, or a view
 * of it, is an {@link IllegalStateException}, never a crash.
 */
public final class AlignedBuf implements IoBufMut, AutoCloseable {
    /** A page, in bytes. */
    public static final int PAGE_SIZE = OsMemory.ALIGNMENT;

    /** What address and capacity are multiples of, in bytes. */
    public static final int ALIGNMENT = OsMemory.ALIGNMENT;

    /**
     * A buffer taken apart: the owner of the parts has to put them together again, or to close the
     * arena.
     */
    public record RawParts(Arena arena, MemorySegment memory, long length) {}

    private @Nullable Arena arena;
    private MemorySegment memory;
    private long length;
    private final Leaks.@Nullable Watch watch;

    private AlignedBuf(Arena arena, MemorySegment memory, long length) {
        this.arena = arena;
        this.memory = memory;
        this.length = length;
        this.watch = Leaks.watch(this, "AlignedBuf of " + memory.byteSize() + " bytes");
    }

    /**
     * An empty buffer with room for {@code bytes}, rounded up to {@link #ALIGNMENT}; what is in it
     * is undefined.
     *
     * @throws IoException {@link IoError.Alloc}
     */
    public static AlignedBuf withCapacity(long bytes) {
        return allocate(bytes, 0);
    }

    /**
     * {@code bytes} zeros. They are the system's own zero pages until they are written: a large
     * buffer costs nothing yet.
     *
     * @throws IoException {@link IoError.Alloc}
     */
    public static AlignedBuf zeroed(long bytes) {
        return allocate(bytes, bytes);
    }

    /** One page of zeros. */
    public static AlignedBuf page() {
        return zeroed(PAGE_SIZE);
    }

    private static AlignedBuf allocate(long bytes, long length) {
        long capacity = roundUp(bytes);
        Arena arena = Arena.ofShared();
        try {
            return new AlignedBuf(arena, OsMemory.map(capacity, ALIGNMENT, arena), length);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    private static long roundUp(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must be >= 0, was " + bytes);
        }
        if (bytes > Long.MAX_VALUE - ALIGNMENT) {
            throw new IoException(new IoError.Alloc(bytes, "beyond the address space"));
        }
        return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }

    /** Puts together what {@link #intoRawParts()} took apart. */
    public static AlignedBuf fromRawParts(RawParts parts) {
        if (parts.memory().address() % ALIGNMENT != 0
                || parts.memory().byteSize() % ALIGNMENT != 0) {
            throw new IllegalArgumentException(
                    "not the parts of an aligned buffer: " + parts.memory());
        }
        Objects.checkFromIndexSize(0, parts.length(), parts.memory().byteSize());
        return new AlignedBuf(parts.arena(), parts.memory(), parts.length());
    }

    /** Gives up ownership without freeing; this buffer is closed afterwards. */
    public RawParts intoRawParts() {
        return new RawParts(release(), memory, length);
    }

    private Arena release() {
        try {
            Arena owned = open();
            arena = null;
            if (watch != null) {
                watch.closed();
            }
            return owned;
        } finally {
            Reference.reachabilityFence(this); // not taken for lost before closed() was heard
        }
    }

    private Arena open() {
        Arena owned = arena;
        if (owned == null) {
            throw new IllegalStateException("the buffer is closed");
        }
        return owned;
    }

    @Override
    public MemorySegment memory() {
        open();
        return memory;
    }

    @Override
    public long memoryOffset() {
        return 0;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long capacity() {
        return memory.byteSize();
    }

    @Override
    public void setBufInit(long bytes) {
        open();
        Objects.checkFromIndexSize(0, bytes, capacity());
        this.length = bytes;
    }

    /**
     * Appends all of {@code source}. When it does not fit, the memory is exchanged for one of at
     * least twice the size: earlier views of this buffer are dead then.
     *
     * @throws IoException {@link IoError.Alloc}; the buffer is as it was
     */
    public void extend(MemorySegment source) {
        open();
        long needed = Math.addExact(length, source.byteSize());
        if (needed > capacity()) {
            grow(needed);
        }
        MemorySegment.copy(source, 0, memory, length, source.byteSize());
        length = needed;
    }

    private void grow(long needed) {
        long wanted =
                roundUp(
                        Math.max(
                                needed,
                                capacity() <= Long.MAX_VALUE / 2 ? capacity() * 2 : needed));
        Arena old = open();
        Arena fresh = Arena.ofShared();
        try {
            MemorySegment larger = OsMemory.map(wanted, ALIGNMENT, fresh);
            MemorySegment.copy(memory, 0, larger, 0, length);
            arena = fresh;
            memory = larger;
        } catch (Throwable t) {
            fresh.close();
            throw t;
        }
        old.close();
    }

    /**
     * A buffer of its own with the same bytes and capacity.
     *
     * @throws IoException {@link IoError.Alloc} when there is no memory for it
     */
    public AlignedBuf tryClone() {
        open();
        AlignedBuf clone = allocate(capacity(), length);
        MemorySegment.copy(memory, 0, clone.memory, 0, length);
        return clone;
    }

    /** A view of the whole buffer, with its present length. */
    public RawIoBuf asRaw() {
        return RawIoBuf.of(memory(), 0, length, capacity());
    }

    /**
     * A view of {@code [offset, offset + bytes)}; what of it lies within the length counts as
     * initialised.
     */
    public RawIoBuf asRawView(long offset, long bytes) {
        return RawIoBuf.of(memory(), offset, Math.clamp(length - offset, 0, bytes), bytes);
    }

    /**
     * The arena pattern: the whole capacity as views of {@code unitBytes} each, in order, none
     * overlapping another.
     *
     * @param unitBytes divides the capacity, so that nothing is left over
     */
    public RawIoBuf[] sliceIntoRaws(int unitBytes) {
        if (unitBytes <= 0 || capacity() % unitBytes != 0) {
            throw new IllegalArgumentException(
                    "unitBytes must divide the capacity of " + capacity() + ", was " + unitBytes);
        }
        RawIoBuf[] views = new RawIoBuf[Math.toIntExact(capacity() / unitBytes)];
        for (int i = 0; i < views.length; i++) {
            views[i] = asRawView((long) i * unitBytes, unitBytes);
        }
        return views;
    }

    /** Frees the memory, once; closing again does nothing. */
    @Override
    public void close() {
        if (arena != null) {
            release().close();
        }
    }

    @Override
    public String toString() {
        return "AlignedBuf["
                + length
                + " of "
                + capacity()
                + " bytes"
                + (arena == null ? ", closed]" : "]");
    }
}
