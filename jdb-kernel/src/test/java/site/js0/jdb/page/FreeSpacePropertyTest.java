package site.js0.jdb.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Free space against sets: a page is free exactly when no checkpoint and no tree can reach it. */
class FreeSpacePropertyTest {
    @Test
    void aPageIsFreeExactlyWhenNothingReachesIt() {
        for (long seed = 0; seed < 30; seed++) {
            try {
                life(new SplittableRandom(seed));
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static void life(SplittableRandom random) {
        FreeSpace space = new FreeSpace(1 + random.nextInt(10_000));
        List<Long> tree = new ArrayList<>();
        Set<Long> durable = Set.of();
        Set<Long> inProgress = Set.of();
        boolean active = false;
        for (int step = 0; step < 1000; step++) {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3, 4 -> {
                    for (int n = random.nextInt(80); n > 0; n--) {
                        long free = space.freePages();
                        long page = space.takeForTree();
                        if (page < 0) {
                            assertThat(free).isZero();
                            break;
                        }
                        assertThat(
                                        page > 0
                                                && page < space.pages()
                                                && !durable.contains(page)
                                                && !inProgress.contains(page))
                                .as("page %d may be given out", page)
                                .isTrue();
                        tree.add(page);
                    }
                }
                case 5, 6, 7, 8 -> {
                    for (int n = random.nextInt(90); n > 0 && !tree.isEmpty(); n--) {
                        int at = random.nextInt(tree.size());
                        long page = tree.get(at);
                        tree.set(at, tree.getLast());
                        tree.removeLast();
                        if (space.young(page)) {
                            space.abandonYoung(page);
                            space.giveBack(page);
                        } else {
                            space.abandonOld(page);
                        }
                    }
                }
                case 9, 10 -> {
                    if (!active) {
                        space.begin();
                        inProgress = new HashSet<>(tree);
                        active = true;
                    } else if (random.nextInt(5) == 0) {
                        space.forgetSnapshot();
                        inProgress = Set.of(); // Abandoned.
                        active = false;
                    } else {
                        assertThat(snapshot(space).equals(inProgress)).isTrue();
                        durable = inProgress;
                        inProgress = Set.of();
                        space.release(0, space.words());
                        space.forgetSnapshot();
                        active = false;
                    }
                }
                default -> space.grow(1 + random.nextInt(300));
            }
            space.verify();
            assertThat(space.livePages()).isEqualTo(tree.size());
            if (step % 100 == 0) {
                Set<Long> reached = new HashSet<>(tree);
                reached.addAll(durable);
                reached.addAll(inProgress);
                assertThat(space.pages() - 1 - space.freePages())
                        .as("taken pages")
                        .isGreaterThanOrEqualTo(reached.size());
                assertThat(reached.stream().allMatch(space::taken)).isTrue();
            }
        }
        // Two checkpoints later only the tree is taken.
        for (int i = 0; i < 2; i++) {
            space.begin();
            space.release(0, space.words());
        }
        assertThat(space.pages() - 1 - space.freePages()).isEqualTo(tree.size());
    }

    private static Set<Long> snapshot(FreeSpace space) {
        Set<Long> pages = new HashSet<>();
        for (long i = 0; i < (space.snapshotPages() + 7) / 8; i++) {
            for (int b = 0; b < 8; b++) {
                if ((space.snapshotByte(i) & 1 << b) != 0) {
                    pages.add(i * 8 + b);
                }
            }
        }
        return pages;
    }

    @Test
    void pagesTakenInTurnAreNeighboursAndWholeWordsComeFirst() {
        FreeSpace space = new FreeSpace(1000);
        for (int i = 1; i < 1000; i++) {
            assertThat(space.takeForTree()).isEqualTo(i);
        }
        assertThat(space.takeForTree()).isEqualTo(-1);
        for (long crumb = 3; crumb < 300; crumb += 7) {
            space.abandonYoung(crumb);
            space.giveBack(crumb);
        }
        for (long page = 512; page < 640; page++) {
            space.abandonYoung(page);
            space.giveBack(page);
        }
        assertThat(space.emptyWords()).isEqualTo(2);
        for (long page = 512; page < 640; page++) {
            assertThat(space.takeForTree()).isEqualTo(page);
        }
        assertThat(space.takeForTree()).as("then the crumbs").isEqualTo(3);
        assertThat(space.takeForTree()).isEqualTo(10);
    }
}
