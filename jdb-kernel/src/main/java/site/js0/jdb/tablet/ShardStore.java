package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.comm.Limits;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.BatchFormat;
import site.js0.jdb.layout.TreeLimits;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.wal.Wal;

/**
 * All that one shard stores: its VNodes' tablets over one log and one buffer pool. The engine
 * without threads: every verb runs under the hold, never blocks, and answers {@link Progress#WAIT}
 * (or LSN 0) with the waiter parked.
 *
 * <p>Writing is {@link ShardWriter}'s and {@link CrossShardWriter}'s; background work, driven by
 * the shard's thread ({@link #service} under the hold, {@link #mergeSlice} without), is {@link
 * ShardBackground}'s.
 */
public final class ShardStore {
    /**
     * What a value takes in a log record at the most: the value itself when inline, else a pointer.
     */
    public static final int INLINE_OR_POINTER_BYTES_MAX = Limits.INLINE_VALUE_BYTES_MAX;

    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final ExclusiveHold hold;
    private final StoreConfig config;
    private final ShardCondition condition;
    private final BufferPool pool;
    private final Wal wal;
    private final Tablets tablets;
    private final ShardWriter writer;
    private final CrossShardWriter crossShard;
    private final ShardBackground background;
    private final MemorySegment searchKey;
    private final TabletScanner scanner;

    /** Puts together what {@link ShardRecovery} has recovered. */
    ShardStore(
            StoreConfig config,
            Recovered recovered,
            CommitClock commitClock,
            Floors floors,
            Peers peers) {
        this.config = config;
        this.hold = config.hold();
        this.condition = new ShardCondition(config.shard(), this::resumeAllWaiters);
        this.pool = recovered.pool();
        this.wal = recovered.wal();
        this.tablets = new Tablets(recovered.tablets(), config.vnodes());
        this.writer = new ShardWriter(condition, tablets, wal, commitClock, recovered.scratch());
        this.crossShard = new CrossShardWriter(condition, tablets, wal, writer, commitClock, peers);
        this.background =
                new ShardBackground(
                        config,
                        condition,
                        pool,
                        wal,
                        tablets,
                        writer,
                        crossShard,
                        commitClock,
                        floors);
        this.searchKey = recovered.searchKey();
        this.scanner = new TabletScanner(recovered.scanKeys());
    }

    private void resumeAllWaiters() {
        crossShard.resumeAll();
        background.resumeAll();
        for (Tablet tablet : tablets.all()) {
            tablet.resumeAllWaiters();
        }
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
        return tablets.of(vnode)
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
        Tablet tablet = tablets.of(spec.vnode());
        if (crossShard.parkUntilDecided(spec.timestamp(), waiter)) {
            return Progress.WAIT;
        }
        tablet.observe(spec.timestamp());
        int r = scanner.scan(tablet, spec, state, sink, rowsMax, bytesMax, waiter);
        condition.attention(pool.pending()); // what was prefetched is to be read
        return r;
    }

    // ---- writing
    // -------------------------------------------------------------------------------------------

    /** The scratch to put the next batch together in; used at once, under the same hold. */
    public BatchWriter writer() {
        assert hold.held();
        return writer.batch();
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
            condition.attention(true);
            blobs.start(this::valuesOf, wal.appendedLsn());
        }
        return blobs.poll(waiter);
    }

    private ValueStore valuesOf(int vnode) {
        return tablets.of(vnode).values();
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
        return writer.commit(waiter);
    }

    /**
     * How long the writer of the last commit should stay away, in nanoseconds; 0 mostly. Asked once
     * a commit, under the same hold; the waiting is done without it.
     */
    public long takePaceNanos() {
        return writer.takePaceNanos();
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
        return crossShard.prepare(waiter);
    }

    /**
     * Logs the decision to commit and applies the writes.
     *
     * @return the LSN of the decision, or 0: the waiter is parked
     */
    public long decide(Prepared prepared, Decision decision, Waiter waiter) {
        assert hold.held();
        return crossShard.decide(prepared, decision, waiter);
    }

    /** Lets go of a prepare that will never be decided. */
    public void abort(Prepared prepared) {
        assert hold.held();
        crossShard.abort(prepared);
    }

    // ---- durability
    // --------------------------------------------------------------------------------------------

    public long appendedLsn() {
        return wal.appendedLsn();
    }

    /** Waits until this log's records up to {@code lsn} are on the device. */
    public int awaitLogDurable(long lsn, Waiter waiter) {
        assert hold.held();
        return crossShard.awaitLogDurable(lsn, waiter);
    }

    /**
     * Waits until recovery after power loss would keep this log's records up to {@code lsn}: they
     * are on the device, and, when decisions are among them, so is everything that other logs held
     * when those were logged.
     */
    public int awaitDurable(long lsn, Waiter waiter) {
        assert hold.held();
        return crossShard.awaitDurable(lsn, waiter);
    }

    /** The sync of the other shards' logs that {@link Peers#syncAll} began is over. */
    public void peersSynced(@Nullable Throwable failure) {
        assert hold.held();
        crossShard.peersSynced(failure);
    }

    // ---- background
    // --------------------------------------------------------------------------------------------

    /**
     * Starts and continues I/O and checkpoints. Shard's thread, under the hold. Returns the work
     * done.
     */
    public int service() {
        assert hold.held();
        return background.service();
    }

    /**
     * One slice of one merge. Shard's thread, without the hold. Returns the work done; 0: no merge
     * can go on now.
     */
    public int mergeSlice(int leaves) {
        return background.mergeSlice(leaves);
    }

    /** Merges everything and checkpoints; {@link Progress#DONE} once that is durable. */
    public int settle(Waiter waiter) {
        assert hold.held();
        return background.settle(waiter);
    }

    /**
     * After {@link #settle}: ends the log with its mark and writes checkpoints that know it. {@link
     * Progress#DONE} once a reopening has nothing to replay.
     */
    public int closeCleanly(Waiter waiter) {
        assert hold.held();
        return background.closeCleanly(waiter);
    }

    /**
     * Before the shard's thread sleeps: true when a turn would find something to do. Has what is
     * sealed written out, since nothing else is to be done.
     */
    public boolean pending() {
        assert hold.held();
        if (!pool.pending() && !condition.inDoubt()) {
            pool.writeOut();
        }
        return pool.pending() && !condition.inDoubt();
    }

    /** True when nothing is under way that must end before the driver is closed. */
    public boolean quiet() {
        boolean quiet = !pool.pending() || condition.inDoubt();
        for (int i = 0; i < tablets.count(); i++) {
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
        for (Tablet tablet : tablets.all()) {
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
        condition.fail(cause);
    }

    /**
     * @throws site.js0.jdb.comm.JdbException InDoubt after a failure
     */
    public void refuseWhenInDoubt() {
        condition.refuseWhenInDoubt();
    }

    /** True once since the last call when something was left for the shard's thread. */
    public boolean takeAttention() {
        return condition.takeAttention();
    }

    /** Adds this shard's counters to {@code to}. */
    public void stats(StatsSink to) {
        assert hold.held();
        writer.stats(to);
        crossShard.stats(to);
        StoreStats.add(to, wal, pool, tablets.all());
    }
}
