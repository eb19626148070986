package site.js0.jdb.index;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reading resident pages allocates nothing. */
class TreeAllocationTest {
    private static final int ENTRIES = 20_000;
    private static final int WARM_UP = 60_000;
    private static final int MEASURED = 100_000;

    private final TreeFixture t = TreeFixture.plain();
    private final MemorySegment keys = TreeFixture.nativeCopy(new byte[ENTRIES * 12]);
    private final TreeHit hit = new TreeHit();
    private final TreeFixture.Turn turn = new TreeFixture.Turn();

    private void fill() {
        List<Version> all = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            byte[] key = new byte[12];
            for (int j = 0; j < 4; j++) {
                key[4 + j] = (byte) (i >>> 24 - 8 * j);
            }
            MemorySegment.copy(MemorySegment.ofArray(key), 0, keys, i * 12L, 12);
            all.add(Version.put(key, 1, new byte[20]));
        }
        t.merge(all);
        t.pages.pump();
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    private void get(int times) {
        for (int i = 0; i < times; i++) {
            int k = (int) (i * 7919L % ENTRIES);
            if (t.tree.get(keys, k * 12L, 12, Tree.NEWEST, hit, turn) != Tree.FOUND) {
                throw new AssertionError("key " + k);
            }
        }
    }

    private int walk(TreeCursor cursor) {
        int answer = cursor.seek(keys, 0, 0, TreeCursor.NEWEST, true, true, turn);
        int seen = 0;
        while (answer == TreeCursor.FOUND) {
            seen++;
            answer = cursor.next(turn);
        }
        return seen;
    }

    @Test
    void getAllocatesNothing() {
        fill();
        get(WARM_UP);
        long before = allocated();
        get(MEASURED);
        assertThat((allocated() - before) / MEASURED).as("bytes per get").isZero();
    }

    @Test
    void aCursorAllocatesNothing() {
        fill();
        TreeCursor cursor = new TreeCursor(t.tree, 8);
        for (int i = 0; i < 10; i++) {
            assertThat(walk(cursor)).isEqualTo(ENTRIES);
        }
        long before = allocated();
        for (int i = 0; i < 5; i++) {
            walk(cursor);
        }
        assertThat((allocated() - before) / (5 * ENTRIES)).as("bytes per step").isZero();
    }
}
