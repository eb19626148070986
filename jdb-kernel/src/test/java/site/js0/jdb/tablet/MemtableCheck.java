package site.js0.jdb.tablet;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.tablet.MemtableNode.NONE;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Bytes;

/** Checks what {@link MemtableNode} and {@link MemtableTree} promise of a whole tree. */
final class MemtableCheck {
    private final MemorySegment memory;
    private final MemtableTree tree;
    private long entries;
    private long nodeBytes;
    private long lastLeafSeen = NONE;
    private long lastRecordSeen = NONE;

    private MemtableCheck(Memtable table) {
        memory = table.memory();
        tree = table.tree();
    }

    /** Fails with what is wrong; otherwise the tree is sound. */
    static void check(Memtable table, String what) {
        final MemtableCheck check = new MemtableCheck(table);
        check.walk(check.tree.root(), check.tree.height(), NONE, NONE, what);
        assertThat(check.entries).as(what).isEqualTo(table.entryCount());
        assertThat(check.lastLeafSeen).as(what).isEqualTo(check.tree.lastLeaf());
        assertThat(MemtableNode.next(check.memory, check.lastLeafSeen)).as(what).isEqualTo(NONE);
        assertThat(check.nodeBytes).as(what).isEqualTo(check.tree.capacity() - check.tree.bottom());
    }

    /** {@code low} and {@code high}: the separators around the node. */
    private void walk(long node, int level, long low, long high, String what) {
        final int count = MemtableNode.count(memory, node);
        assertThat(count).as(what).isBetween(node == tree.root() ? 0 : 1, MemtableNode.CAPACITY);
        prefix(node, count, low, high, what);
        if (level == 0) {
            leaf(node, count, low, high, what);
            return;
        }
        if (node != tree.root()) {
            assertThat(count + 1).as(what).isGreaterThanOrEqualTo(MemtableNode.CAPACITY / 2);
        }
        nodeBytes += MemtableNode.INNER_BYTES;
        for (int i = 0; i <= count; i++) {
            final long left = i == 0 ? low : MemtableNode.record(memory, node, i - 1);
            final long right = i == count ? high : MemtableNode.record(memory, node, i);
            walk(MemtableNode.child(memory, node, i), level - 1, left, right, what);
        }
    }

    private void prefix(long node, int count, long low, long high, String what) {
        final int prefix = MemtableNode.prefix(memory, node);
        for (int i = 0; i < count; i++) {
            final long record = MemtableNode.record(memory, node, i);
            assertThat(MemtableRecord.keyLength(memory, record))
                    .as(what)
                    .isGreaterThanOrEqualTo(prefix);
            assertThat(MemtableNode.head(memory, node, i))
                    .as(what)
                    .isEqualTo(MemtableRecord.headAfter(memory, record, prefix));
            assertThat(
                            MemtableRecord.commonPrefix(
                                    memory, record, MemtableNode.record(memory, node, 0)))
                    .as(what)
                    .isGreaterThanOrEqualTo(prefix);
        }
        if (!MemtableNode.checked(memory, node) && prefix > 0) {
            assertThat(low).as(what).isNotEqualTo(NONE);
            assertThat(high).as(what).isNotEqualTo(NONE);
            assertThat(MemtableRecord.commonPrefix(memory, low, high))
                    .as(what)
                    .isGreaterThanOrEqualTo(prefix);
        }
    }

    private void leaf(long node, int count, long low, long high, String what) {
        nodeBytes += MemtableNode.LEAF_BYTES;
        entries += count;
        if (lastLeafSeen == NONE) {
            assertThat(node).as(what).isEqualTo(tree.firstLeaf());
        } else {
            assertThat(MemtableNode.next(memory, lastLeafSeen)).as(what).isEqualTo(node);
        }
        assertThat(MemtableNode.previous(memory, node)).as(what).isEqualTo(lastLeafSeen);
        lastLeafSeen = node;
        for (int i = 0; i < count; i++) {
            final long record = MemtableNode.record(memory, node, i);
            if (lastRecordSeen != NONE) {
                assertThat(order(lastRecordSeen, record)).as(what).isNegative();
            }
            if (low != NONE) {
                assertThat(order(low, record)).as(what).isNotPositive();
            }
            if (high != NONE) {
                assertThat(order(record, high)).as(what).isNegative();
            }
            lastRecordSeen = record;
        }
    }

    private int order(long a, long b) {
        final int keys =
                Bytes.compare(
                        memory,
                        MemtableRecord.keyOffset(a),
                        MemtableRecord.keyLength(memory, a),
                        memory,
                        MemtableRecord.keyOffset(b),
                        MemtableRecord.keyLength(memory, b));
        return keys != 0
                ? keys
                : Long.compare(
                        MemtableRecord.timestamp(memory, b), MemtableRecord.timestamp(memory, a));
    }
}
