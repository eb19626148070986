package site.js0.jdb.wal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.LogTail;

/**
 * Opens a log for writing behind what replay found.
 *
 * <ol>
 *   <li>Passes the gate: what the replayed records refer to was perhaps never synced.
 *   <li>Secures the old tail: every record that no later one calls durable is stored again over
 *       itself and synced. Without that a record read from the page cache after a failed sync (the
 *       system then calls the page clean) or after a kill would be believed durable and not be.
 *   <li>Takes a prepared segment and stores a header of the new epoch in it, with the LSN at which
 *       the old epochs end.
 *   <li>Syncs that header. Only then are records taken. So a header of a later epoch proves that
 *       all before its join was durable, and no epoch number is ever used twice.
 * </ol>
 *
 * <p>Owner: the shard's thread.
 */
final class LogStart {
    private static final int COPY_BYTES = 64 << 10;

    private enum Step {
        GATE,
        SECURE,
        SECURING,
        TAKE,
        HEADER_SYNCING,
        DONE
    }

    private final IoDriver io;
    private final WalConfig config;
    private final LogHealth health;
    private final SyncGate gate;
    private final SegmentPool pool;
    private final RecordWriter writer;
    private final LogEnd end;
    private final int epoch;
    private final long firstLsn;

    private final Waiter gateWaiter =
            new Waiter() {
                @Override
                public void resume() {
                    gateParked = false;
                }
            };

    private Step step;
    private boolean gateParked;
    private boolean inFlight;
    private int oldSyncs;
    private @Nullable Segment first;

    LogStart(
            IoDriver io,
            WalConfig config,
            LogHealth health,
            SyncGate gate,
            SegmentPool pool,
            RecordWriter writer,
            LogEnd end,
            int epoch,
            long firstLsn) {
        this.io = io;
        this.config = config;
        this.health = health;
        this.gate = gate;
        this.pool = pool;
        this.writer = writer;
        this.end = end;
        this.epoch = epoch;
        this.firstLsn = firstLsn;
        this.step = unproven().isEmpty() ? Step.TAKE : Step.GATE;
    }

    /**
     * Segments with a record that was perhaps never durable, and always the one in which the log
     * ends: when it holds no record, nothing says whether its header was.
     */
    private List<LogEnd.Live> unproven() {
        List<LogEnd.Live> live = end.live();
        List<LogEnd.Live> result = new ArrayList<>();
        for (int i = 0; i < live.size(); i++) {
            long lastLsn = (i + 1 < live.size() ? live.get(i + 1).firstLsn() : end.nextLsn()) - 1;
            if (lastLsn > end.durableStamp() || i + 1 == live.size()) {
                result.add(live.get(i));
            }
        }
        return result;
    }

    /** True while an operation is under way. */
    boolean busy() {
        return inFlight || oldSyncs > 0;
    }

    boolean wantsService() {
        return switch (step) {
            case GATE -> !gateParked;
            case SECURE -> !inFlight;
            case TAKE -> pool.hasReady();
            case SECURING, HEADER_SYNCING, DONE -> false;
        };
    }

    /**
     * Goes on as far as it can without waiting.
     *
     * @return the first segment, begun and with a durable header, once; null before and after that
     */
    @Nullable Segment service() {
        if (!health.failed() && !busy()) {
            switch (step) {
                case GATE -> passGate();
                case SECURE -> secure();
                case TAKE -> storeHeader();
                case SECURING, HEADER_SYNCING, DONE -> {}
            }
        }
        if (step != Step.DONE) {
            return null;
        }
        Segment s = first;
        first = null;
        return s;
    }

    private void passGate() {
        if (gateParked) {
            return;
        }
        gateParked = true; // before the call: it may resume us at once
        try {
            if (gate.beforeSync(firstLsn - 1, gateWaiter) == Progress.WAIT) {
                return;
            }
        } catch (JdbException e) {
            health.fail("what the log refers to could not be made durable", e);
            pool.resumeWaiters();
            return;
        }
        gateParked = false;
        secure();
    }

    private void secure() {
        step = Step.SECURING;
        inFlight = true;
        SecureTask task = new SecureTask(unproven());
        task.prepareTask();
        io.enqueue(task);
    }

    private void storeHeader() {
        Segment s = pool.take();
        if (s == null) {
            return;
        }
        first = s;
        s.firstLsn = firstLsn;
        try {
            writer.storeHeader(
                    s.tail(), config, epoch, s.seq, firstLsn, firstLsn - 1, end.nextLsn());
        } catch (RuntimeException e) {
            health.fail("storing the header of " + SegmentName.of(s.seq), e);
            return;
        }
        step = Step.HEADER_SYNCING;
        inFlight = true;
        HeaderSync op = new HeaderSync();
        op.prepareSyncData(s.tail().file());
        io.enqueue(op);
    }

    /** Gives back the tail that start-up may still hold. Nothing may be in flight. */
    void close() {
        if (first != null) {
            first.detachTail().close();
            first = null;
        }
    }

    /** Stores the bytes of the old tail over themselves, so that a sync really writes them. */
    private final class SecureTask extends IoOp {
        private final List<LogEnd.Live> segments;
        private final ArrayList<LogTail> tails = new ArrayList<>();

        SecureTask(List<LogEnd.Live> segments) {
            this.segments = segments;
        }

        @Override
        protected void runBlocking() {
            for (LogEnd.Live live : segments) {
                LogTail tail =
                        io.openLogTail(
                                SegmentName.path(config.directory(), live.seq()), live.bytes());
                tails.add(tail);
                storeAgain(tail, live.seq() == end.lastSeq() ? end.offset() : live.bytes());
            }
        }

        private void storeAgain(LogTail tail, long bytes) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = arena.allocate(COPY_BYTES, 64);
                for (long at = 0; at < bytes; at += COPY_BYTES) {
                    int n = (int) Math.min(COPY_BYTES, bytes - at);
                    tail.load(at, copy, 0, n);
                    tail.store(at, copy, 0, n);
                }
            }
        }

        @Override
        protected void completed() {
            inFlight = false;
            if (!succeeded()) {
                tails.forEach(pool::giveBack);
                health.fail("securing the end of the old log", failure());
                pool.resumeWaiters();
                return;
            }
            oldSyncs = tails.size();
            for (LogTail tail : tails) {
                OldSync op = new OldSync(tail);
                op.prepareSyncData(tail.file());
                io.enqueue(op);
            }
        }
    }

    private final class OldSync extends IoOp {
        private final LogTail tail;

        OldSync(LogTail tail) {
            this.tail = tail;
        }

        @Override
        protected void completed() {
            pool.giveBack(tail);
            if (!succeeded()) {
                health.fail("sync of the old log", failure());
                pool.resumeWaiters();
            }
            if (--oldSyncs == 0) {
                step = Step.TAKE;
            }
        }
    }

    private final class HeaderSync extends IoOp {
        @Override
        protected void completed() {
            inFlight = false;
            if (succeeded()) {
                step = Step.DONE;
            } else {
                health.fail("sync of the first segment of an epoch", failure());
                pool.resumeWaiters();
            }
        }
    }
}
