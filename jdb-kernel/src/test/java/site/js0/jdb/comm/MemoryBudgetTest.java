package site.js0.jdb.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final long SEED = 7;

    @Test
    void aGibibyteOnTwoShards() {
        final MemoryBudget budget = MemoryBudget.of(options(1L << 30), 2, 2);
        assertThat(budget.memtableRegionBytes()).isBetween(76L << 20, 78L << 20);
        assertThat(budget.logSegmentBytes()).isEqualTo(8 << 20);
        assertThat(budget.ioBytes()).isBetween(30L << 20, 31L << 20);
        assertThat(budget.pageFrameBytes()).isGreaterThan(310L << 20);
        assertThat(budget.bytes()).isBetween((1L << 30) - 8192, 1L << 30);
    }

    @Test
    void thePartsNeverExceedTheWholeNorFallBelowTheirMinimum() {
        final SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < 5_000; round++) {
            final int shards = 1 + random.nextInt(1 + random.nextInt(JdbOptions.SHARDS_MAX));
            final int vnodes = 1 + random.nextInt(1 + random.nextInt(JdbOptions.VNODES_MAX));
            final long least = MemoryBudget.bytesMin(shards, vnodes);
            final long memory =
                    switch (random.nextInt(4)) {
                        case 0 -> least;
                        case 1 -> least + random.nextInt(1 << 20);
                        case 2 -> least + random.nextLong(1L << 40);
                        default -> Long.MAX_VALUE - random.nextInt(10);
                    };
            final MemoryBudget budget =
                    MemoryBudget.of(
                            options(memory).withWalSegmentBytes(1 << (16 + random.nextInt(15))),
                            shards,
                            vnodes);
            final String what = "seed " + SEED + " round " + round + ": " + memory + " " + budget;
            assertThat(budget.bytes()).as(what).isPositive().isLessThanOrEqualTo(memory);
            assertThat(budget.shardBytes())
                    .as(what)
                    .isEqualTo(
                            budget.pageFrameBytes()
                                    + 2 * budget.memtableRegionBytes() * budget.vnodesPerShard()
                                    + budget.ioBytes()
                                    + 2L * budget.logSegmentBytes());
            assertThat((long) budget.vnodesPerShard() * shards)
                    .as(what)
                    .isGreaterThanOrEqualTo(vnodes);
            assertThat(budget.pageFrameBytes()).as(what).isGreaterThanOrEqualTo(1 << 20);
            assertThat(budget.pageFrameBytes() % 4096).as(what).isZero();
            assertThat(budget.memtableRegionBytes()).as(what).isBetween(256L << 10, 1L << 30);
            assertThat(budget.memtableRegionBytes() % 4096).as(what).isZero();
            assertThat(budget.ioBytes()).as(what).isGreaterThanOrEqualTo(256 << 10);
            assertThat(budget.ioBytes() % 4096).as(what).isZero();
            assertThat(budget.logSegmentBytes()).as(what).isGreaterThanOrEqualTo(64 << 10);
            assertThat(Integer.bitCount(budget.logSegmentBytes())).as(what).isEqualTo(1);
        }
    }

    @Test
    void lessThanTheMinimumIsRefusedWithTheMinimum() {
        final long least = MemoryBudget.bytesMin(2, 3);
        assertThat(MemoryBudget.of(options(least), 2, 3).bytes()).isEqualTo(least);
        assertThatThrownBy(() -> MemoryBudget.of(options(least - 1), 2, 3))
                .isInstanceOf(JdbException.class)
                .hasMessageContaining("at least " + least + " bytes for 2 shards and 3 VNodes")
                .hasMessageContaining("got " + (least - 1));
    }

    @Test
    void theLogSegmentIsNeverLargerThanAskedFor() {
        final MemoryBudget budget =
                MemoryBudget.of(options(1L << 30).withWalSegmentBytes(1 << 20), 1, 1);
        assertThat(budget.logSegmentBytes()).isEqualTo(1 << 20);
    }

    private static JdbOptions options(long memory) {
        return JdbOptions.defaults().withMemory(memory);
    }
}
