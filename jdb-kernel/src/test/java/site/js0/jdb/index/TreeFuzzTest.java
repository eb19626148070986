package site.js0.jdb.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.PagePrinter;

/**
 * Pages that are wrong although every checksum is right: whoever reads them gets an answer or a
 * {@link JdbException}, never another error, never an endless walk, and no frame or page is lost.
 * More with {@code -Djdb.tree.seeds=N}.
 */
class TreeFuzzTest {
    private static final int SEEDS = Integer.getInteger("jdb.tree.seeds", 120);

    private int answers;
    private int errors;

    @Test
    void damagedPagesAreAnErrorAtWorst() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            try {
                run(seed);
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(errors).as("damage is noticed").isGreaterThan(SEEDS / 2);
        assertThat(answers).as("and not everywhere").isGreaterThan(SEEDS / 2);
    }

    private void run(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Keys keys = new Keys(random, 400);
        FakePageSpace pages = new FakePageSpace(600, seed);
        TreeFixture t = new TreeFixture(pages, 256, 4);
        List<Version> batch = batch(random, keys, 1, 700);
        t.merge(batch, new long[] {300, 600}, 700);
        damage(t, random);

        guard(() -> {
            for (int i = 0; i < 30; i++) {
                t.read(keys.next(), random.nextBoolean() ? -1 : random.nextLong(800));
            }
        });
        guard(() -> t.scan(true, 4));
        guard(() -> t.scan(false, 4));
        for (long no : pages.pages()) {
            assertThat(PagePrinter.print(MemorySegment.ofArray(pages.page(no)), 0)).isNotEmpty();
        }
        TreeCheck check = new TreeCheck(t.tree);
        assertThat(t.await(w -> check.run(1_000_000, w))).isZero();
        assertThat(check.report().problems().size()).isLessThanOrEqualTo(100);
        pages.verifyIdle();
        List<Version> more = batch(random, keys, 1000, random.nextInt(1, 200));
        guard(() -> t.merge(more, new long[] {600}, 2000));
        assertThat(t.merge.running()).isFalse();
        pages.verifyIdle();
    }

    private void guard(Runnable step) {
        try {
            step.run();
            answers++;
        } catch (JdbException e) {
            errors++;
        }
    }

    private static List<Version> batch(SplittableRandom random, Keys keys, long from, int size) {
        List<Version> batch = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            batch.add(
                    random.nextInt(10) == 0
                            ? Version.delete(keys.next(), from + i)
                            : Version.put(keys.next(), from + i, new byte[random.nextInt(60)]));
        }
        return batch;
    }

    /** Changes some bytes of a page and then the checksums on the way up to the root. */
    private static void damage(TreeFixture t, SplittableRandom random) {
        Map<Long, Long> parents = new HashMap<>();
        long[] all = t.pages.pages();
        for (long no : all) {
            MemorySegment page = MemorySegment.ofArray(t.pages.page(no));
            if (PageHeader.type(page, 0) == PageHeader.TYPE_INNER) {
                for (int i = 0; i < PageHeader.count(page, 0); i++) {
                    parents.put(InnerPage.childNo(page, InnerPage.ref(0, i)), no);
                }
            }
        }
        for (int i = random.nextInt(1, 3); i > 0; i--) {
            long no = all[random.nextInt(all.length)];
            byte[] bytes = t.pages.page(no);
            MemorySegment page = MemorySegment.ofArray(bytes);
            for (int j = random.nextInt(1, 5); j > 0; j--) {
                int used = random.nextBoolean() ? 80 : PageHeader.PAGE_BYTES;
                int at = random.nextInt(4, used);
                page.set(
                        ValueLayout.JAVA_BYTE,
                        at,
                        (byte)
                                (random.nextBoolean()
                                        ? random.nextInt()
                                        : bytes[at] + random.nextInt(-1, 2)));
            }
            int crc = t.pages.overwrite(no, bytes);
            Long parent = parents.get(no);
            long child = no;
            while (parent != null) {
                byte[] above = t.pages.page(parent);
                MemorySegment inner = MemorySegment.ofArray(above);
                for (int c = 0; c < Math.min(200, PageHeader.count(inner, 0)); c++) {
                    long ref = InnerPage.ref(0, c);
                    if (InnerPage.childNo(inner, ref) == child) {
                        InnerPage.setRef(inner, ref, child, crc);
                    }
                }
                crc = t.pages.overwrite(parent, above);
                child = parent;
                parent = parents.get(child);
            }
            TreeRoot root = t.tree.root();
            if (child == root.pageNo()) {
                t.tree.publish(new TreeRoot(root.pageNo(), crc, root.level(), root.entryCount()));
            }
        }
    }
}
