package site.js0.jdb.alloc;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A view of memory that somebody else owns: free to copy, and good for exactly as long as the owner
 * is open.
 *
 * <p>Bounds are checked against the view, never only against the memory behind it: a slice of an
 * arena cannot reach its neighbours. Not for use by two threads at once; copies are independent.
 */
public final class RawIoBuf implements IoBufMut {
    private final MemorySegment memory;
    private final long offset;
    private final long capacity;
    private long length;

    private RawIoBuf(MemorySegment memory, long offset, long length, long capacity) {
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        this.capacity = capacity;
    }

    /** All of {@code segment}, which counts as initialised. */
    public static RawIoBuf fromSegment(MemorySegment segment) {
        return new RawIoBuf(segment, 0, segment.byteSize(), segment.byteSize());
    }

    /**
     * {@code memory[offset, offset + capacity)}, of which the first {@code length} bytes are
     * initialised.
     */
    static RawIoBuf of(MemorySegment memory, long offset, long length, long capacity) {
        Objects.checkFromIndexSize(offset, capacity, memory.byteSize());
        Objects.checkFromIndexSize(0, length, capacity);
        return new RawIoBuf(memory, offset, length, capacity);
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public long memoryOffset() {
        return offset;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long capacity() {
        return capacity;
    }

    @Override
    public void setBufInit(long bytes) {
        Objects.checkFromIndexSize(0, bytes, capacity);
        this.length = bytes;
    }

    /** The same memory with another number of initialised bytes. */
    public RawIoBuf withLen(long bytes) {
        Objects.checkFromIndexSize(0, bytes, capacity);
        return new RawIoBuf(memory, offset, bytes, capacity);
    }

    /**
     * {@code bytes} of the initialised bytes from {@code from} on: for reading, that is for writes
     * to a file.
     */
    public RawIoBuf slice(long from, long bytes) {
        Objects.checkFromIndexSize(from, bytes, length);
        return new RawIoBuf(memory, offset + from, bytes, bytes);
    }

    /**
     * {@code bytes} of the capacity from {@code from} on, none of them initialised: for writing
     * into.
     */
    public RawIoBuf sliceData(long from, long bytes) {
        Objects.checkFromIndexSize(from, bytes, capacity);
        return new RawIoBuf(memory, offset + from, 0, bytes);
    }

    /**
     * As {@link #slice}, for callers that have checked already. Out of bounds it is an assertion
     * error, or, without assertions, a view that reaches other bytes of the same segment; the
     * segment's own bounds still hold on access.
     */
    public RawIoBuf sliceUnchecked(long from, long bytes) {
        assert from >= 0 && bytes >= 0 && bytes <= capacity - from
                : from + " + " + bytes + " of " + capacity;
        return new RawIoBuf(memory, offset + from, bytes, bytes);
    }

    /** The initialised bytes; not to be written. */
    public MemorySegment asSlice() {
        return readable();
    }

    /** The initialised bytes, to be changed in place. */
    public MemorySegment asMutSlice() {
        return memory.asSlice(offset, length);
    }

    @Override
    public String toString() {
        return "RawIoBuf[" + length + " of " + capacity + " bytes]";
    }
}
