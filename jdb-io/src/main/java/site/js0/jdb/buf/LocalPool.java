package site.js0.jdb.buf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.alloc.AlignedBuf;
import site.js0.jdb.alloc.Leaks;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/**
 * Pages for direct I/O that belong to one thread: allocating and closing there is a list push and
 * pop.
 *
 * <p>A page may travel. Closed on another thread it comes home through a bounded channel, which
 * {@link #maintain()} empties; when the channel is full, its memory is freed at once instead: a
 * thread never waits for another's.
 *
 * <p>Owner: the thread that made the pool. {@link Page#close()} may be called by any thread, also
 * after the pool was closed.
 *
 * <p>Closing races with pages coming home, and every page must be freed once: the closer first says
 * {@code closed}, then empties the channel; whoever puts a page into the channel looks at {@code
 * closed} afterwards and empties it too. One of the two sees the page. From then on the channel has
 * several consumers, which take turns by a monitor.
 */
public final class LocalPool implements AutoCloseable {
    /** Default size of a page, in bytes. */
    public static final int PAGE_BYTES_DEFAULT = 4096;

    /** Default for how many pages may wait in the channel. */
    public static final int CHANNEL_CAPACITY_DEFAULT = 256;

    /** Default for how many free pages are kept. */
    public static final int CACHED_MAX_DEFAULT = 1024;

    private final Thread owner = Thread.currentThread();
    private final int pageBytes;
    private final int cachedMax;
    private final boolean follow;
    private final MpscRing<Page> channel;

    private @Nullable Page free;
    private int cached;
    private volatile boolean closed;

    /** With the defaults. */
    public LocalPool() {
        this(PAGE_BYTES_DEFAULT, CHANNEL_CAPACITY_DEFAULT, CACHED_MAX_DEFAULT);
    }

    /**
     * A pool of the calling thread.
     *
     * @param pageBytes size of each page, a multiple of 4096
     * @param channelCapacity how many pages closed elsewhere may wait for {@link #maintain()};
     *     rounded up to a power of two
     * @param cachedMax how many free pages are kept; more are given back to the system
     */
    public LocalPool(int pageBytes, int channelCapacity, int cachedMax) {
        this(pageBytes, channelCapacity, cachedMax, Leaks.enabled());
    }

    LocalPool(int pageBytes, int channelCapacity, int cachedMax, boolean follow) {
        if (pageBytes <= 0 || pageBytes % AlignedBuf.ALIGNMENT != 0) {
            throw new IllegalArgumentException(
                    "pageBytes must be a multiple of "
                            + AlignedBuf.ALIGNMENT
                            + ", was "
                            + pageBytes);
        }
        if (cachedMax < 0) {
            throw new IllegalArgumentException("cachedMax must be >= 0, was " + cachedMax);
        }
        this.pageBytes = pageBytes;
        this.cachedMax = cachedMax;
        this.follow = follow;
        this.channel = new MpscRing<>(channelCapacity);
    }

    /** Size of each page, in bytes. */
    public int pageBytes() {
        return pageBytes;
    }

    /** Free pages at hand, those in the channel not counted. */
    public int cached() {
        checkOwner();
        return cached;
    }

    /**
     * A page with undefined bytes and length 0: a free one, else one that waits in the channel,
     * else a new one.
     *
     * @throws IoException {@link IoError.Alloc} when the system has no memory left
     */
    public Page alloc() {
        checkOwner();
        checkOpen();
        if (free == null) {
            maintain();
        }
        Page page = free;
        if (page == null) {
            page = make();
        } else {
            free = page.nextFree;
            page.nextFree = null;
            cached--;
        }
        if (follow) {
            page = follow(page);
        }
        page.goOut();
        return page;
    }

    private Page make() {
        AlignedBuf.RawParts parts = AlignedBuf.withCapacity(pageBytes).intoRawParts();
        Arena arena = parts.arena();
        MemorySegment memory = parts.memory();
        return new Page(this, arena, memory);
    }

    private static Page follow(Page page) {
        Page fresh = page.successor();
        fresh.watch(Leaks.watchAlways(fresh, "page of a LocalPool", fresh.reclaim()));
        return fresh;
    }

    /**
     * Takes in the pages that were closed elsewhere; cheap when there are none. Call it once a
     * turn.
     */
    public int maintain() {
        checkOwner();
        checkOpen();
        int taken = 0;
        for (Page page; (page = channel.poll()) != null; taken++) {
            keep(page);
        }
        return taken;
    }

    private void keep(Page page) {
        if (cached >= cachedMax) {
            page.free();
            return;
        }
        page.nextFree = free;
        free = page;
        cached++;
    }

    /** From {@link Page#close()}, on any thread. */
    void comeHome(Page page) {
        if (Thread.currentThread() == owner && !closed) {
            keep(page);
        } else if (closed || !channel.offer(page)) {
            page.free();
        } else if (closed) {
            freeChannel();
        }
    }

    /** Gives all free pages back; pages that are out are freed when they are closed. Idempotent. */
    @Override
    public void close() {
        checkOwner();
        if (closed) {
            return;
        }
        closed = true;
        for (Page page = free; page != null; ) {
            Page next = page.nextFree;
            page.free();
            page = next;
        }
        free = null;
        cached = 0;
        freeChannel();
    }

    private void freeChannel() {
        synchronized (channel) {
            for (Page page; (page = channel.poll()) != null; ) {
                page.free();
            }
        }
    }

    private void checkOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("the pool belongs to " + owner);
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the pool is closed");
        }
    }
}
