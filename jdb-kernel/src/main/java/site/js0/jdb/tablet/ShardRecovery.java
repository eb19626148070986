package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.Tree;
import site.js0.jdb.index.TreeMerge;
import site.js0.jdb.index.TreeRoot;
import site.js0.jdb.layout.BatchFormat;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.layout.Superblock;
import site.js0.jdb.layout.TxnFormat;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.page.PageFile;
import site.js0.jdb.page.PageFileOptions;
import site.js0.jdb.vlog.BlobRead;
import site.js0.jdb.wal.LogEnd;
import site.js0.jdb.wal.Wal;
import site.js0.jdb.wal.WalReplay;

/**
 * Brings a shard's store back to where its log ends. On the shard's thread, blocking, in this
 * order: {@link #open}, {@link #scan}, {@link #replay} with what all logs' {@link LogFacts} resolve
 * to, {@link #finish}.
 *
 * <p>The log is read twice: first for what it says about transactions over several shards, since
 * where another log ends may end this one; then to apply it. Replay begins at the oldest record
 * that some tablet's tree lacks; each tablet takes only records from its own checkpoint on.
 * Applying a record again that the tree has in part is harmless: same key, same timestamp, same
 * value, and everything newer is replayed too.
 */
public final class ShardRecovery {
    private static final int MERGE_LEAVES = 64;
    private static final int COMPLETIONS = 256;
    private static final long WAIT_NANOS = 50_000_000;

    private final StoreConfig config;
    private final ExclusiveHold hold;
    private final BufferPool pool;
    private final List<Tablet> tablets = new ArrayList<>();
    private final Tablet[] byVnode;

    /** By tablet: the first record it lacks. */
    private final long[] replayFrom;

    private final long[] gateMarks;
    private long gateTarget;
    private long startLsn = Long.MAX_VALUE;

    /** The log is known to have been durable up to here. */
    private long atLeastLsn;

    /** The last record of a log that was closed in order, values and all durable; 0 otherwise. */
    private long cleanLsn;

    private long scannedNextLsn;
    private long durableStamp;

    /** The log goes on behind {@link #scannedNextLsn}, but what it says there is void. */
    private boolean valuesMissing;

    private long newestCommit;
    private long replayedRecords;
    private long freezes;
    private boolean outOfOrder;
    private LogEnd end;

    @SuppressWarnings("NullAway.Init") // end: set by replay, asked by finish
    private ShardRecovery(StoreConfig config) {
        this.config = config;
        this.hold = config.hold();
        this.pool = new BufferPool(config.frames(), config.driver(), hold, config.shard());
        this.byVnode = new Tablet[config.vnodes()];
        this.replayFrom = new long[config.vnodes()];
        this.gateMarks = new long[config.ownVnodes().size()];
    }

    /** Opens every tablet at its last checkpoint. */
    public static ShardRecovery open(StoreConfig config) {
        ShardRecovery recovery = new ShardRecovery(config);
        recovery.hold.acquire();
        boolean open = false;
        try {
            recovery.openTablets();
            open = true;
        } finally {
            recovery.hold.release();
            if (!open) {
                recovery.abandon();
            }
        }
        return recovery;
    }

    private void openTablets() {
        int count = config.ownVnodes().size();
        long regionBytes = count == 0 ? 0 : config.memtables().byteSize() / (2L * count) & -4096L;
        long ioBytes = count == 0 ? 0 : config.ioBuffers().byteSize() / count & -4096L;
        for (int i = 0; i < count; i++) {
            int vnode = config.ownVnodes().get(i);
            PageFile pages =
                    PageFile.open(
                            pool,
                            config.vnodeDirectories().get(i),
                            config.databaseId(),
                            vnode,
                            PageFileOptions.DEFAULT);
            Superblock superblock = pages.superblock();
            Tree tree =
                    new Tree(
                            pages,
                            new TreeRoot(
                                    superblock.rootPageNo(),
                                    superblock.rootCrc(),
                                    superblock.rootLevel(),
                                    superblock.entryCount()));
            ValueStore values = openValues(pages, i, ioBytes);
            Tablet tablet =
                    new Tablet(
                            new TabletParts(
                                    vnode,
                                    pages,
                                    tree,
                                    values,
                                    config.memtables().asSlice(2L * i * regionBytes, regionBytes),
                                    config.memtables()
                                            .asSlice((2L * i + 1) * regionBytes, regionBytes),
                                    superblock.lastCommit()),
                            hold);
            tablets.add(tablet);
            byVnode[vnode] = tablet;
            newestCommit =
                    Math.max(
                            newestCommit,
                            Math.max(superblock.lastCommit(), superblock.timeBound()));
            // A checkpoint of an older generation of logs has everything: that is when generations
            // change.
            boolean sameLogs = superblock.logEpoch() == config.logGeneration();
            long from = sameLogs ? Math.max(1, superblock.replayLsn()) : 1;
            replayFrom[vnode] = from;
            startLsn = Math.min(startLsn, from);
            if (sameLogs) {
                atLeastLsn =
                        Math.max(
                                atLeastLsn,
                                Math.max(superblock.replayLsn() - 1, superblock.cleanLsn()));
                cleanLsn = Math.max(cleanLsn, superblock.cleanLsn());
            }
        }
        if (startLsn == Long.MAX_VALUE) {
            startLsn = 1;
        }
    }

    private ValueStore openValues(PageFile pages, int i, long ioBytes) {
        boolean open = false;
        try {
            ValueStore values =
                    ValueStore.open(
                            config,
                            config.vnodeDirectories().get(i),
                            config.ownVnodes().get(i),
                            config.ioBuffers().asSlice(i * ioBytes, ioBytes),
                            pages.extra());
            open = true;
            return values;
        } finally {
            if (!open) {
                pages.close(); // no tablet has it yet
            }
        }
    }

    /** First reading of the log. */
    public LogFacts scan() {
        List<LogFacts.Prepare> prepares = new ArrayList<>();
        List<LogFacts.Decided> decisions = new ArrayList<>();
        try (WalReplay log = WalReplay.open(config.driver(), config.wal(), startLsn)) {
            log.expectAtLeast(atLeastLsn);
            log.closedInOrder(cleanLsn);
            while (log.next()) {
                MemorySegment m = log.payload();
                long at = log.payloadOffset();
                switch (log.kind()) {
                    case LogRecordKind.PREPARE -> {
                        check(
                                log.payloadLength() >= TxnFormat.ID_BYTES,
                                log,
                                "a prepare has an id of 16 bytes");
                        prepares.add(new LogFacts.Prepare(txn(m, at), log.lsn()));
                    }
                    case LogRecordKind.DECISION -> decisions.add(decided(log, m, at));
                    default -> {}
                }
            }
            scannedNextLsn = log.end().nextLsn();
            durableStamp = log.end().durableStamp();
        }
        long unbacked = firstUnbacked();
        if (unbacked < scannedNextLsn) {
            scannedNextLsn = unbacked;
            valuesMissing = true;
            prepares.removeIf(p -> p.lsn() >= unbacked);
            decisions.removeIf(d -> d.lsn() >= unbacked);
        }
        return new LogFacts(config.shard(), startLsn, scannedNextLsn, prepares, decisions);
    }

    /**
     * The first record, of those that nothing calls durable, that points to a value which is not
     * whole: after power loss the log may be there when a value it points to is not. The log ends
     * before it. A file that is gone is another matter: its name was durable before its first
     * value.
     *
     * @throws JdbException Corrupt, when a file of the value log is missing
     */
    private long firstUnbacked() {
        long durable = Math.max(durableStamp, cleanLsn);
        if (durable + 1 >= scannedNextLsn) {
            return scannedNextLsn;
        }
        try (WalReplay log =
                WalReplay.open(config.driver(), config.wal(), Math.max(startLsn, durable + 1))) {
            log.expectAtLeast(atLeastLsn);
            log.endWasChecked(scannedNextLsn);
            while (log.next()) {
                long at = log.payloadOffset();
                boolean backed =
                        switch (log.kind()) {
                            case LogRecordKind.BATCH -> valuesAreWhole(log, at);
                            case LogRecordKind.PREPARE ->
                                    valuesAreWhole(log, at + TxnFormat.ID_BYTES);
                            default -> true;
                        };
                if (!backed) {
                    return log.lsn();
                }
            }
        }
        return scannedNextLsn;
    }

    private boolean valuesAreWhole(WalReplay log, long batch) {
        MemorySegment m = log.payload();
        checkBatch(log, batch);
        long write = batch + BatchFormat.HEADER_BYTES;
        for (int i = 0; i < BatchFormat.count(m, batch); i++) {
            if (BatchFormat.kind(m, write) == EntryKind.POINTER
                    && log.lsn() >= replayFrom[BatchFormat.vnode(m, write)]
                    && !isWhole(
                            byVnode[BatchFormat.vnode(m, write)],
                            m,
                            BatchFormat.valueAt(m, write))) {
                return false;
            }
            write = BatchFormat.nextWrite(m, write);
        }
        return true;
    }

    private boolean isWhole(Tablet tablet, MemorySegment m, long pointer) {
        hold.acquire();
        try {
            tablet.values().log().requireFile(ValPtr.fileId(m, pointer));
            return verify(tablet, m, pointer);
        } finally {
            hold.release();
        }
    }

    private boolean verify(Tablet tablet, MemorySegment m, long pointer) {
        BlobRead read = new BlobRead();
        try {
            read.prepareVerify(
                    ValPtr.offset(m, pointer),
                    ValPtr.fileId(m, pointer),
                    ValPtr.length(m, pointer),
                    NOBODY);
            tablet.values().log().submit(read);
            while (!read.done()) {
                turn();
                if (!read.done()) {
                    config.driver().await(WAIT_NANOS);
                }
            }
            read.check();
            return true;
        } catch (JdbException e) {
            if (e.error() instanceof JdbError.Corrupt) {
                return false;
            }
            throw e;
        }
    }

    private static final Waiter NOBODY =
            new Waiter() {
                @Override
                public void resume() {}
            };

    private static LogFacts.Txn txn(MemorySegment m, long at) {
        return new LogFacts.Txn(TxnFormat.txnHigh(m, at), TxnFormat.txnLow(m, at));
    }

    private LogFacts.Decided decided(WalReplay log, MemorySegment m, long at) {
        check(
                log.payloadLength() >= TxnFormat.DECISION_HEADER_BYTES,
                log,
                "a decision has a header of 32 bytes");
        int count = TxnFormat.count(m, at);
        check(
                count >= 2 && TxnFormat.decisionBytes(count) == log.payloadLength(),
                log,
                "a decision names at least two participants and ends behind the last");
        List<LogFacts.Participant> participants = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            participants.add(
                    new LogFacts.Participant(
                            TxnFormat.shard(m, at, i), TxnFormat.prepareLsn(m, at, i)));
        }
        return new LogFacts.Decided(
                txn(m, at), log.lsn(), TxnFormat.timestamp(m, at), participants);
    }

    /** Second reading: applies the log up to where it counts. */
    public void replay(Resolution resolution) {
        try (WalReplay log = WalReplay.open(config.driver(), config.wal(), startLsn)) {
            log.expectAtLeast(atLeastLsn);
            log.endWasChecked(scannedNextLsn);
            long cut = resolution.end(config.shard());
            if (cut < scannedNextLsn || valuesMissing) {
                log.stopBefore(Math.max(cut, startLsn));
            }
            while (log.next()) {
                MemorySegment m = log.payload();
                long at = log.payloadOffset();
                switch (log.kind()) {
                    case LogRecordKind.BATCH -> replayBatch(log, at, BatchFormat.timestamp(m, at));
                    case LogRecordKind.PREPARE -> {
                        // Applied where it was prepared; its timestamp may be newer than what
                        // follows.
                        long timestamp = resolution.timestampOf(txn(m, at));
                        if (timestamp != 0) {
                            replayBatch(log, at + TxnFormat.ID_BYTES, timestamp);
                            outOfOrder = true;
                        }
                    }
                    default -> {}
                }
                replayedRecords++;
            }
            end = log.end();
        }
    }

    /** The rules of a batch, and that its VNodes are ours. */
    private void checkBatch(WalReplay log, long at) {
        MemorySegment m = log.payload();
        String broken = BatchFormat.brokenRule(m, at, log.payloadOffset() + log.payloadLength());
        check(broken == null, log, String.valueOf(broken));
        long write = at + BatchFormat.HEADER_BYTES;
        for (int i = 0; i < BatchFormat.count(m, at); i++) {
            int vnode = BatchFormat.vnode(m, write);
            check(
                    vnode < byVnode.length && byVnode[vnode] != null,
                    log,
                    "a write's VNode is one of this shard, found " + vnode);
            write = BatchFormat.nextWrite(m, write);
        }
    }

    private void replayBatch(WalReplay log, long at, long timestamp) {
        MemorySegment m = log.payload();
        checkBatch(log, at);
        int count = BatchFormat.count(m, at);
        long write = at + BatchFormat.HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            int vnode = BatchFormat.vnode(m, write);
            if (log.lsn() >= replayFrom[vnode]) {
                replayWrite(byVnode[vnode], m, write, timestamp, log.lsn());
            }
            write = BatchFormat.nextWrite(m, write);
        }
        newestCommit = Math.max(newestCommit, timestamp);
    }

    private void replayWrite(Tablet tablet, MemorySegment m, long write, long timestamp, long lsn) {
        int keyBytes = BatchFormat.keyBytes(m, write);
        int valueBytes = BatchFormat.valueBytes(m, write);
        hold.acquire();
        boolean fits;
        try {
            fits = tryReplay(tablet, m, write, timestamp, lsn, keyBytes, valueBytes);
        } finally {
            hold.release();
        }
        if (!fits) {
            makeRoom(tablet);
            hold.acquire();
            try {
                if (!tryReplay(tablet, m, write, timestamp, lsn, keyBytes, valueBytes)) {
                    throw new JdbException(
                            new JdbError.BadArgument(
                                    "memory",
                                    "enough for the largest write in the log",
                                    "a memtable of " + tablet.active().bytesMax() + " bytes"));
                }
            } finally {
                hold.release();
            }
        }
    }

    private boolean tryReplay(
            Tablet tablet,
            MemorySegment m,
            long write,
            long timestamp,
            long lsn,
            int keyBytes,
            int valueBytes) {
        if (!tablet.active().hasRoom(1, Memtable.recordBytes(keyBytes, valueBytes))) {
            return false;
        }
        tablet.noteLsn(lsn, 0);
        if (BatchFormat.kind(m, write) == EntryKind.POINTER) {
            tablet.values().replayed(m, BatchFormat.valueAt(m, write));
        }
        tablet.apply(
                m,
                BatchFormat.keyAt(write),
                keyBytes,
                timestamp,
                BatchFormat.kind(m, write),
                BatchFormat.valueAt(m, write),
                valueBytes);
        return true;
    }

    /**
     * Freezes the full memtable. The shard merges it when it runs; only when there is a frozen one
     * already, which takes more log than two memtables have, is that merged here.
     *
     * <p>A prepared transaction may be newer than writes that follow it in the log; a freeze in
     * between puts the newer below the older. So the tree keeps all timestamps, and readers and
     * later merges compare them ({@link Tablet#mixedByReplay}).
     */
    private void makeRoom(Tablet tablet) {
        if (tablet.frozen() != null) {
            mergeFrozen(tablet);
        }
        hold.acquire();
        try {
            freezes++;
            if (!tablet.freeze()) {
                throw new JdbException(
                        new JdbError.Internal("recovery could not freeze a memtable"));
            }
            tablet.merge().keepTimestamps();
        } finally {
            hold.release();
        }
    }

    private void mergeFrozen(Tablet tablet) {
        TabletMerge merge = tablet.merge();
        while (merge.active()) {
            // A merge that is parked still must not be run: it would park a second time.
            int r =
                    merge.runnable(config.clock().monotonicNanos())
                            ? merge.slice(MERGE_LEAVES, Floors.NONE, 0)
                            : Progress.WAIT;
            hold.acquire();
            try {
                if (r == Progress.DONE || r == TreeMerge.ROOT) {
                    merge.rootPublished();
                }
                if (r == Progress.DONE) {
                    merge.finish();
                }
                turn();
            } finally {
                hold.release();
            }
            if (r == Progress.WAIT) {
                config.driver().await(WAIT_NANOS);
            }
        }
    }

    private void turn() {
        config.driver().poll(COMPLETIONS);
        pool.service();
        for (Tablet tablet : tablets) {
            tablet.values().service();
        }
        config.driver().submit();
    }

    private void check(boolean rule, WalReplay log, String text) {
        if (!rule) {
            throw new JdbException(
                    new JdbError.Corrupt(
                            config.wal().directory() + " record " + log.lsn(),
                            log.payloadOffset(),
                            text));
        }
    }

    /** Closes what is open when recovery cannot go on. */
    public void abandon() {
        hold.acquire();
        try {
            for (Tablet tablet : tablets) {
                tablet.values().close();
                while (!tablet.pages().quiet()) {
                    config.driver().submit();
                    if (config.driver().poll(COMPLETIONS) == 0) {
                        config.driver().await(WAIT_NANOS);
                    }
                }
                tablet.pages().close();
            }
        } finally {
            hold.release();
        }
    }

    /** No commit had a timestamp above this. */
    public long newestCommit() {
        return newestCommit;
    }

    public long replayedRecords() {
        return replayedRecords;
    }

    /** The log's writer, behind what was replayed, and all else: the shard can run. */
    public ShardStore finish(CommitClock clock, Floors floors, Peers peers) {
        for (Tablet tablet : tablets) {
            tablet.merge().beginsAt(clock.now());
            if (!outOfOrder) {
                tablet.merge().dropTimestamps();
            } else if (freezes > 0) {
                tablet.mixedByReplay();
            }
        }
        Wal wal =
                Wal.start(
                        config.driver(),
                        hold,
                        config.clock(),
                        config.wal(),
                        this::valuesBeforeLog,
                        end,
                        Math.max(atLeastLsn + 1, startLsn),
                        1);
        MemorySegment scratch = config.scratch();
        long batchBytes = config.batchScratchBytes();
        return new ShardStore(
                config,
                new Recovered(
                        pool,
                        wal,
                        tablets,
                        scratch.asSlice(0, batchBytes),
                        scratch.asSlice(batchBytes, StoreConfig.KEY_SCRATCH_BYTES),
                        scratch.asSlice(
                                batchBytes + StoreConfig.KEY_SCRATCH_BYTES,
                                TabletScanner.SCRATCH_BYTES)),
                clock,
                floors,
                peers);
    }

    /**
     * What log records point to is durable before they are: as of when the log's sync was asked
     * for.
     */
    private int valuesBeforeLog(long targetLsn, Waiter waiter) {
        if (targetLsn != gateTarget) {
            gateTarget = targetLsn;
            for (int i = 0; i < tablets.size(); i++) {
                gateMarks[i] = tablets.get(i).values().mark();
            }
        }
        for (int i = 0; i < tablets.size(); i++) {
            if (tablets.get(i).values().awaitSynced(gateMarks[i], waiter) == Progress.WAIT) {
                return Progress.WAIT;
            }
        }
        return Progress.DONE;
    }
}
