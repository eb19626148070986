package site.js0.jdb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Seeds are the same in every run, and a failure says how to come back. */
class SeedsTest {
    private static final Set<Long> SEEN = new HashSet<>();

    @ParameterizedTest
    @Seeds(7)
    void runsOncePerSeed(long seed) {
        assertThat(SEEN.add(seed)).isTrue();
    }

    @AfterAll
    static void sevenSeedsRan() {
        boolean whole =
                System.getProperty(SeedsProvider.ONE) == null
                        && System.getProperty(SeedsProvider.FROM) == null
                        && System.getProperty(SeedsProvider.TIMES) == null;
        Assumptions.assumeTrue(whole && !SEEN.isEmpty());
        assertThat(SEEN).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void propertiesChooseSeeds() {
        assertThat(SeedsProvider.seeds(3, null, null, null).toArray()).containsExactly(1, 2, 3);
        assertThat(SeedsProvider.seeds(3, "-9", "5", "2").toArray()).containsExactly(-9);
        assertThat(SeedsProvider.seeds(2, null, "5", "2").toArray()).containsExactly(5, 6, 7, 8);
        assertThatThrownBy(() -> SeedsProvider.seeds(0, null, null, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void failureTellsHowToReplay() throws Exception {
        var method = SeedsTest.class.getDeclaredMethod("runsOncePerSeed", long.class);
        assertThat(SeedReport.replay(SeedsTest.class, method, List.of(42L)))
                .endsWith("./build test jdb-testkit SeedsTest#runsOncePerSeed -Djdb.seed=42");
    }
}
