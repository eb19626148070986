package site.js0.jdb.tablet;

import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.TreeRoot;
import site.js0.jdb.page.CheckpointInfo;

/**
 * A VNode's checkpoint: first the log up to everything the tree has something of is durable, and
 * the value log; then the pages and the superblocks. In that order a tree never shows a commit of
 * which the log, after power loss, knows nothing: a partial merge would tear it.
 *
 * <p>Begun only where the tree is whole: when a merge has just published a root, or none is
 * running. Owner: shard's thread with the hold.
 */
final class TabletCheckpoint {
    private enum State {
        IDLE,
        LOG,
        VALUES,
        PAGES
    }

    private final Tablet tablet;
    private final Waiter waiter =
            new Waiter() {
                @Override
                public void resume() {
                    parked = false;
                }
            };

    private State state = State.IDLE;
    private boolean parked;
    private boolean wanted;
    private long logTarget;
    private long valuesMark;
    private long replayLsn;

    /** Replay has to start here, as far as the last durable checkpoint knows. */
    private long durableReplayLsn;

    /** No record that replay would start from now on points to what the tree has let go of. */
    private boolean endsReplay;

    private long checkpoints;

    TabletCheckpoint(Tablet tablet) {
        this.tablet = tablet;
        this.durableReplayLsn = tablet.pages().superblock().replayLsn();
    }

    /** Asks for a checkpoint as soon as one can be begun. */
    void want() {
        wanted = true;
    }

    boolean wanted() {
        return wanted;
    }

    boolean active() {
        return state != State.IDLE;
    }

    boolean runnable() {
        return active() && !parked;
    }

    long durableReplayLsn() {
        return durableReplayLsn;
    }

    /**
     * True when files of the value log that the checkpoint found empty may go. Not of one in the
     * middle of a merge: replay would meet records of the part that is merged, and their values.
     */
    boolean endsReplay() {
        return endsReplay;
    }

    long checkpoints() {
        return checkpoints;
    }

    /**
     * Takes the tree's present root for the checkpoint.
     *
     * @param replay where replay has to start with this root
     * @param cleanLsn last record of a log that was closed in order, or 0
     */
    void begin(long replay, long generation, int logId, long timeBound, long cleanLsn) {
        wanted = false;
        TreeRoot root = tablet.tree().root();
        replayLsn = replay;
        logTarget = cleanLsn != 0 ? cleanLsn : tablet.merge().newestLsn();
        tablet.pages()
                .checkpoint()
                .begin(
                        new CheckpointInfo(
                                root.pageNo(),
                                root.crc(),
                                root.level(),
                                root.entryCount(),
                                logId,
                                generation,
                                replay,
                                tablet.lastCommit(),
                                timeBound,
                                cleanLsn != 0,
                                cleanLsn,
                                tablet.values().stats()));
        valuesMark = tablet.values().mark();
        endsReplay = tablet.frozen() == null;
        state = State.LOG;
        parked = false;
    }

    /** Goes on. True when the checkpoint has become durable in this call. */
    boolean run(CrossShardWriter log) {
        while (true) {
            parked = true;
            int progress =
                    switch (state) {
                        case LOG ->
                                logTarget == 0
                                        ? Progress.DONE
                                        : log.awaitDurable(logTarget, waiter);
                        case VALUES -> tablet.values().awaitSynced(valuesMark, waiter);
                        case PAGES -> tablet.pages().checkpoint().run(waiter);
                        case IDLE -> Progress.WAIT;
                    };
            if (progress == Progress.WAIT) {
                return false;
            }
            parked = false;
            if (progress == Progress.MORE) {
                return false;
            }
            switch (state) {
                case LOG -> state = State.VALUES;
                case VALUES -> state = State.PAGES;
                case PAGES -> {
                    state = State.IDLE;
                    durableReplayLsn = replayLsn;
                    checkpoints++;
                    return true;
                }
                case IDLE -> {
                    return false;
                }
            }
        }
    }

    /** Abandoned: the disk was full. Another may be begun. */
    void abandoned() {
        state = State.IDLE;
        parked = false;
        wanted = true;
    }
}
