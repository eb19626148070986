package site.js0.jdb.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random life of a page file with crashes at random moments: whatever happens, it opens at the last
 * durable checkpoint and all of that one's pages are whole. With {@code
 * -Djdb.test.jvmArgs=-Djdb.seed=N} one seed is played, with {@code -Djdb.seeds=N} that many.
 */
class PageFileCrashTest {
    private static final int SEEDS = Integer.getInteger("jdb.seeds", 10);
    private static final int STEPS = 4_000;

    @ParameterizedTest
    @ValueSource(ints = {12, 40, 400})
    void everyCrashLeavesTheLastDurableCheckpointWhole(int frames) {
        int crashes = 0;
        int checkpoints = 0;
        int newer = 0;
        int fullDisks = 0;
        Long only = Long.getLong("jdb.seed");
        for (long seed = 0; seed < SEEDS; seed++) {
            if (only != null && only != seed) {
                continue;
            }
            try (PageWorld world = new PageWorld(seed, frames)) {
                world.run(STEPS);
                world.finish();
                crashes += world.crashes;
                checkpoints += world.checkpoints;
                newer += world.openedNewer;
                fullDisks += world.fullDisks;
                assertThat(world.reads).isPositive();
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed " + seed + " with " + frames + " frames (-Djdb.seed=" + seed + ")",
                        e);
            }
        }
        if (only == null) {
            assertThat(crashes).isGreaterThan(SEEDS);
            assertThat(checkpoints).isGreaterThan(SEEDS * 10);
            assertThat(newer).as("crashes that leave the checkpoint in progress").isPositive();
            assertThat(fullDisks).isPositive();
        }
    }
}
