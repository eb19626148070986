package site.js0.jdb.wal;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.layout.LogRecordHeader;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.layout.LogSegmentHeader;

/**
 * The write-ahead log of one shard.
 *
 * <p>{@link #append} hands a record to the operating system: it survives the death of the process
 * from then on, and power loss once {@link #durableLsn} has reached it. Appending never blocks,
 * never touches the driver and allocates nothing, so that any holder of the shard may do it. The
 * shard's thread calls {@link #service} every turn: that prepares segments, starts syncs and trims.
 *
 * <p>A log is opened for writing behind a finished replay: {@link #start}. Until start-up is
 * through (some turns) {@code append} answers {@link #NO_ROOM}.
 *
 * <p>Owner: holder of the shard. Methods marked "shard's thread" use the driver.
 */
public final class Wal implements AutoCloseable {
    /** Answer of {@link #append}: nothing was appended; wait with {@link #awaitSegment}. */
    public static final long NO_ROOM = 0;

    private static final int BLOCK = LogSegmentHeader.BYTES;
    private static final int COMPLETIONS_PER_POLL = 64;

    private final Hold hold;
    private final IoDriver io;
    private final WalConfig config;
    private final LogHealth health;
    private final SegmentPool pool;
    private final GroupCommit commit;
    private final RecordWriter writer = new RecordWriter();
    private final int epoch;

    /** Every segment that is still needed, oldest first; the last one is {@link #current}. */
    private final List<Segment> live = new ArrayList<>();

    /** Those of {@link #live} that have a tail. */
    private final List<Segment> open = new ArrayList<>();

    private @Nullable LogStart start;
    private @Nullable Segment current;
    private long position;

    /** A sync covers bytes up to {@link #position}: the next record begins a new block. */
    private boolean leaveBlock;

    private long appendedLsn;
    private long trimLsn;
    private long cleanCloseLsn;
    private boolean closed;

    private long appendedRecords;
    private long appendedBytes;
    private long paddingBytes;

    /**
     * Opens a log for writing, behind what replay found. Returns at once; {@link #service} does the
     * rest.
     *
     * @param end from {@link WalReplay#end()}
     * @param minNextLsn the first record gets at least this LSN; what the caller knows from
     *     elsewhere
     * @param minEpoch the new epoch is at least this
     */
    public static Wal start(
            IoDriver io,
            Hold hold,
            Clock clock,
            WalConfig config,
            SyncGate gate,
            LogEnd end,
            long minNextLsn,
            int minEpoch) {
        return new Wal(io, hold, clock, config, gate, end, minNextLsn, minEpoch);
    }

    private Wal(
            IoDriver io,
            Hold hold,
            Clock clock,
            WalConfig config,
            SyncGate gate,
            LogEnd end,
            long minNextLsn,
            int minEpoch) {
        this.io = io;
        this.hold = hold;
        this.config = config;
        health = new LogHealth(config.shard());
        epoch = Math.max(Math.addExact(end.maxEpoch(), 1), minEpoch);
        long firstLsn = Math.max(Math.max(end.nextLsn(), end.startLsn()), minNextLsn);
        appendedLsn = firstLsn - 1;
        pool = new SegmentPool(io, clock, config, health, end.lastSeq() + 1);
        for (LogEnd.Unused unused : end.unused()) {
            pool.addUnused(unused.seq(), unused.bytes());
        }
        commit =
                new GroupCommit(io, health, gate, open, () -> appendedLsn, () -> leaveBlock = true);
        start = new LogStart(io, config, health, gate, pool, writer, end, epoch, firstLsn);
        for (LogEnd.Live old : end.live()) {
            Segment s = new Segment(old.seq(), 0, old.bytes(), null);
            s.firstLsn = old.firstLsn();
            s.sealed = true;
            s.headerDurable = true; // once start-up is through; nothing is trimmed before
            live.add(s);
        }
    }

    /** Appends one record whose payload is {@code payload[offset, offset + length)}. */
    public long append(int kind, MemorySegment payload, long offset, int length) {
        return append(kind, payload, offset, length, MemorySegment.NULL, 0, 0);
    }

    /**
     * Appends one record whose payload is part {@code a} and then part {@code b}. The payload is
     * copied; on return the operating system has it.
     *
     * @param kind one of {@link LogRecordKind}
     * @return its LSN, the last one's plus one, or {@link #NO_ROOM}: nothing was appended then
     * @throws JdbException InDoubt when the log has failed (whether this record will be found is
     *     then not known); DiskFull when a new segment is needed and the device has no room for it;
     *     BadArgument when the payload is larger than {@link WalConfig#payloadBytesMax}; Shutdown
     *     after a clean close. Only InDoubt may leave something behind
     */
    public long append(
            int kind,
            MemorySegment a,
            long aOffset,
            int aLength,
            MemorySegment b,
            long bOffset,
            int bLength) {
        assert hold.held();
        assert LogRecordKind.known(kind) : kind;
        health.check();
        final long payload = (long) aLength + bLength;
        if (payload > config.payloadBytesMax()) {
            throw tooLarge(payload);
        }
        if (cleanCloseLsn != 0) {
            throw new JdbException(new JdbError.Shutdown("the log of shard " + config.shard()));
        }
        final long bytes = LogRecordHeader.recordBytes((int) payload);
        final long lsn = appendedLsn + 1;
        final Segment segment = roomFor(bytes, lsn);
        if (segment == null) {
            return NO_ROOM;
        }
        final long at = position;
        try {
            writer.storeRecord(
                    segment.tail(),
                    at,
                    segment.salt,
                    kind,
                    lsn,
                    commit.durableLsn(),
                    epoch,
                    a,
                    aOffset,
                    aLength,
                    b,
                    bOffset,
                    bLength);
        } catch (RuntimeException
                | InternalError e) { // a fault on a mapped page is an InternalError
            throw storeFailed(segment, e);
        }
        segment.dirty = true;
        position = at + bytes;
        appendedLsn = lsn;
        appendedRecords++;
        appendedBytes += bytes;
        return lsn;
    }

    /** The segment with room at {@link #position}, or null when there is none yet. */
    private @Nullable Segment roomFor(long bytes, long lsn) {
        Segment s = current;
        if (s != null) {
            long at = position;
            if (leaveBlock) {
                at = (at + BLOCK - 1) & -BLOCK;
            }
            if (at + bytes <= s.bytes) {
                paddingBytes += at - position;
                position = at;
                leaveBlock = false;
                return s;
            }
        }
        // Start-up takes the first segment itself: it has to sync the header.
        Segment next = start == null ? pool.take() : null;
        if (next == null) {
            pool.missed();
            return null;
        }
        return begin(next, lsn);
    }

    private Segment begin(Segment next, long lsn) {
        Segment full = java.util.Objects.requireNonNull(current);
        try {
            next.firstLsn = lsn;
            writer.storeHeader(next.tail(), config, epoch, next.seq, lsn, commit.durableLsn(), 0);
        } catch (RuntimeException | InternalError e) {
            throw storeFailed(next, e);
        }
        paddingBytes += full.bytes - position;
        full.sealed = true;
        adopt(next);
        next.dirty = true;
        // Bounds what a power loss takes and how many tails are open, when nobody asks for syncs.
        commit.request(lsn - 1);
        return next;
    }

    /** Makes {@code s} the segment that records go to. */
    private void adopt(Segment s) {
        live.add(s);
        open.add(s);
        current = s;
        position = BLOCK;
        leaveBlock = false;
    }

    private JdbException tooLarge(long payload) {
        return new JdbException(
                new JdbError.BadArgument(
                        "bytes of one log record",
                        "at most " + config.payloadBytesMax() + " (a log segment holds it whole)",
                        Long.toString(payload)));
    }

    private JdbException storeFailed(Segment segment, Throwable e) {
        health.fail("store into " + SegmentName.of(segment.seq), e);
        return health.inDoubt();
    }

    /**
     * Waits until {@link #append} is worth another try: room, or an error to report.
     *
     * @return DONE, or WAIT with {@code waiter} parked
     */
    public int awaitSegment(Waiter waiter) {
        assert hold.held();
        return pool.parkForRoom(waiter, start == null) ? Progress.WAIT : Progress.DONE;
    }

    /** LSN of the last record appended; the LSN before the first one when there is none. */
    public long appendedLsn() {
        return appendedLsn;
    }

    /** All records up to here survive power loss. */
    public long durableLsn() {
        return commit.durableLsn();
    }

    /** The epoch of this opening. */
    public int epoch() {
        return epoch;
    }

    /** True once the log is in doubt: it takes nothing more until it is reopened. */
    public boolean failed() {
        return health.failed();
    }

    /**
     * Waits until all records up to {@code lsn}, which must have been appended, are durable.
     *
     * @return DONE, or WAIT with {@code waiter} parked
     * @throws JdbException InDoubt when that can't be promised any more
     */
    public int awaitDurable(long lsn, Waiter waiter) {
        assert hold.held();
        assert lsn <= appendedLsn;
        return commit.await(lsn, waiter);
    }

    /**
     * Records below {@code lsn} are not needed any more, and what they said is durable elsewhere.
     * Whole segments below it are given up in the turns that follow.
     */
    public void trimTo(long lsn) {
        assert hold.held();
        assert lsn <= appendedLsn + 1;
        trimLsn = Math.max(trimLsn, lsn);
    }

    /** True when {@link #service} would do something: a borrower then wakes the shard's thread. */
    public boolean wantsService() {
        if (health.failed()) {
            return false;
        }
        LogStart s = start;
        return pool.wantsService()
                || (s != null ? s.wantsService() : commit.wantsService() || hasTrimmable());
    }

    /**
     * Background work of one turn: starts syncs and preparations, gives up what is not needed.
     * Never blocks. Shard's thread.
     *
     * @return how much was begun; 0 when there was nothing to do
     */
    public int service() {
        assert hold.held();
        if (health.failed()) {
            // What failed may have been nobody's request: let those who wait find out.
            pool.resumeWaiters();
            commit.resumeAll();
            return 0;
        }
        int work = 0;
        if (start != null) {
            work += serviceStart(start);
        }
        if (start == null) {
            work += commit.service();
            work += settle();
            work += trim();
        }
        return work + pool.service();
    }

    private int serviceStart(LogStart starting) {
        Segment first = starting.service();
        if (first == null) {
            return 0;
        }
        start = null;
        first.headerDurable = true;
        adopt(first);
        commit.startAt(appendedLsn);
        pool.resumeWaiters();
        return 1;
    }

    /** Gives back tails of segments that are full and durable. */
    private int settle() {
        int work = 0;
        while (open.size() > 1 && open.getFirst().settled()) {
            pool.giveBack(open.removeFirst().detachTail());
            work++;
        }
        return work;
    }

    private boolean hasTrimmable() {
        if (live.size() < 2) {
            return false;
        }
        Segment oldest = live.getFirst();
        if (oldest.isOpen()) {
            return oldest.settled();
        }
        return second().firstLsn <= trimLsn && second().headerDurable;
    }

    private Segment second() {
        return live.get(1);
    }

    /**
     * A segment may go when the next one begins at or below {@link #trimLsn} and its header is
     * durable: replay must always find a segment that begins at or before its start.
     */
    private int trim() {
        int work = 0;
        while (live.size() > 1 && second().firstLsn <= trimLsn) {
            Segment oldest = live.getFirst();
            if (oldest.isOpen() || !second().headerDurable) {
                commit.request(Math.min(second().firstLsn, appendedLsn));
                break;
            }
            live.removeFirst();
            pool.addUnused(oldest.seq, oldest.bytes);
            work++;
        }
        return work;
    }

    /**
     * Ends the log in order: makes everything durable, appends a mark and makes that durable. Run
     * again after each WAIT until DONE; then {@link #close}. The caller records {@link
     * #appendedLsn} and passes it to {@link WalReplay#expectAtLeast} at the next opening.
     *
     * @return DONE, or WAIT with {@code waiter} parked
     */
    public int closeCleanly(Waiter waiter) {
        assert hold.held();
        health.check();
        if (cleanCloseLsn == 0) {
            if (commit.await(appendedLsn, waiter) == Progress.WAIT) {
                return Progress.WAIT;
            }
            long lsn;
            while ((lsn = append(LogRecordKind.CLEAN_CLOSE, MemorySegment.NULL, 0, 0)) == NO_ROOM) {
                if (awaitSegment(waiter) == Progress.WAIT) {
                    return Progress.WAIT;
                }
            }
            cleanCloseLsn = lsn;
        }
        return commit.await(cleanCloseLsn, waiter);
    }

    /** What has been done so far. */
    public WalStats stats() {
        return new WalStats(
                appendedRecords,
                appendedBytes,
                commit.syncs,
                commit.syncedRecords,
                commit.sharedSyncs,
                pool.created,
                pool.recycled,
                pool.removed,
                paddingBytes,
                pool.noRoom);
    }

    /** Bytes of log tails held open now: what of the memory budget is mapped. */
    public long openBytes() {
        long bytes = pool.readyBytes();
        for (Segment s : open) {
            bytes += s.bytes;
        }
        return bytes;
    }

    /**
     * Gives everything back, syncing nothing. Waits for what is in flight, so it blocks: at
     * shutdown only. Idempotent. Shard's thread.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        while (pool.busy() || commit.busy() || (start != null && start.busy())) {
            io.submit();
            if (io.poll(COMPLETIONS_PER_POLL) == 0) {
                io.await(-1);
            }
        }
        if (start != null) {
            start.close();
        }
        for (Segment s : open) {
            LogTail tail = s.detachTail();
            tail.close();
        }
        open.clear();
        pool.close();
    }
}
