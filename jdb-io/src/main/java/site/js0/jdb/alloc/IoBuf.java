package site.js0.jdb.alloc;

import java.lang.foreign.MemorySegment;

/**
 * Bytes that a write may take from: {@code memory[memoryOffset, memoryOffset + length)}.
 *
 * <p>Offset and length, and no slice, so that handing a buffer to an operation makes no object.
 * Whoever implements this promises that the bytes neither move nor go away while an operation has
 * them.
 */
public interface IoBuf {
    /** The segment the bytes lie in; native memory. */
    MemorySegment memory();

    /** Where in {@link #memory()} they begin. */
    long memoryOffset();

    /** How many bytes there are to read: those that were initialised. */
    long length();

    /** The bytes as a slice of their own; makes an object. */
    default MemorySegment readable() {
        return memory().asSlice(memoryOffset(), length()).asReadOnly();
    }
}
