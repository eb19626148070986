package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.TreeLimits;

/**
 * The inner pages of one level while a merge rebuilds them: items are references to children, each
 * with the separator in front of it. Owner: the merge.
 */
final class ItemStage extends LevelStage {
    private static final int HALF = PageHeader.PAGE_BYTES / 2;

    private final int level;
    private Items full = new Items();
    private Items open = new Items();
    private Items spare = new Items();
    private final KeyBuffer work = new KeyBuffer();
    private final Balance balance = new Balance();

    /** Children of one page, and their separators; that of the first is the page's own. */
    private static final class Items {
        final CellStage separators =
                new CellStage(InnerPage.fixedBytes(), KeyCells.SLOT_BYTES + InnerPage.REF_BYTES);
        final KeyBuffer low = new KeyBuffer();
        long lowTimestamp;
        final long[] no = new long[InnerPage.CHILDREN_MAX + 1];
        final int[] crc = new int[InnerPage.CHILDREN_MAX + 1];
        int count;

        boolean add(KeyBuffer key, long timestamp, long childNo, int childCrc) {
            if (count == 0) {
                low.set(key);
                lowTimestamp = timestamp;
            } else if (!separators.add(
                    key, timestamp, timestamp != InnerPage.BARE, 0, low.bytes, 0, 0)) {
                return false;
            }
            no[count] = childNo;
            crc[count] = childCrc;
            count++;
            return true;
        }

        /** The separator in front of item {@code i}, into {@code to}; answers its timestamp. */
        long separator(int i, KeyBuffer to) {
            if (i == 0) {
                to.set(low);
                return lowTimestamp;
            }
            separators.copyKey(i - 1, to);
            return separators.timestamp(i - 1, InnerPage.BARE);
        }

        boolean addFrom(Items other, int i, KeyBuffer work) {
            final long timestamp = other.separator(i, work);
            return add(work, timestamp, other.no[i], other.crc[i]);
        }

        void truncate(int items) {
            separators.truncate(Math.max(0, items - 1));
            count = items;
        }

        void reset() {
            separators.reset();
            count = 0;
        }
    }

    ItemStage(int level) {
        assert level >= 1 && level <= TreeLimits.LEVEL_MAX;
        this.level = level;
    }

    /** Appends a child; false when both pages are full. */
    boolean add(KeyBuffer key, long timestamp, long childNo, int childCrc) {
        assert childNo > 0;
        if (open.add(key, timestamp, childNo, childCrc)) {
            return true;
        }
        if (full()) {
            return false;
        }
        close();
        return open.add(key, timestamp, childNo, childCrc);
    }

    private void close() {
        final Items empty = full;
        assert empty.count == 0;
        full = open;
        open = empty;
    }

    /** Children that wait to be written. */
    int count() {
        return full.count + open.count;
    }

    /** Number of the child added last. */
    long lastNo() {
        reopen();
        return open.no[open.count - 1];
    }

    int lastCrc() {
        reopen();
        return open.crc[open.count - 1];
    }

    /** The separator in front of the child added last. */
    long lastSeparator(KeyBuffer to) {
        reopen();
        return open.separator(open.count - 1, to);
    }

    /** Takes back the child added last. */
    void removeLast() {
        reopen();
        open.truncate(open.count - 1);
        reopen();
    }

    /** When nothing is behind the closed page it is open again. */
    private void reopen() {
        if (open.count == 0 && full()) {
            final Items empty = open;
            open = full;
            full = empty;
        }
    }

    /** Puts the children of an inner page in front of the pending ones. */
    void prepend(MemorySegment memory, long page, KeyBuffer key, long timestamp) {
        assert !full();
        final Items pending = open;
        open = spare;
        spare = pending;
        open.reset();
        addAll(memory, page, key, timestamp);
        for (int i = 0; i < pending.count; i++) {
            final long separator = pending.separator(i, work);
            final boolean fits = add(work, separator, pending.no[i], pending.crc[i]);
            assert fits : "a page and an under-full one fit two pages";
        }
        pending.reset();
    }

    private void addAll(MemorySegment memory, long page, KeyBuffer key, long timestamp) {
        final int n = PageHeader.count(memory, page);
        for (int i = 0; i < n; i++) {
            final long ref = InnerPage.ref(page, i);
            boolean fits;
            if (i == 0) {
                fits =
                        add(
                                key,
                                timestamp,
                                InnerPage.childNo(memory, ref),
                                InnerPage.childCrc(memory, ref));
            } else {
                work.length = InnerPage.copyKey(memory, page, i, work.bytes);
                fits =
                        add(
                                work,
                                InnerPage.timestamp(memory, page, i),
                                InnerPage.childNo(memory, ref),
                                InnerPage.childCrc(memory, ref));
            }
            assert fits : "what was one page fits one page";
        }
    }

    @Override
    boolean pending() {
        return open.count > 0 || full.count > 0;
    }

    @Override
    boolean full() {
        return full.count > 0;
    }

    @Override
    boolean underfull() {
        balance();
        return open.count > 0 && open.separators.bytes() < TreeLimits.UNDERFULL_BYTES;
    }

    private void balance() {
        if (full.count < 2 || open.count == 0 || open.separators.bytes() >= HALF) {
            return;
        }
        // Separators 1.. of the closed page, the open page's own, and its others.
        final int from = 1 + balance.split(full.separators, open.separators);
        if (from >= full.count) {
            return;
        }
        spare.reset();
        for (int i = from; i < full.count; i++) {
            if (!spare.addFrom(full, i, work)) {
                return;
            }
        }
        for (int i = 0; i < open.count; i++) {
            if (!spare.addFrom(open, i, work)) {
                return; // they share too little: two uneven pages it is
            }
        }
        full.truncate(from);
        final Items old = open;
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
        final int n = full.count;
        final int prefix = full.separators.write(memory, page, InnerPage.heads(page, n));
        PageHeader.init(memory, page, PageHeader.TYPE_INNER, level, vnode, n, prefix);
        for (int i = 0; i < n; i++) {
            InnerPage.setRef(memory, InnerPage.ref(page, i), full.no[i], full.crc[i]);
        }
    }

    @Override
    KeyBuffer separator() {
        return full.low;
    }

    @Override
    long separatorTimestamp() {
        return full.lowTimestamp;
    }

    @Override
    void fullSealed() {
        full.reset();
    }

    @Override
    void endRun() {
        assert !pending();
    }

    @Override
    void reset() {
        full.reset();
        open.reset();
    }

    @Override
    public String toString() {
        return "ItemStage[level %d, %s + %s]"
                .formatted(
                        level,
                        Arrays.toString(Arrays.copyOf(full.no, full.count)),
                        Arrays.toString(Arrays.copyOf(open.no, open.count)));
    }
}
