package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Bytes;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;

/** The leaves of the present run. Owner: the merge. */
final class LeafStage extends LevelStage {
    private static final int HALF = PageHeader.PAGE_BYTES / 2;

    private CellStage full = stage();
    private CellStage open = stage();
    private CellStage spare = stage();

    /** Bound below the run: what the separator in front of its first leaf is. */
    private final KeyBuffer low = new KeyBuffer();

    private long lowTimestamp;
    private boolean running;

    /** The last entry of the leaf sealed before, in this run. */
    private final KeyBuffer before = new KeyBuffer();

    private long beforeTimestamp;
    private boolean hasBefore;

    private final Balance balance = new Balance();
    private final KeyBuffer separator = new KeyBuffer();
    private long separatorTimestamp;

    private static CellStage stage() {
        return new CellStage(LeafPage.fixedBytes(), KeyCells.SLOT_BYTES);
    }

    /** True between the first leaf taken in and the end of the run. */
    boolean running() {
        return running;
    }

    /** Begins a run at the lower bound of its first leaf. */
    void begin(KeyBuffer key, long timestamp) {
        assert !pending();
        running = true;
        low.set(key);
        lowTimestamp = timestamp;
        hasBefore = false;
    }

    /** Appends an entry; false when both pages are full. */
    boolean add(
            KeyBuffer key,
            long timestamp,
            boolean timed,
            int kind,
            MemorySegment from,
            long at,
            int length) {
        assert running;
        if (open.add(key, timestamp, timed, kind, from, at, length)) {
            return true;
        }
        if (full()) {
            return false;
        }
        close();
        final boolean added = open.add(key, timestamp, timed, kind, from, at, length);
        assert added : "an entry within the limits fits an empty leaf";
        return true;
    }

    /** Appends entries of a sealed leaf; answers how many, 0 when both pages are full. */
    int addRun(MemorySegment memory, long page, int from, int to) {
        assert running;
        final int added = open.addRun(memory, page, from, to);
        if (added > 0 || full()) {
            return added;
        }
        close();
        return open.addRun(memory, page, from, to);
    }

    private void close() {
        final CellStage empty = full;
        assert empty.count() == 0;
        full = open;
        open = empty;
    }

    /** Kind of the entry added last; 0 when it is in a closed page or there is none. */
    int lastKind() {
        return open.count() == 0 ? 0 : open.kind(open.count() - 1);
    }

    /** Takes back the entry added last. */
    void removeLast() {
        open.truncate(open.count() - 1);
    }

    /** Puts the entries of a leaf in front of the pending ones, which are few. */
    void prepend(MemorySegment memory, long page, KeyBuffer key, long timestamp) {
        assert !full() && !hasBefore;
        final CellStage pending = open;
        open = spare;
        spare = pending;
        open.reset();
        begin(key, timestamp);
        final int n = PageHeader.count(memory, page);
        int added = open.addRun(memory, page, 0, n);
        assert added == n : "what was one leaf fits one leaf";
        for (int i = 0; i < pending.count(); i++) {
            if (!open.addFrom(pending, i)) {
                close();
                final boolean fits = open.addFrom(pending, i);
                assert fits;
            }
        }
        pending.reset();
    }

    @Override
    boolean pending() {
        return open.count() > 0 || full.count() > 0;
    }

    @Override
    boolean full() {
        return full.count() > 0;
    }

    @Override
    boolean underfull() {
        balance();
        return open.count() > 0 && open.bytes() < TreeLimits.UNDERFULL_BYTES;
    }

    /** Evens out the last two leaves when the last is less than half full. */
    private void balance() {
        if (full.count() == 0 || open.count() == 0 || open.bytes() >= HALF) {
            return;
        }
        final int from = balance.split(full, open);
        if (from == full.count()) {
            return;
        }
        spare.reset();
        for (int i = from; i < full.count(); i++) {
            if (!spare.addFrom(full, i)) {
                return;
            }
        }
        for (int i = 0; i < open.count(); i++) {
            if (!spare.addFrom(open, i)) {
                return; // their keys share too little: two uneven leaves it is
            }
        }
        full.truncate(from);
        final CellStage old = open;
        open = spare;
        spare = old;
    }

    @Override
    void closeOpen() {
        balance();
        if (!full()) {
            close();
        }
    }

    @Override
    void writeFull(MemorySegment memory, long page, int vnode) {
        final int n = full.count();
        final boolean timed = full.timed();
        final int prefix = full.write(memory, page, LeafPage.heads(page));
        PageHeader.init(
                memory, page, PageHeader.TYPE_LEAF, 0, vnode, n, LeafPage.typeUse(prefix, timed));
        separate();
    }

    /** The shortest separator between the leaf before and the closed one. */
    private void separate() {
        if (!hasBefore) {
            separator.set(low);
            separatorTimestamp = lowTimestamp;
            return;
        }
        full.copyKey(0, separator);
        final int shared =
                Bytes.commonPrefix(
                        before.bytes,
                        0,
                        separator.bytes,
                        0,
                        Math.min(before.length, separator.length));
        if (shared == separator.length) {
            assert before.length == separator.length : "keys ascend";
            separatorTimestamp = beforeTimestamp - 1; // versions of one key straddle the leaves
        } else {
            separator.shorten(shared + 1);
            separatorTimestamp = InnerPage.BARE;
        }
    }

    @Override
    KeyBuffer separator() {
        return separator;
    }

    @Override
    long separatorTimestamp() {
        return separatorTimestamp;
    }

    @Override
    void fullSealed() {
        final int last = full.count() - 1;
        full.copyKey(last, before);
        beforeTimestamp = full.timestamp(last, LeafPage.BARE);
        hasBefore = true;
        full.reset();
    }

    /** Entries in the closed leaf. */
    int fullCount() {
        return full.count();
    }

    @Override
    void endRun() {
        assert !pending();
        running = false;
        hasBefore = false;
    }

    @Override
    void reset() {
        full.reset();
        open.reset();
        running = false;
        hasBefore = false;
    }
}
