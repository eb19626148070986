package site.js0.jdb.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random life of a page file with crashes at random moments: whatever happens, it opens at the last
 * durable checkpoint and all of that one's pages are whole. {@code -Djdb.seed=N} plays one seed.
 */
class PageFileCrashTest {
    private static final int SEEDS = 60;
    private static final int STEPS = 4_000;

    @ParameterizedTest
    @ValueSource(ints = {12, 40, 400})
    void everyCrashLeavesTheLastDurableCheckpointWhole(int frames) {
        int crashes = 0;
        int checkpoints = 0;
        int newer = 0;
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
                assertThat(world.reads).isPositive();
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed " + seed + " with " + frames + " frames (-Djdb.seed=" + seed + ")",
                        e);
            }
        }
        if (only == null) {
            System.out.println(frames + " frames: " + crashes + " crashes, " + checkpoints + " ckpts, newer " + newer);
            assertThat(crashes).isGreaterThan(SEEDS);
            assertThat(checkpoints).isGreaterThan(SEEDS * 10);
            assertThat(newer).as("crashes that leave the checkpoint in progress").isPositive();
        }
    }

}
