package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.BatchFormat;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.wal.Wal;

/**
 * The way of a batch into a shard: room in the memtables, then a timestamp, then one log record,
 * then the memtables. After the log record nothing can fail but by a defect, and that puts the
 * shard in doubt. Owner: holder of the shard.
 */
final class ShardWriter {
    private final ShardCondition condition;
    private final Tablets tablets;
    private final Wal wal;
    private final CommitClock commitClock;
    private final BatchWriter writer;

    private long paceNanos;
    private long logBytes;
    private long commits;
    private long writes;
    private long roomWaits;

    ShardWriter(
            ShardCondition condition,
            Tablets tablets,
            Wal wal,
            CommitClock commitClock,
            MemorySegment scratch) {
        this.condition = condition;
        this.tablets = tablets;
        this.wal = wal;
        this.commitClock = commitClock;
        this.writer = new BatchWriter(scratch);
    }

    BatchWriter batch() {
        return writer;
    }

    /** Bytes of records appended since the opening. */
    long logBytes() {
        return logBytes;
    }

    /**
     * Commits the batch in {@link #batch()}.
     *
     * @return the LSN of its record, or 0: the waiter is parked, nothing has changed
     */
    long commit(Waiter waiter) {
        condition.refuseWhenInDoubt();
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
            condition.fail(t);
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
    long takePaceNanos() {
        long nanos = paceNanos;
        paceNanos = 0;
        return nanos;
    }

    private void pace(long now) {
        for (int i = 0; i < tablets.count(); i++) {
            if (tablets.get(i).merge().active()) {
                paceNanos = Math.max(paceNanos, tablets.get(i).pacer().delay(now));
            }
        }
    }

    /** Appends what is in the writer; when nothing was appended, its wants are forgotten. */
    long appendWanted(int kind, Waiter waiter) {
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

    long append(int kind, MemorySegment payload, long size, Waiter waiter) {
        long lsn = wal.append(kind, payload, 0, (int) size);
        if (lsn == Wal.NO_ROOM) {
            condition.attention(true);
            wal.awaitSegment(waiter);
            return 0;
        }
        logBytes += size;
        if (wal.wantsService()) {
            condition.attention(true);
        }
        return lsn;
    }

    /** Makes sure that the batch in the writer fits its memtables; else parks the waiter. */
    boolean makeRoom(Waiter waiter) {
        MemorySegment m = writer.memory();
        long write = writer.firstWrite();
        for (int i = 0; i < writer.count(); i++) {
            tablets.of(BatchFormat.vnode(m, write))
                    .want(BatchFormat.keyBytes(m, write), BatchFormat.valueBytes(m, write));
            write = BatchFormat.nextWrite(m, write);
        }
        boolean room = true;
        for (int i = 0; i < tablets.count(); i++) {
            Tablet tablet = tablets.get(i);
            if (room && !tablet.wantsNothing()) {
                boolean merging = tablet.merge().active();
                try {
                    room = tablet.makeRoom(waiter);
                } catch (JdbException e) {
                    forgetWants();
                    throw e;
                }
                condition.attention(merging != tablet.merge().active() || !room);
            }
        }
        if (!room) {
            roomWaits++;
            forgetWants();
        }
        return room;
    }

    private void forgetWants() {
        for (int i = 0; i < tablets.count(); i++) {
            tablets.get(i).wantNothing();
        }
    }

    /** The newest timestamp of the tablets that want something. */
    long newestTimestampTouched() {
        long newest = 0;
        for (int i = 0; i < tablets.count(); i++) {
            Tablet tablet = tablets.get(i);
            if (!tablet.wantsNothing()) {
                newest = Math.max(newest, tablet.lastTimestamp());
            }
        }
        return newest;
    }

    /** Applies a batch whose room was made sure of, and forgets what it wanted. */
    void apply(MemorySegment from, long batch, long timestamp, long lsn) {
        int count = BatchFormat.count(from, batch);
        long write = batch + BatchFormat.HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            Tablet tablet = tablets.of(BatchFormat.vnode(from, write));
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

    void stats(StatsSink to) {
        to.count(StatName.TABLET_COMMITS, commits);
        to.count(StatName.TABLET_WRITES, writes);
        to.count(StatName.TABLET_ROOM_WAITS, roomWaits);
    }
}
