package site.js0.jdb.page;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.Superblock;

/**
 * The pages of one VNode: the file {@code pages}, the file {@code super} with the checkpoint to
 * start from, and the free space of the first. What the tree calls is {@link PageSpace}; what the
 * tablet calls besides is {@link #checkpoint}, {@link #superblock} and {@link #extra} at open,
 * {@link #openReserve}, {@link #flush} and {@link #close}.
 *
 * <p>After a failed write or sync the file is in doubt for good: sealing and checkpoints throw,
 * reading goes on (what could not be written stays in memory). A full disk is no such failure.
 *
 * <p>When a page that was given up may be overwritten is told by {@link FreeSpace}.
 *
 * <p>Owner: holder of the shard. {@link #create(BufferPool, Path, UUID, int, PageFileOptions)},
 * {@link #open} and {@link #close} belong to the shard's thread: the first two block, for start-up.
 */
public final class PageFile implements PageSpace, AutoCloseable {
    /** Name of the file with the pages, in the VNode's directory. */
    public static final String PAGES = "pages";

    /** Name of the file with the superblock copies. */
    public static final String SUPER = "super";

    private final BufferPool pool;
    private final Hold hold;
    private final Frames frames;
    private final IoFile pages;
    private final IoFile supers;
    private final String name;
    private final int vnode;
    private final int index;
    private final FreeSpace space;
    private final Extents extents;
    private final PageWriter writer;
    private final Checkpoint checkpoint;
    private final long keyBase;

    /** Reads, writes and growth of this file that the driver has. */
    int operationsInFlight;

    private int building;
    private @Nullable JdbError failure;
    private @Nullable String diskFull;
    private Superblock superblock;
    private byte[] extra;
    private boolean closed;

    PageFile(BufferPool pool, PageFileOptions options, Recovered recovered) {
        this.pool = pool;
        hold = pool.hold();
        frames = pool.frames();
        pages = recovered.pages();
        supers = recovered.supers();
        name = pages.path().toString();
        superblock = recovered.superblock();
        vnode = superblock.vnode();
        extra = recovered.extra();
        space = recovered.space();
        index = pool.register(this);
        keyBase = BufferPool.key(index, 0);
        extents = new Extents(this, space, options, extra.length);
        writer = new PageWriter(this, pool, space, pool.dirtySentinel(index));
        checkpoint = new Checkpoint(this, recovered.metaPages());
    }

    /**
     * Makes the two files of a new VNode in {@code directory}, which is there, and opens them with
     * an empty tree. Leftovers of an earlier attempt are replaced, but never files that hold a
     * tree. All is durable on return but the directory's own entry in its parent. Blocks.
     *
     * @throws JdbException BadArgument when there is a tree already, DiskFull, Io
     */
    public static PageFile create(
            BufferPool pool, Path directory, UUID dbId, int vnode, PageFileOptions options) {
        return new PageFile(
                pool, options, new PageFileStart(pool, directory, dbId, vnode).create(options));
    }

    /**
     * Opens the files of a VNode at their newest checkpoint and writes superblock copies anew that
     * are damaged or older. Blocks.
     *
     * @throws JdbException Corrupt (missing files too), NewerFormat, Io
     */
    public static PageFile open(
            BufferPool pool, Path directory, UUID dbId, int vnode, PageFileOptions options) {
        return new PageFile(pool, options, new PageFileStart(pool, directory, dbId, vnode).open());
    }

    /** What opening found. */
    record Recovered(
            IoFile pages,
            IoFile supers,
            Superblock superblock,
            byte[] extra,
            FreeSpace space,
            long[] metaPages) {}

    // ---- PageSpace

    @Override
    public MemorySegment memory() {
        return pool.memory();
    }

    @Override
    public int vnode() {
        return vnode;
    }

    @Override
    public int fetch(long pageNo, int crc, int hint, Waiter waiter) {
        return pool.fetch(this, keyBase | pageNo, crc, hint, waiter);
    }

    @Override
    public int peek(long pageNo, int hint) {
        return pool.peek(keyBase | pageNo, hint);
    }

    @Override
    public void prefetch(long pageNo, int crc) {
        pool.prefetch(this, keyBase | pageNo, crc);
    }

    @Override
    public int create(Waiter waiter) {
        assert hold.held();
        checkWritable();
        if (extents.room() - building <= 0) {
            extents.await(waiter);
            return NONE;
        }
        int frame = pool.create(waiter);
        if (frame >= 0) {
            building++;
        }
        return frame;
    }

    @Override
    public void discard(int frame) {
        assert hold.held();
        assert building > 0;
        building--;
        pool.discard(frame);
        extents.released();
    }

    @Override
    public long seal(int frame) {
        assert hold.held();
        checkWritable();
        if (!extents.roomToSeal()) {
            throw extents.full();
        }
        assert building > 0;
        building--;
        long pageNo = space.takeForTree();
        seal(frame, pageNo, false);
        extents.taken(building);
        return pageNo;
    }

    private void seal(int frame, long pageNo, boolean meta) {
        long at = BufferPool.at(frame);
        MemorySegment memory = pool.memory();
        assert PageHeader.type(memory, at) >= PageHeader.TYPE_LEAF : "page has no type";
        assert (PageHeader.type(memory, at) == PageHeader.TYPE_META) == meta;
        assert PageHeader.format(memory, at) == PageHeader.FORMAT;
        assert PageHeader.vnode(memory, at) == vnode : "page of another vnode";
        PageHeader.setPageNo(memory, at, pageNo);
        PageHeader.setCrc(memory, at, pool.checksumOf(frame));
        pool.sealed(frame, keyBase | pageNo);
        writer.add(frame, meta);
    }

    @Override
    public int crc(int frame) {
        return PageHeader.crc(pool.memory(), BufferPool.at(frame));
    }

    @Override
    public boolean hintable(int frame) {
        return pool.hintable(frame);
    }

    @Override
    public void free(long pageNo) {
        assert hold.held();
        if (!space.live(pageNo)) {
            throw new JdbException(
                    new JdbError.Internal(
                            name + ": page " + pageNo + " freed, but it is not in use"));
        }
        pool.forgetFailure(keyBase | pageNo);
        int frame = pool.covering(keyBase | pageNo);
        int state = frame < 0 ? Frames.FREE : frames.state(frame);
        if (!space.young(pageNo)) {
            freeOld(pageNo, frame, state);
        } else {
            freeYoung(pageNo, frame, state);
        }
    }

    /** A checkpoint may reach the page, one in progress too: then it must still be written. */
    private void freeOld(long pageNo, int frame, int state) {
        space.abandonOld(pageNo);
        if (state == Frames.DIRTY || state == Frames.FLUSHING) {
            writer.dropWhenWritten(frame);
        } else if (frame >= 0) {
            pool.drop(frame);
        }
    }

    /** No checkpoint reaches the page: its place is free, once no write to it is under way. */
    private void freeYoung(long pageNo, int frame, int state) {
        space.abandonYoung(pageNo);
        if (state == Frames.FLUSHING) {
            pool.uncover(frame);
            return;
        }
        if (state == Frames.DIRTY) {
            writer.cancel(frame, pageNo);
        } else if (frame >= 0) {
            pool.drop(frame);
        }
        giveBack(pageNo);
    }

    void giveBack(long pageNo) {
        space.giveBack(pageNo);
        extents.released();
    }

    @Override
    public void pin(int frame) {
        pool.pin(frame);
    }

    @Override
    public void unpin(int frame) {
        pool.unpin(frame);
    }

    // ---- the tablet's side

    /** The checkpoint machine of this file; there is one. */
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /** The last durable checkpoint. */
    public Superblock superblock() {
        return superblock;
    }

    /** The opaque bytes stored with the last durable checkpoint; not to be changed. */
    public byte[] extra() {
        return extra;
    }

    /**
     * Lets the tree use the reserve, or not any more: for one bounded merge step after {@code
     * DiskFull}, followed by a checkpoint.
     */
    public void openReserve(boolean open) {
        assert hold.held();
        extents.openReserve(open);
        if (open) {
            extents.released();
        }
    }

    /** Has all sealed pages written soon, full runs or not. */
    public void flush() {
        assert hold.held();
        writer.flush();
    }

    /** Pages of the file. */
    public long filePages() {
        return space.pages();
    }

    /** Pages the tree may take before the file must grow or the reserve is touched. */
    public long roomPages() {
        return Math.max(0, extents.room() - building);
    }

    /** Pages the present tree reaches. */
    public long livePages() {
        return space.livePages();
    }

    /**
     * Pages given up whose places the last checkpoint still needs (and the few that are being
     * built).
     */
    public long pendingPages() {
        return space.pages() - space.freePages() - space.livePages();
    }

    /** The error that put this file in doubt, or null. */
    public @Nullable JdbError failure() {
        return failure;
    }

    /**
     * Forgets all pages and closes the files. No page may be pinned, no waiter parked, and no
     * operation in flight; pages not written are lost, as in a crash.
     */
    @Override
    public void close() {
        assert hold.held();
        if (closed) {
            return;
        }
        assert operationsInFlight == 0 : operationsInFlight + " operations in flight at close";
        closed = true;
        pool.unregister(this, index);
        pages.close();
        supers.close();
    }

    /** True when {@link #close} may be called: the driver has nothing of this file. */
    public boolean quiet() {
        return operationsInFlight == 0;
    }

    // ---- package

    BufferPool pool() {
        return pool;
    }

    IoDriver driver() {
        return pool.driver();
    }

    IoFile io() {
        return pages;
    }

    IoFile superIo() {
        return supers;
    }

    String name() {
        return name;
    }

    FreeSpace space() {
        return space;
    }

    PageWriter writer() {
        return writer;
    }

    Extents extents() {
        return extents;
    }

    boolean healthy() {
        return failure == null;
    }

    boolean full() {
        return diskFull != null;
    }

    boolean reachable(long pageNo) {
        return space.inFile(pageNo);
    }

    void checkReachable(long pageNo) {
        if (!space.inFile(pageNo)) {
            throw new JdbException(
                    new JdbError.Corrupt(
                            name,
                            pageNo * PageHeader.PAGE_BYTES,
                            "a parent names page %d, the file has %d"
                                    .formatted(pageNo, space.pages())));
        }
    }

    /**
     * Throws what stands against writing. A disk that was full is said once; the pages that did not
     * fit are then tried again.
     */
    void checkWritable() {
        if (failure != null) {
            throw new JdbException(failure);
        }
        if (diskFull != null) {
            String detail = diskFull;
            diskFull = null;
            throw new JdbException(new JdbError.DiskFull(name, detail));
        }
    }

    void fail(String cause) {
        if (failure == null) {
            failure = new JdbError.InDoubt(pool.shard(), name + ": " + cause);
        }
        wakeWriters();
    }

    void writeFoundDiskFull(IoException cause) {
        diskFull = "writing pages: " + cause.error().message();
        wakeWriters();
    }

    private void wakeWriters() {
        pool.frameReleased();
        extents.released();
        checkpoint.wake();
    }

    void pagesWritten() {
        if (writer.oldUnwritten() == 0) {
            checkpoint.wake();
        }
    }

    // A checkpoint's meta pages: built and written like any other, but outside the tree.

    /** As {@link #create(Waiter)}, but it may use the reserve. */
    int createMeta(Waiter waiter) {
        if (space.freePages() - building <= 0) {
            extents.await(waiter);
            return NONE;
        }
        return pool.create(waiter);
    }

    /** As {@link #seal(int)}; the frame is dropped once written. */
    long sealMeta(int frame) {
        long pageNo = space.takeForMeta();
        assert pageNo > 0;
        extents.metaTaken();
        seal(frame, pageNo, true);
        frames.set(frame, Frames.DROP);
        return pageNo;
    }

    /** Gives up a meta page of a checkpoint that is abandoned or superseded. */
    void freeMeta(long pageNo) {
        int frame = pool.covering(keyBase | pageNo);
        if (frame >= 0 && frames.state(frame) == Frames.FLUSHING) {
            frames.clear(frame, Frames.DROP);
            pool.uncover(frame);
            return;
        }
        if (frame >= 0 && frames.state(frame) == Frames.DIRTY) {
            writer.cancel(frame, pageNo);
        } else if (frame >= 0) {
            pool.drop(frame);
        }
        giveBack(pageNo);
    }

    void checkpointed(Superblock superblock, byte[] extra) {
        this.superblock = superblock;
        this.extra = extra;
    }

    int service(boolean all) {
        return writer.issue(all) + extents.service();
    }

    boolean wantsService(boolean all) {
        return extents.wantsService() || writer.ready(all);
    }
}
