package site.js0.jdb.buf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.alloc.IoBufMut;
import site.js0.jdb.alloc.Leaks;

/**
 * A page of a {@link LocalPool}, in the hands of whoever allocated it until {@link #close()}, which
 * any thread may call.
 *
 * <p>Page objects are used again, so that a pool in steady state allocates nothing. Therefore: let
 * go of a page when you close it. A second close while the page is at home is an {@link
 * IllegalStateException}. A second close after the pool has given the page to somebody else cannot
 * be told from theirs; with {@code -Djdb.leaks=true} each allocation gets an object of its own, and
 * every use of a closed page, whenever it comes, is found.
 */
public final class Page implements IoBufMut, AutoCloseable {
    private static final int HOME = 0;
    private static final int OUT = 1;
    private static final int FREED = 2;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Page.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LocalPool pool;
    private final Arena arena;
    private final MemorySegment memory;

    @SuppressWarnings("UnusedVariable") // through STATE
    private int state = HOME;

    private long length;
    private Leaks.@Nullable Watch watch;

    /** Link of the pool's list of free pages; the pool's owner only. */
    @Nullable Page nextFree;

    Page(LocalPool pool, Arena arena, MemorySegment memory) {
        this.pool = pool;
        this.arena = arena;
        this.memory = memory;
    }

    /**
     * The same memory under another object, for an allocation that is to be followed; this object
     * is then void.
     */
    Page successor() {
        return new Page(pool, arena, memory);
    }

    /** The pool hands the page out. Owner of the pool. */
    void goOut() {
        int was = (int) STATE.getOpaque(this);
        assert was == HOME : was;
        length = 0;
        STATE.setRelease(this, OUT);
    }

    void watch(Leaks.Watch watch) {
        this.watch = watch;
    }

    private void checkOut() {
        if ((int) STATE.getOpaque(this) != OUT) {
            throw new IllegalStateException("the page is closed");
        }
    }

    /** The page's memory, aligned to 4 KiB. */
    @Override
    public MemorySegment memory() {
        checkOut();
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
        checkOut();
        Objects.checkFromIndexSize(0, bytes, capacity());
        length = bytes;
    }

    /**
     * Sends the page home: on the pool's thread into its list, on another through the pool's
     * channel. When the channel is full or the pool gone, the memory is freed. Never blocks.
     *
     * @throws IllegalStateException when it is closed already
     */
    @Override
    public void close() {
        if (!STATE.compareAndSet(this, OUT, HOME)) {
            throw new IllegalStateException("the page is closed already");
        }
        if (watch != null) {
            watch.closed();
            watch = null;
        }
        pool.comeHome(this);
    }

    /** Gives the memory back to the system; the object is dead. */
    void free() {
        STATE.setRelease(this, FREED);
        arena.close();
    }

    /** For a page that was lost: frees the memory without the page. */
    Runnable reclaim() {
        return arena::close;
    }

    @Override
    public String toString() {
        return "Page[" + length + " of " + capacity() + " bytes]";
    }
}
