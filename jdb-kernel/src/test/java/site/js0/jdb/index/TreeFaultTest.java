package site.js0.jdb.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.PageHeader;

/**
 * What a merge leaves behind when it cannot go on: a whole tree, no frame, no page; and that it can
 * be done again.
 */
class TreeFaultTest {
    private static final int ENTRIES = 3_000;

    private static Version at(int number, long timestamp, int bytes) {
        byte[] key = new byte[12];
        for (int i = 0; i < 4; i++) {
            key[4 + i] = (byte) (number >>> 24 - 8 * i);
        }
        byte[] value = new byte[bytes];
        value[0] = (byte) number;
        return Version.put(key, timestamp, value);
    }

    private static TreeFixture grown(int pagesPerRoot) {
        TreeFixture t = new TreeFixture(new FakePageSpace(2000, 1), pagesPerRoot, 8);
        List<Version> all = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            all.add(at(i, 1, 80));
        }
        t.merge(all);
        return t;
    }

    private static List<Version> changes() {
        SplittableRandom random = new SplittableRandom(5);
        List<Version> changes = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            if (random.nextInt(5) == 0) {
                changes.add(at(i, 2, 90));
            }
        }
        return changes;
    }

    /** Whatever fault comes, and whenever. */
    private static void survives(int pagesPerRoot, Consumer<FakePageSpace> fault) {
        TreeFixture t = grown(pagesPerRoot);
        List<Version> changes = changes();
        fault.accept(t.pages);
        boolean failed = false;
        try {
            t.merge(changes);
        } catch (JdbException e) {
            failed = true;
        }
        t.pages.fetchesMax = Long.MAX_VALUE;
        t.pages.pagesMax = Integer.MAX_VALUE;
        assertThat(t.merge.running()).isFalse();
        TreeCheck.Report report = t.check();
        assertThat(report.entries()).isEqualTo(ENTRIES);
        if (failed) {
            byte[] cut = TreeFixture.bytes(t.merge.cutKey(), 0, (int) t.merge.cutKey().byteSize());
            for (Version v : t.scan(true, 0)) {
                boolean changed = changes.stream().anyMatch(c -> Arrays.equals(c.key(), v.key()));
                boolean before = Arrays.compareUnsigned(v.key(), cut) < 0;
                assertThat(v.value()).hasSize(changed && before ? 90 : 80);
            }
            t.merge(changes);
        }
        report = t.check();
        assertThat(report.entries()).isEqualTo(ENTRIES);
        assertThat(report.leafBytes()).isGreaterThan(ENTRIES * 90L);
        List<Version> all = t.scan(true, 0);
        for (Version c : changes) {
            assertThat(all).contains(c.bare());
        }
    }

    @Test
    void theDeviceGetsFullAtAnyPage() {
        int pages = grown(256).pages.pages().length;
        for (int more = 0; more < 90; more += 7) {
            int max = pages + more;
            survives(20, p -> p.pagesMax = max);
        }
    }

    @Test
    void readsFailAtAnyTime() {
        for (int good = 0; good < 200; good += 23) {
            long max = good;
            survives(30, p -> p.fetchesMax = p.fetches + max);
        }
    }

    @Test
    void aMergeCanBeCancelledAtAnyTime() {
        for (int slices = 0; slices < 60; slices += 11) {
            TreeFixture t = grown(16);
            t.merge.start(new ListSource(changes()), new long[0], 2, (memory, at) -> {});
            for (int i = 0; i < slices; i++) {
                t.await(w -> t.merge.run(1, w));
            }
            t.merge.cancel();
            assertThat(t.check().entries()).isEqualTo(ENTRIES);
            t.merge(changes());
            assertThat(t.check().entries()).isEqualTo(ENTRIES);
        }
    }

    @Test
    void aChildThatIsNotTheOneItsParentMeansIsCorrupt() {
        TreeFixture t = grown(256);
        t.pages.evictAll();
        byte[] root = t.pages.page(t.tree.root().pageNo());
        MemorySegment page = MemorySegment.ofArray(root);
        int n = PageHeader.count(page, 0);
        long first = InnerPage.ref(0, 0);
        long last = InnerPage.ref(0, n - 1);
        // The first and last subtree change places: all checksums are right.
        long no = InnerPage.childNo(page, first);
        int crc = InnerPage.childCrc(page, first);
        InnerPage.setRef(
                page, first, InnerPage.childNo(page, last), InnerPage.childCrc(page, last));
        InnerPage.setRef(page, last, no, crc);
        int sum = t.pages.overwrite(t.tree.root().pageNo(), root);
        TreeRoot old = t.tree.root();
        t.tree.publish(new TreeRoot(old.pageNo(), sum, old.level(), old.entryCount()));
        TreeCheck check = new TreeCheck(t.tree);
        assertThat(t.await(w -> check.run(10_000, w))).isZero();
        assertThat(check.report().problems()).isNotEmpty();
        assertThat(check.report().problems().getFirst().message())
                .contains("keys lie between the parent's separators");
        assertThatThrownBy(() -> t.merge(changes()))
                .isInstanceOf(JdbException.class)
                .hasMessageContaining("is damaged");
        assertThatThrownBy(() -> t.scan(true, 0)).isInstanceOf(JdbException.class);
    }
}
