package site.js0.jdb.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbOptions;

/** Which shard gets which core, and what is said of what the system refuses. */
class ShardPinningTest {
    @Test
    void shardsTakeTheAllowedCoresInTurn() {
        List<Integer> pinned = new ArrayList<>();
        ShardPinning pinning = new ShardPinning(true, List.of(2, 5), pinned::add);
        for (int shard = 0; shard < 3; shard++) {
            pinning.pin(shard);
        }
        assertThat(pinned).containsExactly(2, 5, 2);
        assertThat(pinning).hasToString("shard 0: core 2; shard 1: core 5; shard 2: core 2");
    }

    @Test
    void whatIsRefusedIsSaid() {
        ShardPinning refused = new ShardPinning(true, List.of(2, 5), cpu -> cpu == 5);
        refused.pin(0);
        refused.pin(1);
        assertThat(refused).hasToString("shard 0: no, the system refused core 2; shard 1: core 5");
        ShardPinning impossible = new ShardPinning(true, List.of(), cpu -> true);
        impossible.pin(0);
        assertThat(impossible).hasToString("shard 0: no, this system cannot");
    }

    @Test
    void whoDoesNotAskGetsNothing() {
        ShardPinning off = ShardPinning.of(JdbOptions.defaults());
        off.pin(0);
        assertThat(off).hasToString("off");
    }
}
