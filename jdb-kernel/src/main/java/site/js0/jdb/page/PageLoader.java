package site.js0.jdb.page;

import static site.js0.jdb.page.Frames.ALONE;
import static site.js0.jdb.page.Frames.PREFETCHED;
import static site.js0.jdb.page.Frames.QUEUED;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.PageHeader;

/**
 * The loads that wait to be read, and the reads in flight.
 *
 * <p>Queueing is done under the hold by any thread and touches no driver; {@link #issue} runs on
 * the shard's thread. It sorts what is queued and reads pages that lie side by side in one go,
 * those that somebody waits for first; prefetches alone never take the last quarter of the reads.
 */
final class PageLoader {
    /** Pages of one read at most. */
    static final int RUN_MAX = 64;

    /** Reads in flight at most. */
    static final int DEPTH_MAX = 64;

    private static final int DEPTH_PREFETCH_MAX = DEPTH_MAX * 3 / 4;

    private final BufferPool pool;
    private final Frames frames;
    private final IoDriver driver;

    /** Frames whose load is queued, in no order; {@code order} is room to sort their keys in. */
    private final int[] queue;

    private final long[] order;
    private int queued;

    private final ArrayDeque<ReadOp> idle = new ArrayDeque<>(DEPTH_MAX);
    private int inFlight;
    private int prefetchesInFlight;

    PageLoader(BufferPool pool, Frames frames, IoDriver driver) {
        this.pool = pool;
        this.frames = frames;
        this.driver = driver;
        queue = new int[frames.count];
        order = new long[frames.count];
        for (int i = 0; i < DEPTH_MAX; i++) {
            idle.push(new ReadOp());
        }
    }

    /** Takes a LOADING frame whose key and expected checksum are set. */
    void enqueue(int frame) {
        frames.set(frame, QUEUED);
        queue[queued++] = frame;
    }

    /** Takes a queued frame out again. */
    void withdraw(int frame) {
        assert frames.has(frame, QUEUED);
        frames.clear(frame, QUEUED);
        for (int i = 0; i < queued; i++) {
            if (queue[i] == frame) {
                queue[i] = queue[--queued];
                return;
            }
        }
        assert false : "frame " + frame + " is not in the load queue";
    }

    int queued() {
        return queued;
    }

    int inFlight() {
        return inFlight;
    }

    /** True when {@link #issue} would issue a read. */
    boolean ready() {
        return queued > 0 && !idle.isEmpty();
    }

    /** Gives queued loads to the driver, as many as may be in flight. Shard's thread. */
    int issue() {
        if (!ready()) {
            return 0;
        }
        final int n = queued;
        final long[] order = this.order;
        for (int i = 0; i < n; i++) {
            order[i] = frames.key[queue[i]];
        }
        Arrays.sort(order, 0, n);
        int issued = issueRuns(n, true) + issueRuns(n, false);
        int kept = 0;
        for (int i = 0; i < n; i++) {
            if (frames.has(queue[i], QUEUED)) {
                queue[kept++] = queue[i];
            }
        }
        queued = kept;
        return issued;
    }

    /**
     * One pass over the sorted keys; a key that was issued in an earlier pass is 0 in {@code
     * order}.
     */
    private int issueRuns(int n, boolean demanded) {
        int issued = 0;
        int i = 0;
        while (i < n && !idle.isEmpty()) {
            if (order[i] == 0) {
                i++;
                continue;
            }
            int end = runEnd(i, n);
            if (demanded ? anyDemanded(i, end) : prefetchesInFlight < DEPTH_PREFETCH_MAX) {
                issueRun(i, end, demanded);
                issued++;
            }
            i = end;
        }
        return issued;
    }

    private int runEnd(int from, int n) {
        int end = from + 1;
        if (frames.has(pool.frameOf(order[from]), ALONE)) {
            return end;
        }
        // Keys of two files are never neighbours: page numbers stay far below 2^48.
        while (end < n
                && end - from < RUN_MAX
                && order[end] == order[end - 1] + 1
                && !frames.has(pool.frameOf(order[end]), ALONE)) {
            end++;
        }
        return end;
    }

    private boolean anyDemanded(int from, int to) {
        for (int i = from; i < to; i++) {
            if (!frames.has(pool.frameOf(order[i]), PREFETCHED)) {
                return true;
            }
        }
        return false;
    }

    private void issueRun(int from, int to, boolean demanded) {
        ReadOp op = idle.pop();
        PageFile file = pool.file(order[from]);
        op.file = file;
        op.prefetch = !demanded;
        op.count = to - from;
        for (int i = from; i < to; i++) {
            int frame = pool.frameOf(order[i]);
            frames.clear(frame, QUEUED);
            op.frames[i - from] = frame;
            op.offsets[i - from] = BufferPool.at(frame);
        }
        long offset = BufferPool.pageNo(order[from]) * PageHeader.PAGE_BYTES;
        op.prepareReadScattered(
                file.io(), offset, pool.memory(), op.offsets, op.count, PageHeader.PAGE_BYTES);
        Arrays.fill(order, from, to, 0);
        inFlight++;
        if (op.prefetch) {
            prefetchesInFlight++;
        }
        file.operationsInFlight++;
        PoolCounters counters = pool.counters();
        counters.loads++;
        counters.loadedPages += op.count;
        if (op.count > 1) {
            counters.coalescedReads++;
        }
        driver.enqueue(op);
    }

    /** One read; reused. */
    private final class ReadOp extends IoOp {
        final int[] frames = new int[RUN_MAX];
        final long[] offsets = new long[RUN_MAX];
        int count;
        boolean prefetch;
        @Nullable PageFile file;

        @Override
        protected void completed() {
            PageFile file = Objects.requireNonNull(this.file);
            inFlight--;
            if (prefetch) {
                prefetchesInFlight--;
            }
            file.operationsInFlight--;
            for (int i = 0; i < count; i++) {
                if (succeeded()) {
                    pool.loaded(file, frames[i]);
                } else if (count > 1) {
                    // One bad sector must not fail its neighbours: each is read again by itself.
                    pool.loadAgain(frames[i]);
                } else {
                    pool.loadFailed(file, frames[i], failure());
                }
            }
            this.file = null;
            idle.push(this);
        }
    }
}
