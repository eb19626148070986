package site.js0.jdb.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbException;

/** Walking to and fro, with pages that come late and go early; reading ahead. */
class TreeCursorTest {
    private static final MemorySegment NO_KEY = TreeFixture.nativeCopy(new byte[0]);

    private static TreeFixture grown(FakePageSpace pages, int entries) {
        TreeFixture t = new TreeFixture(pages, 256, 32);
        t.merge(some(0, entries, 1, 1));
        return t;
    }

    private static List<Version> some(int from, int to, int step, long timestamp) {
        List<Version> all = new ArrayList<>();
        for (int i = from; i < to; i += step) {
            byte[] key = new byte[8];
            for (int j = 0; j < 4; j++) {
                key[4 + j] = (byte) (i >>> 24 - 8 * j);
            }
            all.add(Version.put(key, timestamp, new byte[100]));
        }
        return all;
    }

    @Test
    void aWalkToAndFroMeetsTheEntriesInOrder() {
        for (long seed = 1; seed <= 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            FakePageSpace pages = new FakePageSpace(40, seed);
            TreeFixture t = grown(pages, 3_000);
            List<Version> all = t.scan(true, 0);
            pages.instant = random.nextBoolean();
            pages.evictChance = random.nextInt(500);
            pages.waitChance = random.nextInt(100);
            TreeCursor cursor = new TreeCursor(t.tree, random.nextInt(8));
            int at = -1;
            boolean placed = false;
            boolean forward = true;
            for (int i = 0; i < 2_000; i++) {
                if (random.nextInt(50) == 0 || at < 0 || at >= all.size()) {
                    at = random.nextInt(all.size());
                    placed = false;
                } else {
                    forward = random.nextInt(8) > 0 == forward;
                    at += forward ? 1 : -1;
                }
                TreeFixture.Turn turn = new TreeFixture.Turn();
                int answer = TreeCursor.WAIT;
                if (placed) {
                    answer = forward ? cursor.next(turn) : cursor.previous(turn);
                    placed = answer == TreeCursor.FOUND;
                }
                if (answer == TreeCursor.WAIT && at >= 0 && at < all.size()) {
                    pages.pump(); // what it waited for, if it did
                    byte[] key = all.get(at).key();
                    MemorySegment wanted = TreeFixture.nativeCopy(key);
                    boolean way = random.nextBoolean();
                    answer =
                            t.await(w ->
                                    cursor.seek(
                                            wanted,
                                            0,
                                            key.length,
                                            TreeCursor.OLDEST,
                                            way,
                                            true,
                                            w));
                    placed = answer == TreeCursor.FOUND;
                }
                if (at < 0 || at >= all.size()) {
                    pages.pump();
                    assertThat(answer).as("seed %d", seed).isNotEqualTo(TreeCursor.FOUND);
                    placed = false;
                } else {
                    assertThat(answer).isEqualTo(TreeCursor.FOUND);
                    assertThat(t.current(cursor)).as("seed %d", seed).isEqualTo(all.get(at));
                }
            }
            pages.verifyIdle();
        }
    }

    @Test
    void aCursorThatStandsNowhereMustSeek() {
        TreeFixture t = grown(new FakePageSpace(500, 1), 1_000);
        TreeCursor cursor = new TreeCursor(t.tree, 4);
        assertThatThrownBy(() -> t.await(cursor::next))
                .isInstanceOf(JdbException.class)
                .hasMessageContaining("must seek first");
        assertThat(t.await(w -> cursor.seek(NO_KEY, 0, 0, -1, true, true, w)))
                .isEqualTo(TreeCursor.FOUND);
        t.merge(some(0, 10, 1, 2));
        assertThatThrownBy(() -> t.await(cursor::next))
                .isInstanceOf(JdbException.class)
                .hasMessageContaining("must seek first");
    }

    /** Waits of a scan over cold pages. */
    private static long waits(int prefetch, boolean forward) {
        FakePageSpace pages = new FakePageSpace(100, 1);
        TreeFixture t = grown(pages, 10_000);
        pages.instant = false;
        pages.evictAll();
        long before = pages.waits;
        assertThat(t.scan(forward, prefetch)).hasSize(10_000);
        return pages.waits - before;
    }

    @Test
    void aScanReadsAhead() {
        long alone = waits(0, true);
        assertThat(alone).isGreaterThan(200);
        assertThat(waits(16, true)).isLessThan(alone / 5);
        assertThat(waits(16, false)).isLessThan(alone / 5);
    }

    /** Waits of a merge into cold pages that touches one leaf in four. */
    private static long mergeWaits(int prefetch) {
        FakePageSpace pages = new FakePageSpace(200, 1);
        TreeFixture t = new TreeFixture(pages, 1000, prefetch);
        t.merge(some(0, 20_000, 1, 1));
        pages.instant = false;
        pages.evictAll();
        long before = pages.waits;
        t.merge(some(0, 20_000, 140, 2));
        assertThat(t.merge.leavesRead()).isBetween(130L, 200L);
        return pages.waits - before;
    }

    @Test
    void aMergeReadsAhead() {
        long alone = mergeWaits(0);
        assertThat(alone).isGreaterThan(130);
        assertThat(mergeWaits(32)).isLessThan(alone / 5);
    }
}
