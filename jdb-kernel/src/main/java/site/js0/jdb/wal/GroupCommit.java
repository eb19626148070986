package site.js0.jdb.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoOp;

/**
 * Makes appended records durable, one sync at a time for all who wait.
 *
 * <pre>
 *   IDLE --service: somebody waits--> GATE --gate DONE--> SYNCING --all completed--> IDLE
 *                                      |  ^
 *                            gate WAIT |  | gate waiter resumed
 *                                      parked
 * </pre>
 *
 * <p>The target is fixed when IDLE is left: everything appended until then. The gate is asked for
 * that target, every segment with bytes up to it is synced, and when all have succeeded {@link
 * #durableLsn} is the target. Records appended meanwhile may become durable along the way, but are
 * not reported: what they refer to was not asked for.
 *
 * <p>A failure of gate or sync puts the log in doubt and {@code durableLsn} stays where it is. It
 * is not tried again: after a failed sync the system may have dropped the bytes and call them
 * clean.
 *
 * <p>Owner: holder of the shard; {@link #service} and completions: the shard's thread.
 */
final class GroupCommit {
    private enum Phase {
        IDLE,
        GATE,
        SYNCING
    }

    private final IoDriver io;
    private final LogHealth health;
    private final SyncGate gate;
    private final LongSupplier appended;
    private final List<Segment> open;
    private final Runnable onSyncBegun;
    private final ArrayList<SyncOp> idleOps = new ArrayList<>();
    private final Waiter gateWaiter =
            new Waiter() {
                @Override
                public void resume() {
                    gateParked = false;
                }
            };

    private Phase phase = Phase.IDLE;
    private boolean gateParked;
    private long durable;
    private long wanted;
    private long target;
    private int inFlight;
    private WaitList waitingForTarget = new WaitList();
    private WaitList waitingForNext = new WaitList();

    /** How many wait in {@link #waitingForTarget} and {@link #waitingForNext}. */
    private int waitersForTarget;

    private int waitersForNext;

    long syncs;
    long syncedRecords;
    long sharedSyncs;

    /**
     * @param open segments that have begun and still have a tail, in order; owned by the log
     * @param appended the LSN appended last
     * @param onSyncBegun told when bytes stored so far go to the device
     */
    GroupCommit(
            IoDriver io,
            LogHealth health,
            SyncGate gate,
            List<Segment> open,
            LongSupplier appended,
            Runnable onSyncBegun) {
        this.io = io;
        this.health = health;
        this.gate = gate;
        this.open = open;
        this.appended = appended;
        this.onSyncBegun = onSyncBegun;
    }

    /** Everything up to here survives power loss. */
    long durableLsn() {
        return durable;
    }

    /** Start-up found or made everything up to {@code lsn} durable. */
    void startAt(long lsn) {
        durable = lsn;
        resumeAll();
    }

    /** See {@link Wal#awaitDurable}. */
    int await(long lsn, Waiter waiter) {
        if (lsn <= durable) {
            return Progress.DONE;
        }
        health.check();
        wanted = Math.max(wanted, lsn);
        if (phase != Phase.IDLE && lsn <= target) {
            waitingForTarget.add(waiter);
            waitersForTarget++;
        } else {
            waitingForNext.add(waiter);
            waitersForNext++;
        }
        return Progress.WAIT;
    }

    /** Asks for a sync without waiting for it. */
    void request(long lsn) {
        wanted = Math.max(wanted, lsn);
    }

    boolean wantsService() {
        return switch (phase) {
            case IDLE -> wanted > durable;
            case GATE -> !gateParked;
            case SYNCING -> false;
        };
    }

    /** Goes on as far as it can without waiting. */
    int service() {
        if (!wantsService() || health.failed()) {
            return 0;
        }
        if (phase == Phase.IDLE) {
            fixTarget();
        }
        if (passGate()) {
            beginSync();
        }
        return 1;
    }

    private void fixTarget() {
        target = appended.getAsLong();
        assert wanted <= target : "somebody waits for what was not appended";
        assert waitingForTarget.isEmpty();
        WaitList none = waitingForTarget;
        waitingForTarget = waitingForNext;
        waitingForNext = none;
        waitersForTarget = waitersForNext;
        waitersForNext = 0;
        phase = Phase.GATE;
    }

    private boolean passGate() {
        gateParked = true; // before the call: it may resume us at once
        try {
            if (gate.beforeSync(target, gateWaiter) == Progress.WAIT) {
                return false;
            }
        } catch (JdbException e) {
            fail("what the log refers to could not be made durable", e);
            return false;
        }
        gateParked = false;
        return true;
    }

    private void beginSync() {
        phase = Phase.SYNCING;
        for (int i = 0; i < open.size(); i++) {
            Segment s = open.get(i);
            if (s.dirty && s.firstLsn <= target) {
                s.dirty = false;
                s.syncing = true;
                inFlight++;
                SyncOp op = idleOps.isEmpty() ? new SyncOp() : idleOps.removeLast();
                op.begin(s);
                io.enqueue(op);
            }
        }
        if (inFlight == 0) {
            // Appended while the last sync waited at the gate: that sync covered the bytes.
            syncCompleted();
            return;
        }
        syncs++;
        onSyncBegun.run();
    }

    private void syncCompleted() {
        if (health.failed()) {
            resumeAll();
            return;
        }
        if (inFlight == 0) {
            syncedRecords += target - durable;
            if (waitersForTarget > 1) {
                sharedSyncs++;
            }
            durable = target;
            phase = Phase.IDLE;
            waitingForTarget.resumeAll();
        }
    }

    private void fail(String what, Throwable failure) {
        health.fail(what, failure);
        resumeAll();
    }

    /** Lets everybody run again, to find out that what they wait for is done or in doubt. */
    void resumeAll() {
        waitingForTarget.resumeAll();
        waitingForNext.resumeAll();
    }

    /** True while syncs are in flight. */
    boolean busy() {
        return inFlight > 0;
    }

    private final class SyncOp extends IoOp {
        private @org.jspecify.annotations.Nullable Segment segment;

        void begin(Segment segment) {
            this.segment = segment;
            prepareSyncData(segment.tail().file());
        }

        @Override
        protected void completed() {
            Segment s = java.util.Objects.requireNonNull(segment);
            segment = null;
            idleOps.add(this);
            inFlight--;
            s.syncing = false;
            if (succeeded()) {
                s.headerDurable = true;
            } else {
                s.dirty = true;
                health.fail("sync of " + SegmentName.of(s.seq), failure());
            }
            syncCompleted();
        }
    }
}
