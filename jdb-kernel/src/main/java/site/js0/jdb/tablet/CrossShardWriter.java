package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.BatchFormat;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.layout.TxnFormat;
import site.js0.jdb.wal.Wal;

/**
 * A shard's part in commits over several shards (ADR 0004): prepares and decisions, who waits for
 * them, and what makes them durable. Owner: holder of the shard.
 */
final class CrossShardWriter {
    private final ShardCondition condition;
    private final Tablets tablets;
    private final Wal wal;
    private final ShardWriter writer;
    private final CommitClock commitClock;
    private final Peers peers;

    /** Transactions that are logged here but not decided. */
    private final List<Prepared> undecided = new ArrayList<>();

    private final CrossShardLog crossShard = new CrossShardLog();
    private final WaitList decisionWaiters = new WaitList();

    private long crossShardCommits;
    private long aborts;

    CrossShardWriter(
            ShardCondition condition,
            Tablets tablets,
            Wal wal,
            ShardWriter writer,
            CommitClock commitClock,
            Peers peers) {
        this.condition = condition;
        this.tablets = tablets;
        this.wal = wal;
        this.writer = writer;
        this.commitClock = commitClock;
        this.peers = peers;
    }

    /** True when a snapshot at {@code timestamp} must wait for a decision: the waiter is parked. */
    boolean parkUntilDecided(long timestamp, Waiter waiter) {
        if (!isUndecidedAtOrBelow(timestamp)) {
            return false;
        }
        condition.refuseWhenInDoubt();
        decisionWaiters.add(waiter);
        return true;
    }

    private boolean isUndecidedAtOrBelow(long timestamp) {
        for (int i = 0; i < undecided.size(); i++) {
            if (undecided.get(i).timestamp() <= timestamp) {
                return true;
            }
        }
        return false;
    }

    /**
     * Logs the prepare in {@link ShardWriter#batch()}: its writes stay invisible until {@link
     * #decide}.
     *
     * @return what to decide about, or null: the waiter is parked, nothing has changed
     */
    @Nullable Prepared prepare(Waiter waiter) {
        condition.refuseWhenInDoubt();
        BatchWriter batch = writer.batch();
        batch.finish();
        if (!writer.makeRoom(waiter)) {
            return null;
        }
        long proposal = commitClock.after(writer.newestTimestampTouched());
        batch.timestamp(proposal);
        MemorySegment m = batch.memory();
        long lsn = writer.appendWanted(LogRecordKind.PREPARE, waiter);
        if (lsn == 0) {
            return null;
        }
        byte[] writes =
                m.asSlice(batch.start(), batch.size() - batch.start())
                        .toArray(ValueLayout.JAVA_BYTE);
        Prepared prepared =
                new Prepared(
                        TxnFormat.txnHigh(m, 0), TxnFormat.txnLow(m, 0), lsn, proposal, writes);
        for (int i = 0; i < tablets.count(); i++) {
            Tablet tablet = tablets.get(i);
            if (!tablet.wantsNothing()) {
                tablet.reserveWanted();
                tablet.noteLsn(lsn, writer.logBytes());
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
    long decide(Prepared prepared, Decision decision, Waiter waiter) {
        condition.refuseWhenInDoubt();
        MemorySegment m = writer.batch().memory();
        int count = decision.shards().length;
        TxnFormat.writeDecision(
                m, 0, decision.txnHigh(), decision.txnLow(), decision.timestamp(), count);
        for (int i = 0; i < count; i++) {
            TxnFormat.writeParticipant(m, 0, i, decision.shards()[i], decision.prepareLsns()[i]);
        }
        long lsn;
        try {
            lsn = writer.append(LogRecordKind.DECISION, m, TxnFormat.decisionBytes(count), waiter);
            if (lsn == 0) {
                return 0;
            }
            release(prepared);
            applyPrepared(prepared.batch(), decision.timestamp(), lsn);
        } catch (Throwable t) {
            // Another participant may have logged the decision: only recovery can finish this one.
            condition.fail(t);
            throw t;
        }
        crossShard.decided(lsn, decision);
        crossShardCommits++;
        return lsn;
    }

    private void applyPrepared(byte[] batch, long timestamp, long lsn) {
        MemorySegment m = writer.batch().memory();
        MemorySegment.copy(batch, 0, m, ValueLayout.JAVA_BYTE, 0, batch.length);
        writer.apply(m, 0, timestamp, lsn);
    }

    /** Lets go of a prepare that will never be decided. */
    void abort(Prepared prepared) {
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
            tablets.of(BatchFormat.vnode(batch, write))
                    .want(BatchFormat.keyBytes(batch, write), BatchFormat.valueBytes(batch, write));
            write = BatchFormat.nextWrite(batch, write);
        }
        for (int i = 0; i < tablets.count(); i++) {
            Tablet tablet = tablets.get(i);
            if (!tablet.wantsNothing()) {
                tablet.releaseWanted();
                tablet.wantNothing();
            }
        }
        decisionWaiters.resumeAll();
    }

    // ---- durability

    /** Waits until this log's records up to {@code lsn} are on the device. */
    int awaitLogDurable(long lsn, Waiter waiter) {
        int r = wal.awaitDurable(lsn, waiter);
        condition.attention(r == Progress.WAIT);
        return r;
    }

    /**
     * Waits until recovery after power loss would keep this log's records up to {@code lsn}: they
     * are on the device, and, when decisions are among them, so is everything that other logs held
     * when those were logged.
     */
    int awaitDurable(long lsn, Waiter waiter) {
        if (awaitLogDurable(lsn, waiter) == Progress.WAIT) {
            return Progress.WAIT;
        }
        condition.refuseWhenInDoubt();
        if (!crossShard.needsPeers(lsn)) {
            return Progress.DONE;
        }
        if (crossShard.park(waiter, wal.appendedLsn())) {
            peers.syncAll();
        }
        return Progress.WAIT;
    }

    /** The sync of the other shards' logs that {@link Peers#syncAll} began is over. */
    void peersSynced(@Nullable Throwable failure) {
        if (failure != null) {
            condition.fail(failure);
        }
        crossShard.peersSynced(failure == null);
    }

    /** The oldest record that another shard's recovery may need. */
    long oldestNeeded() {
        return crossShard.oldestNeeded();
    }

    void resumeAll() {
        decisionWaiters.resumeAll();
        crossShard.resumeAll();
    }

    void stats(StatsSink to) {
        to.count(StatName.TABLET_CROSS_SHARD_COMMITS, crossShardCommits);
        to.count(StatName.TABLET_CROSS_SHARD_ABORTS, aborts);
    }
}
