package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.Tree;
import site.js0.jdb.index.TreeHit;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.page.PageFile;

/**
 * One VNode: an active memtable, perhaps a frozen one on its way into the tree, the tree, and the
 * value log. Which version a reader sees is decided here.
 *
 * <p>Invariants. (1) For any key, versions in the active memtable are newer than those in the
 * frozen one, and those newer than what the tree holds: so the first hit in that order is the
 * newest. A transaction that has prepared keeps the memtable from being frozen until it is decided,
 * since its timestamp is older than those committed meanwhile. (2) No commit gets a timestamp at or
 * below {@link #lastTimestamp}. (3) What the tree does not hold, the log does, from {@link
 * #replayLsn} on.
 *
 * <p>Owner: holder of the shard; the merge's own steps run on the shard's thread without it (see
 * {@link TabletMerge}).
 */
final class Tablet {
    private final int vnode;
    private final PageFile pages;
    private final Tree tree;
    private final TreeVersions treeVersions;
    private final ValueStore values;
    private final TabletMerge merge;
    private final TabletCheckpoint checkpoint;
    private final Pacer pacer;

    private Memtable active;
    private @Nullable Memtable frozen;

    /** The empty one; null while there is a frozen one. */
    private @Nullable Memtable spare;

    /** At or above every timestamp that was committed here or at which a snapshot was shown. */
    private long lastTimestamp;

    /** The newest commit in the memtables or tree. */
    private long lastCommit;

    /** Prepared transactions with writes here, and the room they will need. */
    private int preparedCount;

    private long reservedEntries;
    private long reservedBytes;

    /** What the batch that is being committed needs; zero between commits. */
    private long wantedEntries;

    private long wantedBytes;

    /** Bytes the shard's log had taken when the active memtable got its first entry. */
    private long activeLogMark;

    private long frozenLogMark;

    /**
     * True after a recovery that merged between two records of one log whose timestamps are out of
     * order (a prepared transaction has an older one than what was committed meanwhile): then
     * invariant (1) does not hold, and readers compare timestamps until what was replayed is
     * merged.
     */
    private boolean mixed;

    private boolean mixedFrozen;

    private final WaitList roomWaiters = new WaitList();
    private final MemtableHit memtableHit = new MemtableHit();
    private final TreeHit treeHit = new TreeHit();

    Tablet(TabletParts parts, ExclusiveHold hold) {
        this.vnode = parts.vnode();
        this.pages = parts.pages();
        this.tree = parts.tree();
        this.treeVersions = new TreeVersions(tree);
        this.values = parts.values();
        this.active = new Memtable(parts.firstRegion(), hold);
        this.spare = new Memtable(parts.secondRegion(), hold);
        this.lastTimestamp = parts.lastCommit();
        this.lastCommit = parts.lastCommit();
        this.merge = new TabletMerge(this, hold);
        this.checkpoint = new TabletCheckpoint(this);
        this.pacer = new Pacer(this);
    }

    int vnode() {
        return vnode;
    }

    PageFile pages() {
        return pages;
    }

    Tree tree() {
        return tree;
    }

    Pacer pacer() {
        return pacer;
    }

    /** The tree as a scan's source; one scan step at a time uses it. */
    TreeVersions treeVersions() {
        return treeVersions;
    }

    ValueStore values() {
        return values;
    }

    TabletMerge merge() {
        return merge;
    }

    TabletCheckpoint checkpoint() {
        return checkpoint;
    }

    Memtable active() {
        return active;
    }

    @Nullable Memtable frozen() {
        return frozen;
    }

    long lastTimestamp() {
        return lastTimestamp;
    }

    long lastCommit() {
        return lastCommit;
    }

    /**
     * A snapshot at {@code timestamp} is read: nothing may be committed at or below it any more.
     */
    void observe(long timestamp) {
        lastTimestamp = Math.max(lastTimestamp, timestamp);
    }

    // ---- reading
    // -------------------------------------------------------------------------------------------

    /**
     * The newest version of a key at or below {@code readTimestamp}.
     *
     * @return {@link Progress#DONE}, then {@code read} has the answer, or {@link Progress#WAIT}
     */
    int get(MemorySegment key, int keyLength, long readTimestamp, PointRead read, Waiter waiter) {
        if (mixed || mixedFrozen) {
            return getComparing(key, keyLength, readTimestamp, read, waiter);
        }
        int kind = active.find(key, 0, keyLength, readTimestamp, memtableHit);
        if (kind != Memtable.ABSENT) {
            return answer(
                    read,
                    kind,
                    active.memory(),
                    memtableHit.valueOffset(),
                    memtableHit.valueLength(),
                    waiter);
        }
        Memtable f = frozen;
        if (f != null) {
            kind = f.find(key, 0, keyLength, readTimestamp, memtableHit);
            if (kind != Memtable.ABSENT) {
                return answer(
                        read,
                        kind,
                        f.memory(),
                        memtableHit.valueOffset(),
                        memtableHit.valueLength(),
                        waiter);
            }
        }
        int r = tree.get(key, 0, keyLength, readTimestamp, treeHit, waiter);
        if (r == Tree.WAIT) {
            return Progress.WAIT;
        }
        if (r == Tree.ABSENT) {
            return read.absent();
        }
        return answer(read, treeHit.kind, tree.memory(), treeHit.offset, treeHit.length, waiter);
    }

    /** As {@link #get}, without relying on invariant (1). */
    private int getComparing(
            MemorySegment key, int keyLength, long readTimestamp, PointRead read, Waiter waiter) {
        int kind = Memtable.ABSENT;
        long newest = -1;
        MemorySegment memory = MemorySegment.NULL;
        long offset = 0;
        int length = 0;
        int inTree = tree.get(key, 0, keyLength, readTimestamp, treeHit, waiter);
        if (inTree == Tree.WAIT) {
            return Progress.WAIT;
        }
        if (inTree == Tree.FOUND) {
            kind = treeHit.kind;
            newest = treeHit.timestamp;
            memory = tree.memory();
            offset = treeHit.offset;
            length = treeHit.length;
        }
        Memtable f = frozen;
        for (int i = 0; i < 2; i++) {
            Memtable table = i == 0 ? f : active;
            if (table != null) {
                int found = table.find(key, 0, keyLength, readTimestamp, memtableHit);
                if (found != Memtable.ABSENT && memtableHit.timestamp() > newest) {
                    kind = found;
                    newest = memtableHit.timestamp();
                    memory = table.memory();
                    offset = memtableHit.valueOffset();
                    length = memtableHit.valueLength();
                }
            }
        }
        return kind == Memtable.ABSENT
                ? read.absent()
                : answer(read, kind, memory, offset, length, waiter);
    }

    private int answer(
            PointRead read,
            int kind,
            MemorySegment memory,
            long offset,
            int length,
            Waiter waiter) {
        return switch (kind) {
            case EntryKind.VALUE -> read.inPlace(memory, offset, length);
            case EntryKind.TOMBSTONE -> read.absent();
            case EntryKind.POINTER -> {
                if (read.isExistenceOnly()) {
                    yield read.inPlace(memory, offset, 0);
                }
                BlobFetch fetch = values.fetch(ValPtr.read(memory, offset));
                read.fetch = fetch;
                yield continueFetch(read, fetch, waiter);
            }
            default -> throw new JdbException(new JdbError.Internal("entry kind " + kind));
        };
    }

    /** Goes on with a read of the value log that was waited for. */
    static int continueFetch(PointRead read, BlobFetch fetch, Waiter waiter) {
        byte[] value = fetch.poll(waiter);
        return value == null ? Progress.WAIT : read.fromLog(value);
    }

    // ---- writing
    // -------------------------------------------------------------------------------------------

    /** Adds to what the present batch needs here. */
    void want(int keyLength, int valueLength) {
        wantedEntries++;
        wantedBytes += Memtable.recordBytes(keyLength, valueLength);
    }

    boolean wantsNothing() {
        return wantedEntries == 0;
    }

    void wantNothing() {
        wantedEntries = 0;
        wantedBytes = 0;
    }

    /**
     * True when the wanted entries fit, now or after the memtable was frozen; else the waiter is
     * parked until there may be room.
     */
    boolean makeRoom(Waiter waiter) {
        if (fits()) {
            return true;
        }
        if (active.isEmpty() && preparedCount == 0) {
            throw new JdbException(
                    new JdbError.BadArgument(
                            "batch",
                            "writes that fit a memtable of "
                                    + active.bytesMax()
                                    + " bytes (more memory allows more)",
                            wantedBytes + " bytes in " + wantedEntries + " writes to one VNode"));
        }
        if (freeze()) {
            return makeRoom(waiter);
        }
        if (merge.full()) {
            throw merge.diskFull();
        }
        roomWaiters.add(waiter);
        return false;
    }

    private boolean fits() {
        return active.hasRoom(reservedEntries + wantedEntries, reservedBytes + wantedBytes);
    }

    /** Keeps room for the wanted entries until {@link #releaseWanted}. */
    void reserveWanted() {
        preparedCount++;
        reservedEntries += wantedEntries;
        reservedBytes += wantedBytes;
    }

    /** Gives back what a prepared transaction, whose writes are wanted again, had reserved. */
    void releaseWanted() {
        preparedCount--;
        reservedEntries -= wantedEntries;
        reservedBytes -= wantedBytes;
        if (preparedCount == 0) {
            roomWaiters.resumeAll();
        }
    }

    /**
     * Turns the active memtable into the frozen one, to be merged. False when the last one is still
     * being merged, or a prepared transaction is not yet decided.
     */
    boolean freeze() {
        Memtable next = spare;
        if (next == null || preparedCount > 0 || active.isEmpty()) {
            return false;
        }
        active.freeze();
        frozen = active;
        frozenLogMark = activeLogMark;
        mixedFrozen = mixed;
        mixed = false;
        active = next;
        spare = null;
        merge.begin(frozen, lastTimestamp);
        return true;
    }

    /** All of the frozen memtable is in the tree now. */
    void merged() {
        Memtable done = frozen;
        if (done == null) {
            throw new IllegalStateException("VNode " + vnode + " has no frozen memtable");
        }
        frozen = null;
        mixedFrozen = false;
        done.clear();
        spare = done;
        roomWaiters.resumeAll();
    }

    /** Applies one write; room was made sure of. */
    void apply(
            MemorySegment from,
            long keyAt,
            int keyLength,
            long timestamp,
            int kind,
            long valueAt,
            int valueLength) {
        if (!active.put(from, keyAt, keyLength, timestamp, kind, from, valueAt, valueLength)) {
            throw new IllegalStateException(
                    "no room in the memtable of VNode " + vnode + " though it was reserved");
        }
        if (timestamp > lastCommit) {
            lastCommit = timestamp;
        }
        if (timestamp > lastTimestamp) {
            lastTimestamp = timestamp;
        }
    }

    /** Notes that log record {@code lsn} has, or will have, entries in the active memtable. */
    void noteLsn(long lsn, long logBytes) {
        if (active.oldestLsn() == 0) {
            activeLogMark = logBytes;
        }
        active.noteLsn(lsn);
    }

    /** The oldest record that is not in the tree; {@code next} when there is none. */
    long replayLsn(long next) {
        Memtable f = frozen;
        if (f != null && f.oldestLsn() != 0) {
            return f.oldestLsn();
        }
        return active.oldestLsn() != 0 ? active.oldestLsn() : next;
    }

    /**
     * Newest record with entries in the frozen memtable or, when there is none, anything up to now:
     * what a checkpoint needs.
     */
    long newestFrozenLsn() {
        Memtable f = frozen;
        return f == null ? 0 : f.newestLsn();
    }

    /** Replay is over, and timestamps of what it put into memory and tree may be out of order. */
    void mixedByReplay() {
        mixed = true;
    }

    /** Log bytes that cannot be let go because of this VNode. */
    long logBytesHeld(long logBytes) {
        if (frozen != null) {
            return logBytes - frozenLogMark;
        }
        return active.oldestLsn() == 0 ? 0 : logBytes - activeLogMark;
    }

    void resumeAllWaiters() {
        roomWaiters.resumeAll();
    }
}
