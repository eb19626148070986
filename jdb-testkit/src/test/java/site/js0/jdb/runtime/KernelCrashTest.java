package site.js0.jdb.runtime;

import org.junit.jupiter.params.ParameterizedTest;
import site.js0.jdb.testkit.Seeds;

/**
 * Kills and power losses at any event of the simulated disk; see {@link KernelWorld} for what must
 * hold.
 */
class KernelCrashTest {
    @ParameterizedTest
    @Seeds(40)
    void everyCrashLeavesWhatWasPromised(long seed) {
        new KernelWorld(seed).run(4, 120);
    }
}
