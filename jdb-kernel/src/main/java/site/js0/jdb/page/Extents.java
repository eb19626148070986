package site.js0.jdb.page;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.MetaPage;
import site.js0.jdb.layout.PageHeader;

/**
 * Room in one pages file: grows it ahead of need, in extents reserved on the driver's helper
 * thread, and keeps a reserve for the day the disk is full.
 *
 * <p>The reserve has two parts. What a checkpoint's meta chain needs is kept back from everyone
 * else, always. What one bounded merge step needs ({@link PageFileOptions#reservePages}) is kept
 * back until {@link #openReserve}: so after {@code DiskFull} a merge that deletes, and the
 * checkpoint that gives back what it deleted, still fit.
 *
 * <p>When growing fails for want of space, whoever asks next is told {@code DiskFull}, and asking
 * makes it try again: it heals by itself when space returns.
 */
final class Extents {
    private enum State {
        /** Enough room. */
        IDLE,
        /** To grow at the next service. */
        WANTED,
        /** The helper thread is at it. */
        GROWING,
        /** The last attempt found the disk full. */
        FULL
    }

    private final PageFile file;
    private final FreeSpace space;
    private final PageFileOptions options;
    private final WaitList waiters = new WaitList();
    private final GrowTask task = new GrowTask();
    private State state = State.IDLE;
    private boolean reserveOpen;
    private int metaPages;
    private @Nullable String fullDetail;

    Extents(PageFile file, FreeSpace space, PageFileOptions options, int extraBytes) {
        this.file = file;
        this.space = space;
        this.options = options;
        metaNeeds(extraBytes);
    }

    /** A checkpoint with {@code extraBytes} will have to fit. */
    void metaNeeds(int extraBytes) {
        metaPages = MetaPage.pagesFor(MetaPage.streamBytes(space.pages(), extraBytes)) + 1;
    }

    /** One of those pages was taken. */
    void metaTaken() {
        metaPages = Math.max(0, metaPages - 1);
    }

    void openReserve(boolean open) {
        reserveOpen = open;
    }

    private long held() {
        return metaPages + (reserveOpen ? 0 : options.reservePages());
    }

    /** Pages the tree may still take. */
    long room() {
        return space.freePages() - held();
    }

    /**
     * Whether a page that {@code create} let in may be sealed: growing needs of the meta chain may
     * have come in between, so this may dip into the merge's reserve, never into the chain's.
     */
    boolean roomToSeal() {
        return space.freePages() > metaPages;
    }

    /**
     * Parks the waiter until the file has grown, or says that it can't.
     *
     * @throws JdbException DiskFull
     */
    void await(Waiter waiter) {
        if (state == State.FULL) {
            state = State.WANTED;
            throw full();
        }
        if (state == State.IDLE) {
            state = State.WANTED;
        }
        waiters.add(waiter);
    }

    /** DiskFull, as growing met it. */
    JdbException full() {
        return new JdbException(
                new JdbError.DiskFull(
                        file.name(),
                        "%d of %d pages are free, %d are kept in reserve (%s)"
                                .formatted(
                                        space.freePages(),
                                        space.pages(),
                                        held(),
                                        fullDetail == null ? "not grown yet" : fullDetail)));
    }

    /** Pages were taken: grow when the rest runs low, or lies in crumbs. */
    void taken(int building) {
        if (state != State.IDLE) {
            return;
        }
        long room = room() - building;
        if (room < extentPages() / 2
                || space.emptyWords() == 0 && space.freePages() < space.pages() / 8) {
            state = State.WANTED;
        }
    }

    /** Pages became free. */
    void released() {
        if (!waiters.isEmpty()) {
            waiters.resumeAll();
        }
    }

    boolean wantsService() {
        return state == State.WANTED;
    }

    private long extentPages() {
        long eighth = space.pages() / 8;
        return Math.clamp(eighth, options.firstExtentPages(), options.maxExtentPages());
    }

    /** Starts growing when that is wanted. Shard's thread. */
    int service() {
        if (state != State.WANTED) {
            return 0;
        }
        state = State.GROWING;
        task.from = space.pages();
        task.pages = extentPages();
        task.prepareTask();
        file.operationsInFlight++;
        file.driver().enqueue(task);
        return 1;
    }

    private void grown(@Nullable IoException failure) {
        file.operationsInFlight--;
        if (failure == null) {
            space.grow(task.pages);
            metaPages += 1 + (int) (task.pages / 8 / MetaPage.PAYLOAD_MAX);
            state = State.IDLE;
            fullDetail = null;
        } else if (failure.errno() == Errno.ENOSPC || failure.errno() == Errno.EDQUOT) {
            state = State.FULL;
            fullDetail = failure.error().message();
        } else {
            state = State.FULL;
            file.fail("growing the pages file failed: " + failure.error().message());
        }
        released();
    }

    /** Reserves {@link #pages} more, or only a first extent when that much is not there. */
    private final class GrowTask extends IoOp {
        long from;
        long pages;

        @Override
        protected void runBlocking() {
            try {
                reserve();
            } catch (IoException e) {
                if (pages <= options.firstExtentPages()
                        || e.errno() != Errno.ENOSPC && e.errno() != Errno.EDQUOT) {
                    throw e;
                }
                pages = options.firstExtentPages();
                reserve();
            }
        }

        private void reserve() {
            file.io().preallocate(from * PageHeader.PAGE_BYTES, pages * PageHeader.PAGE_BYTES);
        }

        @Override
        protected void completed() {
            grown(succeeded() ? null : failure());
        }
    }
}
