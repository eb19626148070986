package site.js0.jdb.page;

import static site.js0.jdb.page.Frames.DIRTY;
import static site.js0.jdb.page.Frames.DOOMED;
import static site.js0.jdb.page.Frames.DROP;
import static site.js0.jdb.page.Frames.FLUSHING;

import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.layout.PageHeader;

/**
 * Brings the sealed pages of one file to the device: neighbours in one write, in the order of
 * sealing.
 *
 * <p>Dirty frames stand in a list in the order they were sealed, which free space makes ascending
 * runs of page numbers. A run goes out when it can't grow any more (it is full, or the next page
 * sealed is elsewhere), or when all is to go: a checkpoint waits, frames run short, or nothing else
 * is to do.
 *
 * <p>It also counts what a checkpoint in progress still has to wait for: the <b>old</b> pages,
 * those sealed before it began (and its own meta pages), that are not written yet.
 */
final class PageWriter {
    private final BufferPool pool;
    private final Frames frames;
    private final PageFile file;
    private final FreeSpace space;
    private final int list;

    /** DIRTY and FLUSHING. */
    private int unwritten;

    private int flushing;
    private int oldUnwritten;
    private boolean flush;

    PageWriter(PageFile file, BufferPool pool, FreeSpace space, int list) {
        this.file = file;
        this.pool = pool;
        this.space = space;
        this.list = list;
        frames = pool.frames();
        frames.initList(list);
    }

    /** A page was sealed into {@code frame}. */
    void add(int frame, boolean old) {
        frames.addLast(list, frame);
        unwritten++;
        if (old) {
            oldUnwritten++;
        }
    }

    /** A checkpoint begins: all that is unwritten now is old. */
    void begin() {
        oldUnwritten = unwritten;
        flush = unwritten > 0;
    }

    /** Writes everything sealed so far as soon as writes can be had. */
    void flush() {
        flush = unwritten > 0;
    }

    int unwritten() {
        return unwritten;
    }

    int oldUnwritten() {
        return oldUnwritten;
    }

    /** True when some page is on its way to the device, or will be. */
    boolean advancing() {
        return flushing > 0 || unwritten > 0 && file.healthy();
    }

    /** True when {@link #issue} would issue a write. */
    boolean ready(boolean all) {
        if (unwritten == flushing || pool.writeOps.isEmpty() || !file.healthy() || file.full()) {
            return false;
        }
        return all || flush || complete(frames.next[list]);
    }

    /** True when the run that starts at {@code first} can't grow. */
    private boolean complete(int first) {
        int frame = first;
        for (int n = 1; n < WriteOps.RUN_MAX; n++) {
            int next = frames.next[frame];
            if (next == list) {
                return false;
            }
            if (frames.key[next] != frames.key[frame] + 1) {
                return true;
            }
            frame = next;
        }
        return true;
    }

    /** Gives runs to the driver. Shard's thread. */
    int issue(boolean all) {
        int issued = 0;
        while (ready(all)) {
            issueRun();
            issued++;
        }
        if (unwritten == flushing) {
            flush = false;
        }
        return issued;
    }

    private void issueRun() {
        WriteOps.WriteOp op = pool.writeOps.take();
        op.writer = this;
        op.count = 0;
        int frame = frames.next[list];
        long key = frames.key[frame];
        op.firstPageNo = BufferPool.pageNo(key);
        while (frame != list
                && op.count < WriteOps.RUN_MAX
                && frames.key[frame] == key + op.count) {
            int next = frames.next[frame];
            assert frames.state(frame) == DIRTY;
            frames.unlink(frame);
            frames.state(frame, FLUSHING);
            op.frames[op.count] = frame;
            op.offsets[op.count] = BufferPool.at(frame);
            op.count++;
            frame = next;
        }
        op.prepareWriteGathered(
                file.io(),
                op.firstPageNo * PageHeader.PAGE_BYTES,
                pool.memory(),
                op.offsets,
                op.count,
                PageHeader.PAGE_BYTES);
        flushing += op.count;
        file.operationsInFlight++;
        pool.counters().writes++;
        pool.counters().writtenPages += op.count;
        pool.driver().enqueue(op);
    }

    /** A write is over. */
    void completed(WriteOps.WriteOp op) {
        flushing -= op.count;
        file.operationsInFlight--;
        if (!op.succeeded()) {
            unwrittenAgain(op);
            return;
        }
        for (int i = 0; i < op.count; i++) {
            int frame = op.frames[i];
            long pageNo = op.firstPageNo + i;
            countDone(pageNo);
            boolean freedYoung = frames.has(frame, DOOMED);
            pool.written(frame);
            if (freedYoung) {
                file.giveBack(pageNo);
            }
        }
        file.pagesWritten();
    }

    /**
     * What failed is dirty again, so that it stays readable. When the disk was full, nothing is
     * lost (the bytes are here, not in a cache of the system), and it is tried again when space is
     * asked for; any other failure is for good.
     */
    private void unwrittenAgain(WriteOps.WriteOp op) {
        IoException failure = op.failure();
        for (int i = op.count - 1; i >= 0; i--) {
            int frame = op.frames[i];
            frames.state(frame, DIRTY);
            if (frames.has(frame, DOOMED)) {
                countDone(op.firstPageNo + i);
                pool.dropDoomedDirty(frame);
                file.giveBack(op.firstPageNo + i);
            } else {
                frames.addFirst(list, frame);
            }
        }
        if (failure.errno() == Errno.ENOSPC || failure.errno() == Errno.EDQUOT) {
            file.writeFoundDiskFull(failure);
        } else {
            file.fail("write of pages failed: " + failure.error().message());
        }
    }

    private void countDone(long pageNo) {
        unwritten--;
        if (!space.young(pageNo)) {
            oldUnwritten--;
        }
    }

    /** A young page is freed that is DIRTY: it need never be written. */
    void cancel(int frame, long pageNo) {
        assert frames.state(frame) == DIRTY;
        frames.unlink(frame);
        countDone(pageNo);
        pool.dropDirty(frame);
    }

    /**
     * An old page is freed that is not written yet: a checkpoint needs it on disk, nobody in
     * memory.
     */
    void dropWhenWritten(int frame) {
        assert frames.state(frame) == DIRTY || frames.state(frame) == FLUSHING;
        frames.set(frame, DROP);
    }
}
