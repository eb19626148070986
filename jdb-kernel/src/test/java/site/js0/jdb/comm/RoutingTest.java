package site.js0.jdb.comm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingTest {
    /** What is on disk depends on these: docs/format/hash.md. */
    @ParameterizedTest
    @CsvSource({
        "1,1,0",
        "1,2,0",
        "1,3,0",
        "1,16,3",
        "1,4096,919",
        "2,2,0",
        "2,3,1",
        "2,16,7",
        "2,4096,2026",
        "77,2,1",
        "77,3,2",
        "77,16,14",
        "77,4096,3764"
    })
    void neverChanges(int table, int vnodes, int expected) {
        final byte[] key = "user:0000001".getBytes(StandardCharsets.ISO_8859_1);
        final byte[] within = new byte[20];
        System.arraycopy(key, 0, within, 4, key.length);
        assertThat(Routing.vnode(table, key, vnodes)).isEqualTo(expected);
        assertThat(Routing.vnode(table, within, 4, 12, vnodes)).isEqualTo(expected);
        assertThat(Routing.vnode(table, MemorySegment.ofArray(within), 4, 12, vnodes))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 16, 100})
    void spreadsKeysAndTablesEvenly(int vnodes) {
        final int[] byKey = new int[vnodes];
        final int[] byTable = new int[vnodes];
        final int each = 2000;
        for (int i = 1; i <= each * vnodes; i++) {
            byKey[
                    Routing.vnode(
                            1,
                            Integer.toString(i).getBytes(StandardCharsets.ISO_8859_1),
                            vnodes)]++;
            byTable[Routing.vnode(i, new byte[] {1}, vnodes)]++;
        }
        // Six standard deviations of a fair spread.
        final int off = (int) (6 * Math.sqrt(each));
        for (int vnode = 0; vnode < vnodes; vnode++) {
            assertThat(byKey[vnode]).isBetween(each - off, each + off);
            assertThat(byTable[vnode]).isBetween(each - off, each + off);
        }
    }

    @Test
    void aVnodeLivesOnTheShardOfItsRemainder() {
        assertThat(Routing.shard(0, 3)).isZero();
        assertThat(Routing.shard(7, 3)).isEqualTo(1);
        assertThat(Routing.shard(7, 1)).isZero();
    }
}
