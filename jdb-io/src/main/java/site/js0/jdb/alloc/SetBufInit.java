package site.js0.jdb.alloc;

/** Told by whoever filled a buffer how far it came. */
@FunctionalInterface
public interface SetBufInit {
    /**
     * The first {@code bytes} bytes are initialised from now on; what follows is undefined.
     *
     * @throws IndexOutOfBoundsException when that is more than the buffer holds
     */
    void setBufInit(long bytes);
}
