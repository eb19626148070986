package site.js0.jdb.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbException;

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
}
