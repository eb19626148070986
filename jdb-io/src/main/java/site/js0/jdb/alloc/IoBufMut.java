package site.js0.jdb.alloc;

import java.lang.foreign.MemorySegment;

/**
 * Bytes that a read may fill: {@code memory[memoryOffset, memoryOffset + capacity)}. After the read
 * {@link #setBufInit} says how many of them count.
 */
public interface IoBufMut extends IoBuf, SetBufInit {
    /** How many bytes fit; at least {@link #length()}. */
    long capacity();

    /** All of them, initialised or not, as a slice of their own; makes an object. */
    default MemorySegment writable() {
        return memory().asSlice(memoryOffset(), capacity());
    }
}
