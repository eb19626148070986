package site.js0.jdb.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.TreeLimits;
import site.js0.jdb.layout.ValPtr;

/** The tree's life in small stories. */
class TreeTest {
    private final TreeFixture t = TreeFixture.plain();

    private static byte[] key(String text) {
        return ("tab." + text).getBytes(ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static List<Version> numbered(int from, int to, long timestamp, int valueBytes) {
        List<Version> all = new ArrayList<>();
        for (int i = from; i < to; i++) {
            byte[] value = new byte[valueBytes];
            value[0] = (byte) i;
            all.add(Version.put(key("%08d".formatted(i)), timestamp, value));
        }
        return all;
    }

    @Test
    void anEmptyTreeHasNothing() {
        assertThat(t.read(key("a"), -1)).isNull();
        assertThat(t.scan(true, 0)).isEmpty();
        assertThat(t.scan(false, 0)).isEmpty();
        assertThat(t.check().height()).isZero();
    }

    @Test
    void whatWasMergedIsFound() {
        t.merge(List.of(Version.put(key("a"), 1, bytes("1")), Version.put(key("b"), 2, bytes(""))));
        assertThat(t.read(key("a"), -1)).isEqualTo(bytes("1"));
        assertThat(t.read(key("b"), -1)).isEqualTo(bytes(""));
        assertThat(t.read(key("c"), -1)).isNull();
        assertThat(t.tree.root().entryCount()).isEqualTo(2);
    }

    @Test
    void manyEntriesMakeATreeAndDeletingThemAllUnmakesIt() {
        List<Version> all = numbered(0, 20_000, 5, 40);
        t.merge(all);
        TreeCheck.Report report = t.check();
        assertThat(report.height()).isEqualTo(3);
        assertThat(report.leafFill()).isGreaterThan(0.97);
        assertThat(report.underfull()).isZero();
        assertThat(t.scan(true, 16)).isEqualTo(all.stream().map(Version::bare).toList());
        assertThat(t.scan(false, 16).reversed())
                .isEqualTo(all.stream().map(Version::bare).toList());
        t.merge(all.stream().map(v -> Version.delete(v.key(), 6)).toList());
        assertThat(t.tree.root()).isEqualTo(TreeRoot.EMPTY);
        assertThat(t.check().pages()).isEmpty();
    }

    @Test
    void aSparseMergeKeepsWhatItDoesNotTouch() {
        t.merge(numbered(0, 20_000, 5, 40));
        long written = t.merge.pagesWritten();
        t.merge(numbered(7_000, 7_001, 6, 40));
        assertThat(t.merge.pagesWritten()).isEqualTo(3);
        assertThat(t.merge.leavesRead()).isEqualTo(1);
        assertThat(written).isGreaterThan(200);
        t.check();
    }

    @Test
    void splitsAndAbsorbedNeighboursAreCounted() {
        MergeCounters counters = t.merge.counters();
        t.merge(numbered(0, 20_000, 5, 40));
        assertPagesAreFirstOrSplit();
        long splits = counters.leafSplits;
        t.merge(numbered(7_000, 7_001, 6, 1000)); // into a full leaf
        assertThat(counters.leafSplits).isEqualTo(splits + 1);
        assertPagesAreFirstOrSplit();
        assertThat(counters.absorbed).isZero();
        List<Version> deleted = new ArrayList<>();
        for (int range = 0; range < 20; range++) {
            int from = range * 1000 + range * 7;
            numbered(from, from + 200, 7, 8).forEach(v -> deleted.add(Version.delete(v.key(), 7)));
        }
        t.merge(deleted);
        assertThat(counters.absorbed).isPositive();
        assertThat(counters.leafSplits).as("runs that became shorter").isEqualTo(splits + 1);
        assertThat(t.check().underfull()).isZero();
    }

    /** Every page but the first of its level came of a split, as long as nothing was deleted. */
    private void assertPagesAreFirstOrSplit() {
        TreeCheck.Report report = t.check();
        MergeCounters counters = t.merge.counters();
        assertThat(counters.leafSplits + counters.innerSplits + report.height())
                .isEqualTo(report.pages().length);
    }

    @Test
    void versionsStayAsLongAsASnapshotNeedsThem() {
        byte[] k = key("k");
        t.merge(List.of(Version.put(k, 10, bytes("a"))), new long[0], 10);
        t.merge(List.of(Version.put(k, 20, bytes("b"))), new long[] {15}, 20);
        assertThat(t.read(k, 15)).isEqualTo(bytes("a"));
        assertThat(t.read(k, 20)).isEqualTo(bytes("b"));
        assertThat(t.scan(true, 0))
                .containsExactly(Version.put(k, 20, bytes("b")), Version.put(k, 0, bytes("a")));
        t.merge(List.of(Version.delete(k, 30)), new long[] {15}, 30);
        assertThat(t.read(k, 15)).isEqualTo(bytes("a"));
        assertThat(t.read(k, 30)).isNull();
        assertThat(t.scan(true, 0))
                .containsExactly(Version.delete(k, 30), Version.put(k, 0, bytes("a")));
        t.merge(List.of(Version.put(key("other"), 40, bytes(""))), new long[0], 40);
        assertThat(t.scan(true, 0)).as("the leaf was rewritten").hasSize(1);
    }

    @Test
    void aFullDeviceLeavesTheOldTree() {
        t.merge(numbered(0, 5_000, 5, 100));
        TreeRoot root = t.tree.root();
        t.pages.pagesMax = t.pages.pages().length + 20;
        assertThatThrownBy(() -> t.merge(numbered(0, 5_000, 6, 101)))
                .isInstanceOf(JdbException.class)
                .hasMessageContaining("no space");
        assertThat(t.tree.root()).isEqualTo(root);
        assertThat(t.merge.running()).isFalse();
        t.check();
        t.pages.pagesMax = Integer.MAX_VALUE;
        t.merge(numbered(0, 5_000, 6, 101));
        assertThat(t.check().entries()).isEqualTo(5_000);
    }

    @Test
    void deletingAtRandomLeavesNoPageUnderFull() {
        SplittableRandom random = new SplittableRandom(3);
        List<Version> live = numbered(0, 12_000, 1, 30);
        t.merge(live);
        for (int round = 2; live.size() > 100; round++) {
            List<Version> deletes = new ArrayList<>();
            List<Version> rest = new ArrayList<>();
            int from = random.nextInt(live.size());
            for (int i = 0; i < live.size(); i++) {
                boolean out =
                        round % 2 == 0
                                ? random.nextInt(3) == 0
                                : i >= from && i < from + live.size() / 3;
                if (out) {
                    deletes.add(Version.delete(live.get(i).key(), round));
                } else {
                    rest.add(live.get(i));
                }
            }
            live = rest;
            t.merge(deletes);
            TreeCheck.Report report = t.check();
            assertThat(report.underfull()).isZero();
            assertThat(report.entries()).isEqualTo(live.size());
        }
        assertThat(t.check().height()).as("the root shrank").isLessThanOrEqualTo(2);
    }

    private static Version pointer(byte[] key, long timestamp, int blob) {
        byte[] value = new byte[ValPtr.BYTES];
        ValPtr.write(MemorySegment.ofArray(value), 0, blob, 1, 2000);
        return new Version(key, timestamp, EntryKind.POINTER, value);
    }

    private static String name(Version pointer) {
        return TreeFixture.pointer(MemorySegment.ofArray(pointer.value()), 0);
    }

    @Test
    void aPointerIsDroppedWhenItsVersionGoes() {
        Version first = pointer(key("k"), 10, 1);
        Version second = pointer(key("k"), 20, 2);
        Version third = pointer(key("k"), 21, 3);
        t.merge(List.of(first));
        assertThat(t.dropped).isEmpty();
        t.merge(List.of(second, third));
        assertThat(t.dropped).containsExactlyInAnyOrder(name(first), name(second));
        t.merge(List.of(Version.delete(key("k"), 30)));
        assertThat(t.dropped).containsExactlyInAnyOrder(name(first), name(second), name(third));
    }

    @Test
    void mergingTheSamePointersAgainDropsNothingThatLives() {
        Version old = pointer(key("k"), 10, 1);
        Version live = pointer(key("k"), 20, 2);
        t.merge(List.of(old, live));
        assertThat(t.dropped).containsExactly(name(old));
        t.merge(List.of(live));
        t.merge(List.of(live), new long[] {25}, 30);
        assertThat(t.dropped).containsExactly(name(old));
        assertThat(t.scan(true, 0)).containsExactly(live.bare());
        assertThat(t.tree.root().entryCount()).isEqualTo(1);
    }

    @Test
    void mergingVersionsWithTimestampsAgainReplacesThem() {
        Version old = pointer(key("k"), 10, 1);
        Version live = pointer(key("k"), 20, 2);
        long[] floors = {5, 12};
        t.merge(List.of(old, live), floors, 20);
        List<Version> kept = t.scan(true, 0);
        assertThat(kept).containsExactly(live, old);
        t.merge(List.of(old, live), floors, 20);
        assertThat(t.scan(true, 0)).isEqualTo(kept);
        assertThat(t.dropped).isEmpty();
        t.merge(List.of(old, live), new long[0], 20);
        assertThat(t.scan(true, 0)).containsExactly(live.bare());
        assertThat(t.dropped).containsExactly(name(old));
    }

    @Test
    void manyVersionsOfOneKeyStraddleLeaves() {
        byte[] k = key("k");
        List<Version> versions = new ArrayList<>();
        long[] floors = new long[500];
        for (int i = 0; i < 500; i++) {
            versions.add(Version.put(k, 10 + i, new byte[100]));
            floors[i] = 10 + i;
        }
        versions.add(Version.put(key("j"), 5, bytes("j")));
        versions.add(Version.put(key("l"), 5, bytes("l")));
        t.merge(versions, floors, 600);
        assertThat(t.check().leaves()).isGreaterThan(10);
        for (long floor : floors) {
            TreeHit hit = new TreeHit();
            assertThat(
                            t.await(w ->
                                    t.tree.get(
                                            TreeFixture.nativeCopy(k), 0, k.length, floor, hit, w)))
                    .isEqualTo(Tree.FOUND);
            assertThat(hit.timestamp).isEqualTo(floor == 10 ? 0 : floor);
        }
        assertThat(t.read(k, 9)).as("a version without timestamp is seen by all").isNotNull();
        t.merge(List.of(Version.delete(k, 700)), new long[0], 700);
        assertThat(t.check().entries()).isEqualTo(2);
        assertThat(t.read(key("l"), -1)).isEqualTo(bytes("l"));
    }

    @Test
    void theLargestEntriesFit() {
        List<Version> all = new ArrayList<>();
        long[] floors = new long[40];
        for (int i = 0; i < 40; i++) {
            byte[] k = new byte[TreeLimits.KEY_BYTES_MAX];
            k[i] = 1;
            all.add(Version.put(k, i + 1, new byte[TreeLimits.ENTRY_BYTES_MAX - k.length]));
            byte[] small = new byte[TreeLimits.ENTRY_BYTES_MAX - TreeLimits.VALUE_BYTES_MAX];
            small[i] = 2;
            all.add(Version.put(small, i + 1, new byte[TreeLimits.VALUE_BYTES_MAX]));
            floors[i] = i;
        }
        t.merge(all, floors, 0);
        TreeCheck.Report report = t.check();
        assertThat(report.entries()).isEqualTo(80);
        assertThat(report.timed()).isEqualTo(80);
        assertThat(report.leaves()).isLessThan(80 / 2);
    }

    @Test
    void aMergeThatWasNotStartedSaysSo() {
        assertThatThrownBy(() -> t.await(w -> t.merge.run(1, w)))
                .isInstanceOf(JdbException.class)
                .hasMessageContaining("no merge was started");
    }
}
