package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.MergeCounters;
import site.js0.jdb.index.TreeMerge;

/**
 * The way of a frozen memtable into the tree, in slices on the shard's thread without the hold (ADR
 * 0001).
 *
 * <p>Owner: shard's thread; {@link #begin}, {@link #finish} and {@link #retryLater} under the hold.
 * {@code parked} is written under the hold by whoever resumes the merge, and read by the shard's
 * thread after its next turn.
 */
final class TabletMerge {
    private static final long FULL_RETRY_NANOS = 50_000_000;

    /**
     * How many pages are written until a root is published: bounds what a full disk must have in
     * reserve.
     */
    private static final int PAGES_PER_ROOT = 256;

    private static final int PREFETCH_LEAVES = 256;

    private final Tablet tablet;
    private final TreeMerge merge;
    private final Waiter waiter =
            new Waiter() {
                @Override
                public void resume() {
                    parked = false;
                }
            };

    private final PointerCounts counts = new PointerCounts();
    private boolean parked;
    private @Nullable Memtable source;

    /** Where the published tree's part of the memtable ends, when the merge has to begin again. */
    private byte[] cut = new byte[0];

    private int cutLength;
    private boolean full;
    private @Nullable JdbException fullCause;
    private long retryNanos;

    /**
     * Newest log record that the tree has, or may have, something of: durable before a checkpoint
     * may be.
     */
    private long newestLsn;

    private boolean keepTimestamps;
    private long entriesDone;
    private long beganAt;
    private long slices;
    private long merges;
    private long mergedEntries;

    TabletMerge(Tablet tablet, ExclusiveHold hold) {
        this.tablet = tablet;
        this.merge =
                new TreeMerge(
                        new UnheldMergePages(tablet.pages(), tablet.tree(), hold),
                        PAGES_PER_ROOT,
                        PREFETCH_LEAVES);
    }

    /** There is a frozen memtable. */
    void begin(Memtable frozen, long now) {
        beganAt = now;
        source = frozen;
        parked = false;
        full = false;
        cutLength = 0;
        keepTimestamps = false;
        entriesDone = merge.entriesMerged();
        newestLsn = Math.max(newestLsn, frozen.newestLsn());
    }

    /**
     * The memtable that was frozen last may have versions older than those below it: the tree keeps
     * the timestamps of what comes in with it.
     */
    void keepTimestamps() {
        keepTimestamps = true;
    }

    /** As ever: all of it is newer than what lies below. */
    void dropTimestamps() {
        keepTimestamps = false;
    }

    /** The merge that waits since recovery is to be taken as begun now. */
    void beginsAt(long now) {
        beganAt = now;
    }

    /** True while a memtable is on its way. */
    boolean active() {
        return source != null;
    }

    /** What the last attempt met; only when {@link #full}. */
    JdbException diskFull() {
        JdbException cause = fullCause;
        return cause == null
                ? new JdbException(new JdbError.Internal("no full disk was met"))
                : new JdbException(cause.error(), cause);
    }

    /** True when the last attempt met a full disk. */
    boolean full() {
        return full;
    }

    boolean runnable(long nowNanos) {
        return source != null && !parked && (!full || nowNanos - retryNanos >= 0);
    }

    long newestLsn() {
        return newestLsn;
    }

    /** How much of the frozen memtable is in the published tree, 0 to 1; 1 when there is none. */
    double progress() {
        Memtable memtable = source;
        if (memtable == null) {
            return 1;
        }
        return Math.min(
                1,
                (double) (merge.entriesMerged() - entriesDone)
                        / Math.max(1, memtable.entryCount()));
    }

    /** When the present merge began, in nanoseconds of the commit clock. */
    long beganAt() {
        return beganAt;
    }

    /**
     * One slice, without the hold.
     *
     * @return {@link Progress#MORE}, {@link Progress#WAIT}, {@link TreeMerge#ROOT}, or {@link
     *     Progress#DONE}: then call {@link #finish}
     */
    int slice(int leaves, Floors floors, long horizon) {
        Memtable memtable = source;
        if (memtable == null) {
            return Progress.WAIT;
        }
        if (!merge.running()) {
            long[] open = floors.floors();
            long lowest = open.length == 0 ? horizon : Math.min(horizon, open[0]);
            if (keepTimestamps) {
                lowest = 0;
            }
            merge.start(source(memtable), open, lowest, counts);
        }
        slices++;
        parked = true;
        int progress = merge.run(leaves, waiter);
        if (progress != Progress.WAIT) {
            parked = false;
        }
        if (progress == Progress.DONE || progress == TreeMerge.ROOT) {
            full = false;
        }
        return progress;
    }

    /** The memtable, after a full disk from where the published tree has it not yet. */
    private CountingSource source(Memtable memtable) {
        MemtableSource from = new MemtableSource(memtable);
        if (cutLength > 0) {
            from.from(MemorySegment.ofArray(cut), 0, cutLength);
        }
        return new CountingSource(from, counts);
    }

    /** A root was published. */
    void rootPublished() {
        counts.commit(tablet.values());
    }

    /** The whole memtable is in the published tree. */
    void finish() {
        Memtable memtable = source;
        if (memtable == null) {
            throw new IllegalStateException("no memtable is being merged");
        }
        merges++;
        mergedEntries += memtable.entryCount();
        source = null;
        tablet.merged();
    }

    /**
     * Gives up the run that met an error, remembering how far the published tree has the memtable.
     * Without the hold.
     */
    void cancel() {
        MemorySegment published = merge.cutKey();
        if (published.byteSize() > 0) {
            cut = published.toArray(ValueLayout.JAVA_BYTE);
            cutLength = cut.length;
        }
        merge.cancel();
    }

    /**
     * The disk is full: keeps the memtable, and begins again a little later from where the tree is.
     */
    void retryLater(long nowNanos, JdbException cause) {
        fullCause = cause;
        counts.forget();
        parked = false;
        full = true;
        retryNanos = nowNanos + FULL_RETRY_NANOS;
    }

    void stats(StatsSink to) {
        to.count(StatName.TABLET_MERGES, merges);
        to.count(StatName.TABLET_MERGE_SLICES, slices);
        to.count(StatName.TABLET_MERGED_ENTRIES, mergedEntries);
        MergeCounters counters = merge.counters();
        to.count(StatName.INDEX_LEAVES_READ, counters.leavesRead);
        to.count(StatName.INDEX_PAGES_WRITTEN, counters.pagesWritten);
        to.count(StatName.INDEX_ROOTS, counters.roots);
        to.count(StatName.INDEX_LEAF_SPLITS, counters.leafSplits);
        to.count(StatName.INDEX_INNER_SPLITS, counters.innerSplits);
        to.count(StatName.INDEX_ABSORBED, counters.absorbed);
    }
}
