package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Limits;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.TreeMerge;
import site.js0.jdb.layout.BatchFormat;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.layout.TreeLimits;
import site.js0.jdb.layout.TxnFormat;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.wal.Wal;

/**
 * All that one shard stores: its VNodes' tablets over one log and one buffer pool. The engine
 * without threads: every verb runs under the hold, never blocks, and answers {@link Progress#WAIT}
 * (or LSN 0) with the waiter parked.
 *
 * <p>A commit: room in the memtables, then a timestamp, then one log record, then the memtables.
 * After the log record nothing can fail but by a defect, and that puts the shard in doubt.
 *
 * <p>Background work is driven by the shard's thread: {@link #service} under the hold, {@link
 * #mergeSlice} without.
 */
public final class ShardStore {
    /**
     * What a value takes in a log record at the most: the value itself when inline, else a pointer.
     */
    public static final int INLINE_OR_POINTER_BYTES_MAX = Limits.INLINE_VALUE_BYTES_MAX;

    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final int number;
    private final ExclusiveHold hold;
    private final Clock clock;
    private final StoreConfig config;
    private final BufferPool pool;
    private final Wal wal;

    /** By VNode number; null where the VNode is another shard's. */
    private final @Nullable Tablet[] byVnode;

    private final List<Tablet> tablets;
    private final CommitClock commitClock;
    private final Floors floors;
    private final Peers peers;

    private final BatchWriter writer;
    private final MemorySegment searchKey;
    private final TabletScanner scanner;

    /** Transactions that are logged here but not decided. */
    private final List<Prepared> undecided = new ArrayList<>();

    private final CrossShardLog crossShard;
    private final WaitList decisionWaiters = new WaitList();
    private final WaitList settleWaiters = new WaitList();

    private @Nullable Throwable doubt;
    private boolean attention;

    /** Round robin over tablets with a merge. */
    private int nextMerge;

    private long paceNanos;
    private long logBytes;
    private long commits;
    private long writes;
    private long crossShardCommits;
    private long aborts;
    private long roomWaits;
    private long cleanLsn;

    /** Puts together what {@link ShardRecovery} has recovered. */
    ShardStore(
            StoreConfig config,
            Recovered recovered,
            CommitClock commitClock,
            Floors floors,
            Peers peers) {
        this.config = config;
        this.number = config.shard();
        this.hold = config.hold();
        this.clock = config.clock();
        this.pool = recovered.pool();
        this.wal = recovered.wal();
        this.tablets = recovered.tablets();
        this.byVnode = new Tablet[config.vnodes()];
        for (Tablet tablet : tablets) {
            byVnode[tablet.vnode()] = tablet;
        }
        this.commitClock = commitClock;
        this.floors = floors;
        this.peers = peers;
        this.writer = new BatchWriter(recovered.scratch());
        this.searchKey = recovered.searchKey();
        this.scanner = new TabletScanner(recovered.scanKeys());
        this.crossShard = new CrossShardLog();
    }

    private Tablet tablet(int vnode) {
        Tablet tablet = byVnode[vnode];
        assert tablet != null : "VNode " + vnode + " is not on shard " + number;
        return tablet;
    }

    // ---- reading
    // -------------------------------------------------------------------------------------------

    /** The newest version of a key at or below {@code readTimestamp}. */
    public int get(
            int vnode,
            int table,
            byte[] key,
            int keyLength,
            long readTimestamp,
            PointRead read,
            Waiter waiter) {
        assert hold.held();
        BlobFetch fetch = read.fetch;
        if (fetch != null) {
            return Tablet.continueFetch(read, fetch, waiter);
        }
        searchKey.set(BE_INT, 0, table);
        MemorySegment.copy(
                key, 0, searchKey, ValueLayout.JAVA_BYTE, BatchFormat.TABLE_ID_BYTES, keyLength);
        return tablet(vnode)
                .get(
                        searchKey,
                        BatchFormat.TABLE_ID_BYTES + keyLength,
                        readTimestamp,
                        read,
                        waiter);
    }

    /**
     * Gives the next rows of a scan to {@code sink}: at most {@code rowsMax}, and no more once
     * {@code bytesMax} are reached. {@code state} then stands behind them.
     */
    public int scan(
            ScanSpec spec,
            ScanState state,
            RowSink sink,
            int rowsMax,
            int bytesMax,
            Waiter waiter) {
        assert hold.held();
        Tablet tablet = tablet(spec.vnode());
        if (isUndecidedAtOrBelow(spec.timestamp())) {
            refuseWhenInDoubt();
            decisionWaiters.add(waiter);
            return Progress.WAIT;
        }
        tablet.observe(spec.timestamp());
        int r = scanner.scan(tablet, spec, state, sink, rowsMax, bytesMax, waiter);
        attention |= pool.pending(); // what was prefetched is to be read
        return r;
    }

    private boolean isUndecidedAtOrBelow(long timestamp) {
        for (int i = 0; i < undecided.size(); i++) {
            if (undecided.get(i).timestamp() <= timestamp) {
                return true;
            }
        }
        return false;
    }

    // ---- writing
    // -------------------------------------------------------------------------------------------

    /** The scratch to put the next batch together in; used at once, under the same hold. */
    public BatchWriter writer() {
        assert hold.held();
        return writer;
    }

    /**
     * True when a value of this length is stored with its key; else it goes to the value log first.
     */
    public boolean inline(int keyLength, int valueLength) {
        return valueLength <= config.inlineValueBytesMax()
                && TreeLimits.inline(BatchFormat.TABLE_ID_BYTES + keyLength, valueLength);
    }

    /** Writes large values to the value log. {@link Progress#DONE} once the device has them all. */
    public int writeBlobs(BlobBatch blobs, Waiter waiter) {
        assert hold.held();
        if (!blobs.started()) {
            attention = true;
            blobs.start(this::valuesOf, wal.appendedLsn());
        }
        return blobs.poll(waiter);
    }

    private ValueStore valuesOf(int vnode) {
        return tablet(vnode).values();
    }

    /** The largest batch, as {@link BatchWriter#bytesOf} counts, that one shard takes. */
    public long batchBytesMax() {
        return config.batchBytesMax();
    }

    /**
     * Commits the batch in {@link #writer()}.
     *
     * @return the LSN of its record, or 0: the waiter is parked, nothing has changed
     */
    public long commit(Waiter waiter) {
        assert hold.held();
        refuseWhenInDoubt();
        writer.finish();
        if (!makeRoom(waiter)) {
            return 0;
        }
        long timestamp = commitClock.after(newestTimestampTouched());
        writer.timestamp(timestamp);
        long lsn = appendWanted(LogRecordKind.BATCH, waiter);
        if (lsn == 0) {
            return 0;
        }
        try {
            apply(writer.memory(), writer.start(), timestamp, lsn);
        } catch (Throwable t) {
            fail(t);
            throw t;
        }
        commits++;
        pace(timestamp);
        return lsn;
    }

    /**
     * How long the writer of the last commit should stay away, in nanoseconds; 0 mostly. Asked once
     * a commit, under the same hold; the waiting is done without it.
     */
    public long takePaceNanos() {
        long nanos = paceNanos;
        paceNanos = 0;
        return nanos;
    }

    private void pace(long now) {
        for (int i = 0; i < tablets.size(); i++) {
            if (tablets.get(i).merge().active()) {
                paceNanos = Math.max(paceNanos, tablets.get(i).pacer().delay(now));
            }
        }
    }

    /** Appends what is in the writer; when nothing was appended, its wants are forgotten. */
    private long appendWanted(int kind, Waiter waiter) {
        long lsn = 0;
        try {
            lsn = append(kind, writer.memory(), writer.size(), waiter);
            return lsn;
        } finally {
            if (lsn == 0) {
                forgetWants();
            }
        }
    }

    private long append(int kind, MemorySegment payload, long size, Waiter waiter) {
        long lsn = wal.append(kind, payload, 0, (int) size);
        if (lsn == Wal.NO_ROOM) {
            attention = true;
            wal.awaitSegment(waiter);
            return 0;
        }
        logBytes += size;
        if (wal.wantsService()) {
            attention = true;
        }
        return lsn;
    }

    /** Makes sure that the batch in the writer fits its memtables; else parks the waiter. */
    private boolean makeRoom(Waiter waiter) {
        MemorySegment m = writer.memory();
        long write = writer.firstWrite();
        for (int i = 0; i < writer.count(); i++) {
            tablet(BatchFormat.vnode(m, write))
                    .want(BatchFormat.keyBytes(m, write), BatchFormat.valueBytes(m, write));
            write = BatchFormat.nextWrite(m, write);
        }
        boolean room = true;
        for (int i = 0; i < tablets.size(); i++) {
            Tablet tablet = tablets.get(i);
            if (room && !tablet.wantsNothing()) {
                boolean merging = tablet.merge().active();
                try {
                    room = tablet.makeRoom(waiter);
                } catch (JdbException e) {
                    forgetWants();
                    throw e;
                }
                attention |= merging != tablet.merge().active() || !room;
            }
        }
        if (!room) {
            roomWaits++;
            forgetWants();
        }
        return room;
    }

    private void forgetWants() {
        for (int i = 0; i < tablets.size(); i++) {
            tablets.get(i).wantNothing();
        }
    }

    /** The newest timestamp of the tablets that want something. */
    private long newestTimestampTouched() {
        long newest = 0;
        for (int i = 0; i < tablets.size(); i++) {
            Tablet tablet = tablets.get(i);
            if (!tablet.wantsNothing()) {
                newest = Math.max(newest, tablet.lastTimestamp());
            }
        }
        return newest;
    }

    /** Applies a batch whose room was made sure of, and forgets what it wanted. */
    private void apply(MemorySegment from, long batch, long timestamp, long lsn) {
        int count = BatchFormat.count(from, batch);
        long write = batch + BatchFormat.HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            Tablet tablet = tablet(BatchFormat.vnode(from, write));
            tablet.wantNothing();
            tablet.noteLsn(lsn, logBytes);
            tablet.apply(
                    from,
                    BatchFormat.keyAt(write),
                    BatchFormat.keyBytes(from, write),
                    timestamp,
                    BatchFormat.kind(from, write),
                    BatchFormat.valueAt(from, write),
                    BatchFormat.valueBytes(from, write));
            write = BatchFormat.nextWrite(from, write);
        }
        writes += count;
    }

    // ---- commits over several shards
    // --------------------------------------------------------------------------

    /**
     * Logs the prepare in {@link #writer()}: its writes stay invisible until {@link #decide}.
     *
     * @return what to decide about, or null: the waiter is parked, nothing has changed
     */
    public @Nullable Prepared prepare(Waiter waiter) {
        assert hold.held();
        refuseWhenInDoubt();
        writer.finish();
        if (!makeRoom(waiter)) {
            return null;
        }
        long proposal = commitClock.after(newestTimestampTouched());
        writer.timestamp(proposal);
        MemorySegment m = writer.memory();
        long lsn = appendWanted(LogRecordKind.PREPARE, waiter);
        if (lsn == 0) {
            return null;
        }
        byte[] batch =
                m.asSlice(writer.start(), writer.size() - writer.start())
                        .toArray(ValueLayout.JAVA_BYTE);
        Prepared prepared =
                new Prepared(TxnFormat.txnHigh(m, 0), TxnFormat.txnLow(m, 0), lsn, proposal, batch);
        for (int i = 0; i < tablets.size(); i++) {
            Tablet tablet = tablets.get(i);
            if (!tablet.wantsNothing()) {
                tablet.reserveWanted();
                tablet.noteLsn(lsn, logBytes);
                tablet.wantNothing();
            }
        }
        undecided.add(prepared);
        return prepared;
    }

    /**
     * Logs the decision to commit and applies the writes.
     *
     * @return the LSN of the decision, or 0: the waiter is parked
     */
    public long decide(Prepared prepared, Decision decision, Waiter waiter) {
        assert hold.held();
        refuseWhenInDoubt();
        MemorySegment m = writer.memory();
        int count = decision.shards().length;
        TxnFormat.writeDecision(
                m, 0, decision.txnHigh(), decision.txnLow(), decision.timestamp(), count);
        for (int i = 0; i < count; i++) {
            TxnFormat.writeParticipant(m, 0, i, decision.shards()[i], decision.prepareLsns()[i]);
        }
        long lsn;
        try {
            lsn = append(LogRecordKind.DECISION, m, TxnFormat.decisionBytes(count), waiter);
            if (lsn == 0) {
                return 0;
            }
            release(prepared);
            applyPrepared(prepared.batch(), decision.timestamp(), lsn);
        } catch (Throwable t) {
            // Another participant may have logged the decision: only recovery can finish this one.
            fail(t);
            throw t;
        }
        crossShard.decided(lsn, decision);
        crossShardCommits++;
        return lsn;
    }

    private void applyPrepared(byte[] batch, long timestamp, long lsn) {
        MemorySegment m = writer.memory();
        MemorySegment.copy(batch, 0, m, ValueLayout.JAVA_BYTE, 0, batch.length);
        apply(m, 0, timestamp, lsn);
    }

    /** Lets go of a prepare that will never be decided. */
    public void abort(Prepared prepared) {
        assert hold.held();
        release(prepared);
        aborts++;
    }

    private void release(Prepared prepared) {
        if (!undecided.remove(prepared)) {
            throw new IllegalStateException(
                    "transaction " + prepared.txnLow() + " is not prepared here");
        }
        MemorySegment batch = MemorySegment.ofArray(prepared.batch());
        int count = BatchFormat.count(batch, 0);
        long write = BatchFormat.HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            tablet(BatchFormat.vnode(batch, write))
                    .want(BatchFormat.keyBytes(batch, write), BatchFormat.valueBytes(batch, write));
            write = BatchFormat.nextWrite(batch, write);
        }
        for (int i = 0; i < tablets.size(); i++) {
            Tablet tablet = tablets.get(i);
            if (!tablet.wantsNothing()) {
                tablet.releaseWanted();
                tablet.wantNothing();
            }
        }
        decisionWaiters.resumeAll();
    }

    // ---- durability
    // --------------------------------------------------------------------------------------------

    public long appendedLsn() {
        return wal.appendedLsn();
    }

    /** Waits until this log's records up to {@code lsn} are on the device. */
    public int awaitLogDurable(long lsn, Waiter waiter) {
        assert hold.held();
        int r = wal.awaitDurable(lsn, waiter);
        attention |= r == Progress.WAIT;
        return r;
    }

    /**
     * Waits until recovery after power loss would keep this log's records up to {@code lsn}: they
     * are on the device, and, when decisions are among them, so is everything that other logs held
     * when those were logged.
     */
    public int awaitDurable(long lsn, Waiter waiter) {
        if (awaitLogDurable(lsn, waiter) == Progress.WAIT) {
            return Progress.WAIT;
        }
        refuseWhenInDoubt();
        if (!crossShard.needsPeers(lsn)) {
            return Progress.DONE;
        }
        if (crossShard.park(waiter, wal.appendedLsn())) {
            peers.syncAll();
        }
        return Progress.WAIT;
    }

    /** The sync of the other shards' logs that {@link Peers#syncAll} began is over. */
    public void peersSynced(@Nullable Throwable failure) {
        assert hold.held();
        if (failure != null) {
            fail(failure);
        }
        crossShard.peersSynced(failure == null);
    }

    // ---- background
    // --------------------------------------------------------------------------------------------

    /**
     * Starts and continues I/O and checkpoints. Shard's thread, under the hold. Returns the work
     * done.
     */
    public int service() {
        assert hold.held();
        int work = pool.service() + wal.service();
        for (int i = 0; i < tablets.size(); i++) {
            Tablet tablet = tablets.get(i);
            work += tablet.values().service();
            work += serviceCheckpoint(tablet);
        }
        if (doubt == null) {
            relieveLog();
        }
        return work;
    }

    private int serviceCheckpoint(Tablet tablet) {
        TabletCheckpoint checkpoint = tablet.checkpoint();
        if (doubt != null) {
            return 0;
        }
        if (checkpoint.wanted() && !checkpoint.active() && !tablet.merge().active()) {
            beginCheckpoint(tablet, 0);
        }
        if (!checkpoint.runnable()) {
            return 0;
        }
        try {
            if (checkpoint.run(this)) {
                tablet.pages().openReserve(false);
                tablet.values().checkpointed();
                trimLog();
                settleWaiters.resumeAll();
            }
        } catch (JdbException e) {
            if (!(e.error() instanceof JdbError.DiskFull)) {
                throw e;
            }
            checkpoint.abandoned();
            return 0;
        }
        return 1;
    }

    private void beginCheckpoint(Tablet tablet, long clean) {
        tablet.checkpoint()
                .begin(
                        tablet.replayLsn(wal.appendedLsn() + 1),
                        config.logGeneration(),
                        number,
                        commitClock.now(),
                        clean);
    }

    /** Lets go of log segments that no checkpoint and no other shard's recovery needs. */
    private void trimLog() {
        long oldest = crossShard.oldestNeeded();
        for (int i = 0; i < tablets.size(); i++) {
            oldest = Math.min(oldest, tablets.get(i).checkpoint().durableReplayLsn());
        }
        if (oldest > 1 && oldest != Long.MAX_VALUE) {
            wal.trimTo(oldest);
        }
    }

    /** A VNode that gets few writes must not keep the log from shrinking. */
    private void relieveLog() {
        for (int i = 0; i < tablets.size(); i++) {
            Tablet tablet = tablets.get(i);
            if (tablet.logBytesHeld(logBytes) > config.logBytesMax() && !tablet.merge().active()) {
                tablet.freeze();
            }
        }
    }

    /**
     * One slice of one merge. Shard's thread, without the hold. Returns the work done; 0: no merge
     * can go on now.
     */
    public int mergeSlice(int leaves) {
        Tablet tablet = nextMergeable();
        if (tablet == null) {
            return 0;
        }
        TabletMerge merge = tablet.merge();
        int progress;
        try {
            progress = merge.slice(leaves, floors, commitClock.now());
        } catch (JdbException e) {
            if (!(e.error() instanceof JdbError.DiskFull)) {
                throw e;
            }
            mergeMetFullDisk(tablet, e);
            return 0;
        }
        if (progress == Progress.DONE || progress == TreeMerge.ROOT) {
            hold.acquire();
            try {
                rootPublished(tablet, progress == Progress.DONE);
            } finally {
                hold.release();
            }
        }
        return progress == Progress.WAIT ? 0 : 1;
    }

    private @Nullable Tablet nextMergeable() {
        if (doubt != null) {
            return null;
        }
        long now = clock.monotonicNanos();
        for (int i = 0; i < tablets.size(); i++) {
            Tablet tablet = tablets.get((nextMerge + i) % tablets.size());
            if (tablet.merge().runnable(now)) {
                nextMerge = (nextMerge + i) % tablets.size();
                return tablet;
            }
        }
        return null;
    }

    /** The tree is whole just now: the moment for a checkpoint. */
    private void rootPublished(Tablet tablet, boolean done) {
        tablet.merge().rootPublished();
        TabletCheckpoint checkpoint = tablet.checkpoint();
        if (done) {
            tablet.merge().finish();
            checkpoint.want();
        }
        boolean crowded =
                tablet.pages().pendingPages() > config.pendingPagesMax(tablet.pages().livePages());
        if (!checkpoint.active() && (checkpoint.wanted() || crowded)) {
            beginCheckpoint(tablet, 0);
        }
    }

    private void mergeMetFullDisk(Tablet tablet, JdbException cause) {
        tablet.merge().cancel();
        hold.acquire();
        try {
            tablet.merge().retryLater(clock.monotonicNanos(), cause);
            // Who waits for room is told; deleting goes on where there is room left.
            tablet.resumeAllWaiters();
            settleWaiters.resumeAll();
            tablet.pages().openReserve(true);
            if (!tablet.checkpoint().active()) {
                beginCheckpoint(tablet, 0);
            }
        } finally {
            hold.release();
        }
    }

    // ---- settling, closing
    // -------------------------------------------------------------------------------------

    /** Merges everything and checkpoints; {@link Progress#DONE} once that is durable. */
    public int settle(Waiter waiter) {
        assert hold.held();
        refuseWhenInDoubt();
        boolean settled = true;
        for (int i = 0; i < tablets.size(); i++) {
            Tablet tablet = tablets.get(i);
            if (!tablet.merge().active() && !tablet.active().isEmpty()) {
                tablet.freeze();
            }
            if (tablet.merge().full()) {
                throw tablet.merge().diskFull();
            }
            boolean clean = tablet.active().isEmpty() && !tablet.merge().active();
            if (!clean || tablet.checkpoint().active() || tablet.checkpoint().wanted()) {
                settled = false;
            }
        }
        if (settled) {
            return Progress.DONE;
        }
        attention = true;
        settleWaiters.add(waiter);
        return Progress.WAIT;
    }

    /**
     * After {@link #settle}: ends the log with its mark and writes checkpoints that know it. {@link
     * Progress#DONE} once a reopening has nothing to replay.
     */
    public int closeCleanly(Waiter waiter) {
        assert hold.held();
        refuseWhenInDoubt();
        if (cleanLsn == 0) {
            if (wal.closeCleanly(waiter) == Progress.WAIT) {
                return Progress.WAIT;
            }
            cleanLsn = wal.appendedLsn();
            for (int i = 0; i < tablets.size(); i++) {
                beginCheckpoint(tablets.get(i), cleanLsn);
            }
        }
        for (int i = 0; i < tablets.size(); i++) {
            if (tablets.get(i).checkpoint().active()) {
                settleWaiters.add(waiter);
                return Progress.WAIT;
            }
        }
        return Progress.DONE;
    }

    /**
     * Before the shard's thread sleeps: true when a turn would find something to do. Has what is
     * sealed written out, since nothing else is to be done.
     */
    public boolean pending() {
        assert hold.held();
        if (!pool.pending() && doubt == null) {
            pool.writeOut();
        }
        return pool.pending() && doubt == null;
    }

    /** True when nothing is under way that must end before the driver is closed. */
    public boolean quiet() {
        boolean quiet = !pool.pending() || doubt != null;
        for (int i = 0; i < tablets.size(); i++) {
            quiet &= tablets.get(i).pages().quiet();
        }
        return quiet;
    }

    /**
     * Closes files. Shard's thread, last. What is not in the log or a checkpoint is not lost: it is
     * in neither by choice.
     */
    public void close() {
        assert hold.held();
        wal.close();
        for (Tablet tablet : tablets) {
            tablet.values().close();
            tablet.pages().close();
        }
    }

    // ---- failure
    // -----------------------------------------------------------------------------------------------

    /**
     * An error that must not have happened: no more writes until the database is reopened. Holder.
     */
    public void fail(Throwable cause) {
        assert hold.held();
        if (doubt == null) {
            doubt = cause;
            System.getLogger("site.js0.jdb")
                    .log(
                            System.Logger.Level.ERROR,
                            "shard " + number + " takes no more writes",
                            cause);
        }
        decisionWaiters.resumeAll();
        settleWaiters.resumeAll();
        crossShard.resumeAll();
        for (Tablet tablet : tablets) {
            tablet.resumeAllWaiters();
        }
    }

    /**
     * @throws JdbException InDoubt after a failure
     */
    public void refuseWhenInDoubt() {
        Throwable cause = doubt;
        if (cause != null) {
            String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            throw new JdbException(new JdbError.InDoubt(number, why), cause);
        }
    }

    /** True once since the last call when something was left for the shard's thread. */
    public boolean takeAttention() {
        boolean was = attention;
        attention = false;
        return was;
    }

    /** Adds this shard's counters to {@code to}. */
    public void stats(StatsSink to) {
        assert hold.held();
        to.count(StatName.TABLET_COMMITS, commits);
        to.count(StatName.TABLET_WRITES, writes);
        to.count(StatName.TABLET_CROSS_SHARD_COMMITS, crossShardCommits);
        to.count(StatName.TABLET_CROSS_SHARD_ABORTS, aborts);
        to.count(StatName.TABLET_ROOM_WAITS, roomWaits);
        StoreStats.add(to, wal, pool, tablets);
    }
}
