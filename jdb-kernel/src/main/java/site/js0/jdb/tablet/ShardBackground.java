package site.js0.jdb.tablet;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.TreeMerge;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.wal.Wal;

/**
 * What a shard's thread does beside serving requests: merges, checkpoints, letting go of the log,
 * and bringing all that to an end. Owner: shard's thread; all but {@link #mergeSlice} under the
 * hold.
 */
final class ShardBackground {
    private final StoreConfig config;
    private final ShardCondition condition;
    private final ExclusiveHold hold;
    private final Clock clock;
    private final BufferPool pool;
    private final Wal wal;
    private final Tablets tablets;
    private final ShardWriter writer;
    private final CrossShardWriter crossShard;
    private final CommitClock commitClock;
    private final Floors floors;

    private final WaitList settleWaiters = new WaitList();

    /** Round robin over tablets with a merge. */
    private int nextMerge;

    private long cleanLsn;

    /** The last checkpoints, which know {@link #cleanLsn}, have begun. */
    private boolean closing;

    ShardBackground(
            StoreConfig config,
            ShardCondition condition,
            BufferPool pool,
            Wal wal,
            Tablets tablets,
            ShardWriter writer,
            CrossShardWriter crossShard,
            CommitClock commitClock,
            Floors floors) {
        this.config = config;
        this.condition = condition;
        this.hold = config.hold();
        this.clock = config.clock();
        this.pool = pool;
        this.wal = wal;
        this.tablets = tablets;
        this.writer = writer;
        this.crossShard = crossShard;
        this.commitClock = commitClock;
        this.floors = floors;
    }

    /**
     * Starts and continues I/O and checkpoints. Shard's thread, under the hold. Returns the work
     * done.
     */
    int service() {
        int work = pool.service() + wal.service();
        for (int i = 0; i < tablets.count(); i++) {
            Tablet tablet = tablets.get(i);
            work += tablet.values().service();
            work += serviceCheckpoint(tablet);
        }
        if (!condition.inDoubt()) {
            relieveLog();
        }
        return work;
    }

    private int serviceCheckpoint(Tablet tablet) {
        TabletCheckpoint checkpoint = tablet.checkpoint();
        if (condition.inDoubt()) {
            return 0;
        }
        if (checkpoint.wanted() && !checkpoint.active() && !tablet.merge().active()) {
            beginCheckpoint(tablet, 0);
        }
        if (!checkpoint.runnable()) {
            return 0;
        }
        try {
            if (checkpoint.run(crossShard)) {
                tablet.pages().openReserve(false);
                if (checkpoint.endsReplay()) {
                    tablet.values().checkpointed();
                }
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
                        config.shard(),
                        commitClock.now(),
                        clean);
    }

    /** Lets go of log segments that no checkpoint and no other shard's recovery needs. */
    private void trimLog() {
        long oldest = crossShard.oldestNeeded();
        for (int i = 0; i < tablets.count(); i++) {
            oldest = Math.min(oldest, tablets.get(i).checkpoint().durableReplayLsn());
        }
        if (oldest > 1 && oldest != Long.MAX_VALUE) {
            wal.trimTo(oldest);
        }
    }

    /** A VNode that gets few writes must not keep the log from shrinking. */
    private void relieveLog() {
        for (int i = 0; i < tablets.count(); i++) {
            Tablet tablet = tablets.get(i);
            if (tablet.logBytesHeld(writer.logBytes()) > config.logBytesMax()
                    && !tablet.merge().active()) {
                tablet.freeze();
            }
        }
    }

    /**
     * One slice of one merge. Shard's thread, without the hold. Returns the work done; 0: no merge
     * can go on now.
     */
    int mergeSlice(int leaves) {
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
        if (condition.inDoubt()) {
            return null;
        }
        long now = clock.monotonicNanos();
        for (int i = 0; i < tablets.count(); i++) {
            Tablet tablet = tablets.get((nextMerge + i) % tablets.count());
            if (tablet.merge().runnable(now)) {
                nextMerge = (nextMerge + i) % tablets.count();
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
    int settle(Waiter waiter) {
        condition.refuseWhenInDoubt();
        boolean settled = true;
        boolean held = false;
        for (int i = 0; i < tablets.count(); i++) {
            Tablet tablet = tablets.get(i);
            if (!tablet.merge().active() && !tablet.active().isEmpty()) {
                held |= !tablet.freeze();
            }
            if (tablet.merge().full()) {
                throw tablet.merge().diskFull();
            }
            boolean clean = tablet.active().isEmpty() && !tablet.merge().active();
            if (!clean || tablet.checkpoint().active() || tablet.checkpoint().wanted()) {
                settled = false;
            }
        }
        // A memtable with something prepared is not frozen, and what is prepared needs the log.
        if ((settled || held) && crossShard.parkUntilDecided(Long.MAX_VALUE, waiter)) {
            return Progress.WAIT;
        }
        if (settled) {
            return Progress.DONE;
        }
        condition.attention(true);
        settleWaiters.add(waiter);
        return Progress.WAIT;
    }

    /**
     * After {@link #settle}: ends the log with its mark and writes checkpoints that know it. {@link
     * Progress#DONE} once a reopening has nothing to replay.
     */
    int closeCleanly(Waiter waiter) {
        condition.refuseWhenInDoubt();
        if (cleanLsn == 0) {
            if (crossShard.parkUntilDecided(Long.MAX_VALUE, waiter)) {
                return Progress.WAIT;
            }
            if (wal.closeCleanly(waiter) == Progress.WAIT) {
                return Progress.WAIT;
            }
            cleanLsn = wal.appendedLsn();
        }
        if (!closing) {
            // Again: writes came in until the log had its mark.
            if (settle(waiter) == Progress.WAIT) {
                return Progress.WAIT;
            }
            closing = true;
            for (int i = 0; i < tablets.count(); i++) {
                beginCheckpoint(tablets.get(i), cleanLsn);
            }
        }
        for (int i = 0; i < tablets.count(); i++) {
            if (tablets.get(i).checkpoint().active()) {
                settleWaiters.add(waiter);
                return Progress.WAIT;
            }
        }
        return Progress.DONE;
    }

    void resumeAll() {
        settleWaiters.resumeAll();
    }
}
