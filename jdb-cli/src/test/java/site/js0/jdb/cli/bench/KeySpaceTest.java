package site.js0.jdb.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The generator: different numbers give different keys, and wrong values are told from right ones.
 */
class KeySpaceTest {
    @ParameterizedTest
    @CsvSource({
        "true,16",
        "false,16",
        "true,2",
        "false,2",
        "true,7",
        "false,7",
        "true,8",
        "false,8",
        "true,9",
        "false,33"
    })
    void differentNumbersAreDifferentKeys(boolean dense, int keyBytes) {
        KeySpace keys = new KeySpace(dense, keyBytes, 7);
        Set<String> seen = new HashSet<>();
        byte[] key = new byte[keyBytes];
        byte[] before = new byte[keyBytes];
        for (int i = 0; i < 30_000; i++) {
            keys.write(i, key);
            assertThat(seen.add(HexFormat.of().formatHex(key))).as("key %d", i).isTrue();
            if (dense && i > 0) {
                assertThat(Arrays.compareUnsigned(before, key)).as("order at %d", i).isNegative();
            }
            System.arraycopy(key, 0, before, 0, keyBytes);
        }
        for (int i = 0; i < 30_000; i++) {
            keys.writeMissing(i, 30_000, key);
            assertThat(seen.contains(HexFormat.of().formatHex(key))).as("missing %d", i).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 1000, 1024, 1025})
    void aPermutationReachesEveryNumberOnce(long n) {
        Permutation permutation = Permutation.below(n, 3);
        Set<Long> seen = new HashSet<>();
        for (long i = 0; i < n; i++) {
            long image = permutation.applyBelow(i, n);
            assertThat(image).isBetween(0L, n - 1);
            assertThat(seen.add(image)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 15, 16, 17, 100, 400})
    void everyFlippedBitOfAValueIsNoticed(int valueBytes) {
        SplittableRandom random = new SplittableRandom(1);
        Values values = new Values(valueBytes);
        byte[] key = new byte[16];
        byte[] value = new byte[valueBytes];
        for (int run = 0; run < 20; run++) {
            random.nextBytes(key);
            values.write(key, run, value);
            assertThat(values.isRight(key, value, valueBytes)).isTrue();
            assertThat(values.isRight(key, value, valueBytes - 1)).isFalse();
            // The version is believed, but then the rest does not fit it.
            for (int bit = 0; bit < valueBytes * 8; bit++) {
                value[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(values.isRight(key, value, valueBytes)).as("bit %d", bit).isFalse();
                value[bit / 8] ^= (byte) (1 << bit % 8);
            }
            key[run % 16]++;
            assertThat(valueBytes > 1 && values.isRight(key, value, valueBytes)).isFalse();
        }
    }
}
