package site.js0.jdb.wal;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.layout.LogSegmentHeader;

/**
 * Segment files before and after their use: prepares the next ones, gives back the tails of settled
 * ones, keeps trimmed ones as spares or removes them.
 *
 * <p>All of that may block, so it runs as a driver's task, one at a time. A prepared segment's name
 * is durable before it is handed out. A spare keeps its old name until it is renamed to the number
 * it is needed for; its old bytes stay, and count for nothing under another number.
 *
 * <p>A full device is no failure of the log: it is remembered, told to those who need a segment,
 * and tried again after a while. Anything else that goes wrong puts the log in doubt.
 *
 * <p>Owner: holder of the shard; {@link #service} and completions: the shard's thread.
 */
final class SegmentPool {
    private final IoDriver io;
    private final Clock clock;
    private final WalConfig config;
    private final LogHealth health;

    private final ArrayDeque<Segment> ready = new ArrayDeque<>();
    private final ArrayDeque<LogTail> toClose = new ArrayDeque<>();
    private final ArrayDeque<Long> spares = new ArrayDeque<>();
    private final ArrayDeque<Long> toRemove = new ArrayDeque<>();
    private final WaitList waitingForRoom = new WaitList();
    private final Task task = new Task();

    private long nextSeq;
    private boolean busy;
    private @Nullable JdbError full;
    private long retryAtNanos;
    private boolean retryNow;

    long created;
    long recycled;
    long removed;
    long noRoom;

    /**
     * @param nextSeq number of the first segment to prepare
     */
    SegmentPool(IoDriver io, Clock clock, WalConfig config, LogHealth health, long nextSeq) {
        this.io = io;
        this.clock = clock;
        this.config = config;
        this.health = health;
        this.nextSeq = nextSeq;
    }

    /** A file that is no part of the log. Kept as a spare when its size fits and there is need. */
    void addUnused(long seq, long bytes) {
        if (bytes == config.segmentBytes() && spares.size() < config.sparesMax()) {
            spares.add(seq);
            retryNow = true;
        } else {
            toRemove.add(seq);
        }
    }

    /** Takes a tail that is not stored to any more. */
    void giveBack(LogTail tail) {
        toClose.add(tail);
    }

    /** True when {@link #take} would answer one. */
    boolean hasReady() {
        return !ready.isEmpty();
    }

    /** The next segment in order, or null when none is prepared. */
    @Nullable Segment take() {
        return ready.poll();
    }

    /**
     * Says that a segment was needed and none was there.
     *
     * @throws JdbException DiskFull when the device has no room for one
     */
    void missed() {
        noRoom++;
        if (full != null) {
            throw new JdbException(full);
        }
    }

    /**
     * Parks {@code waiter} unless there is a segment, or no hope of one for now.
     *
     * @param usable whether a prepared segment would do; not while start-up is about to take it
     */
    boolean parkForRoom(Waiter waiter, boolean usable) {
        if ((usable && hasReady()) || full != null || health.failed()) {
            return false;
        }
        waitingForRoom.add(waiter);
        return true;
    }

    /** Lets all who wait for a segment run again. */
    void resumeWaiters() {
        waitingForRoom.resumeAll();
    }

    /** True when {@link #service} would begin something. */
    boolean wantsService() {
        return !busy && (!toClose.isEmpty() || !toRemove.isEmpty() || wantsSegment());
    }

    private boolean wantsSegment() {
        return ready.size() < config.aheadMax()
                && (full == null || retryNow || clock.monotonicNanos() - retryAtNanos >= 0);
    }

    /** Starts at most one task. Shard's thread. */
    int service() {
        if (busy || health.failed()) {
            return 0;
        }
        if (wantsSegment()) {
            retryNow = false;
            task.prepareSegment(nextSeq, spareFor(nextSeq));
        } else if (!toClose.isEmpty() || !toRemove.isEmpty()) {
            task.tidy(toClose.poll(), toRemove.isEmpty() ? 0 : toRemove.poll());
        } else {
            return 0;
        }
        busy = true;
        io.enqueue(task);
        return 1;
    }

    /** A spare that has the wanted name already, or else the oldest, or 0. */
    private long spareFor(long seq) {
        if (spares.remove(seq)) {
            return seq;
        }
        // A file of that name in the way is replaced by the rename.
        toRemove.remove(seq);
        Long oldest = spares.poll();
        return oldest == null ? 0 : oldest;
    }

    private void prepared(Segment segment, boolean wasSpare) {
        ready.add(segment);
        nextSeq++;
        full = null;
        if (wasSpare) {
            recycled++;
        } else {
            created++;
        }
        waitingForRoom.resumeAll();
    }

    private void failed(String what, Throwable failure) {
        int errno = failure instanceof IoException e ? e.errno() : 0;
        if (errno == Errno.ENOSPC || errno == Errno.EDQUOT) {
            full =
                    new JdbError.DiskFull(
                            config.directory().toString(),
                            "a log segment of " + config.segmentBytes() + " bytes is needed");
            retryAtNanos = clock.monotonicNanos() + config.fullRetryNanos();
        } else {
            health.fail(what, failure);
        }
        waitingForRoom.resumeAll();
    }

    /** Bytes of the segments prepared. */
    long readyBytes() {
        return (long) ready.size() * config.segmentBytes();
    }

    /** True while a task is under way. */
    boolean busy() {
        return busy;
    }

    /** Closes every tail held here. Nothing may be in flight. */
    void close() {
        assert !busy;
        for (Segment s : ready) {
            s.detachTail().close();
        }
        ready.clear();
        toClose.forEach(LogTail::close);
        toClose.clear();
    }

    /**
     * The blocking calls. Fields are set by the owner before enqueue and read back on completion.
     */
    private final class Task extends IoOp {
        private boolean preparing;
        private long seq;
        private long spare;
        private boolean renamed;
        private @Nullable LogTail tail;

        void prepareSegment(long seq, long spare) {
            preparing = true;
            this.seq = seq;
            this.spare = spare;
            renamed = false;
            tail = null;
            prepareTask();
        }

        /** Closes {@code tail} if there is one, and removes file {@code seq} unless that is 0. */
        void tidy(@Nullable LogTail tail, long seq) {
            preparing = false;
            this.tail = tail;
            this.seq = seq;
            prepareTask();
        }

        @Override
        protected void runBlocking() {
            Directory dir = io.directory();
            if (!preparing) {
                if (tail != null) {
                    tail.close();
                }
                if (seq != 0) {
                    dir.remove(SegmentName.path(config.directory(), seq));
                }
                return;
            }
            var path = SegmentName.path(config.directory(), seq);
            if (spare != 0 && spare != seq) {
                dir.rename(SegmentName.path(config.directory(), spare), path);
                renamed = true;
            }
            try {
                tail = io.openLogTail(path, config.segmentBytes());
                dir.syncDir(config.directory());
            } catch (RuntimeException e) {
                undo(dir, path, e);
                throw e;
            }
        }

        /**
         * Leaves no half-made file behind: on a full device it would hold the space others need.
         */
        private void undo(Directory dir, java.nio.file.Path path, RuntimeException cause) {
            try {
                if (tail != null) {
                    tail.close();
                    tail = null;
                }
                if (spare == 0 && dir.exists(path)) {
                    dir.remove(path);
                }
            } catch (RuntimeException e) {
                cause.addSuppressed(e);
            }
        }

        @Override
        protected void completed() {
            busy = false;
            if (!preparing) {
                if (!succeeded()) {
                    failed("tidying up log segments", failure());
                } else if (seq != 0) {
                    removed++;
                }
                tail = null;
                return;
            }
            LogTail opened = tail;
            tail = null;
            if (succeeded() && opened != null) {
                int salt =
                        LogSegmentHeader.salt(
                                config.dbIdHigh(), config.dbIdLow(), config.shard(), seq);
                prepared(new Segment(seq, salt, config.segmentBytes(), opened), spare != 0);
                return;
            }
            if (spare != 0) {
                spares.addFirst(renamed ? seq : spare);
            }
            failed("preparing log segment " + SegmentName.of(seq), failure());
        }
    }
}
