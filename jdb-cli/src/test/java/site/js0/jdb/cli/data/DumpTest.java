package site.js0.jdb.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** The raw dump: each test is a sentence of docs/format/dump.md. */
class DumpTest {
    @Test
    void oneRowIsTheseBytes() throws IOException {
        // The worked example of docs/format/dump.md.
        assertThat(HexFormat.of().formatHex(dump(List.of(new byte[] {'k'}, new byte[] {'v', 'w'}))))
                .isEqualTo(DUMP_OF_ONE_ROW);
    }

    private static final String DUMP_OF_ONE_ROW =
            "4a444244554d5000"
                    + "01000000"
                    + "b53bd63b"
                    + "0100000002000000"
                    + "6b"
                    + "7677"
                    + "81283c6a"
                    + "00000000"
                    + "0100000000000000"
                    + "7ac85c62";

    @Test
    void rowsComeBackWhateverTheirBytes() throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < 500; run++) {
            List<byte[]> pairs = pairs(random);
            assertThat(read(dump(pairs)))
                    .as("seed %d run %d", seed, run)
                    .usingElementComparator(Arrays::compareUnsigned)
                    .containsExactlyElementsOf(pairs);
        }
    }

    @Test
    void aLargeValueComesBack() throws Exception {
        byte[] large = new byte[5 << 20];
        new SplittableRandom(1).nextBytes(large);
        List<byte[]> pairs = List.of(new byte[1024], large, new byte[] {1}, new byte[0]);
        assertThat(read(dump(pairs)))
                .usingElementComparator(Arrays::compareUnsigned)
                .containsExactlyElementsOf(pairs);
    }

    @Test
    void everyCutIsNoticed() throws IOException {
        byte[] whole = dump(List.of(new byte[] {'k'}, new byte[] {'v', 'w'}));
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut)).as("cut to %d", length).isInstanceOf(BadFile.class);
        }
    }

    @Test
    void everyFlippedBitIsNoticed() throws IOException {
        byte[] whole = dump(List.of(new byte[] {'k'}, new byte[] {'v', 'w'}));
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> read(flipped)).as("bit %d", bit).isInstanceOf(BadFile.class);
        }
    }

    @Test
    void whatFollowsTheEndIsNoticed() throws IOException {
        byte[] whole = dump(List.of(new byte[] {'k'}, new byte[] {'v'}));
        byte[] more = Arrays.copyOf(whole, whole.length + 1);
        assertThatThrownBy(() -> read(more))
                .isInstanceOf(BadFile.class)
                .hasMessageContaining("behind the end");
    }

    @Test
    void aMissingRecordIsNoticed() throws IOException {
        byte[] two =
                dump(
                        List.of(
                                new byte[] {'k'},
                                new byte[] {'v'},
                                new byte[] {'l'},
                                new byte[] {'w'}));
        byte[] one = new byte[two.length - 14];
        System.arraycopy(two, 0, one, 0, 16);
        System.arraycopy(two, 30, one, 16, one.length - 16);
        assertThatThrownBy(() -> read(one))
                .isInstanceOf(BadFile.class)
                .hasMessageContaining("expected 2 records, got 1");
    }

    @Test
    void aLyingLengthCostsNoMemory() {
        byte[] lie =
                HexFormat.of()
                        .parseHex(
                                DUMP_OF_ONE_ROW.substring(0, 32) + "01000000" + "00000004" + "6b");
        assertThatThrownBy(() -> read(lie))
                .isInstanceOf(BadFile.class)
                .hasMessageContaining("cut off");
    }

    @Test
    void aFormatOfTheFutureIsCalledSo() throws IOException {
        byte[] whole = dump(List.of());
        whole[8] = 2;
        CRC32C crc = new CRC32C();
        crc.update(whole, 0, 12);
        for (int i = 0; i < 4; i++) {
            whole[12 + i] = (byte) (crc.getValue() >>> 8 * i);
        }
        assertThatThrownBy(() -> read(whole))
                .isInstanceOf(BadFile.class)
                .hasMessageContaining("format 2");
    }

    private static List<byte[]> pairs(SplittableRandom random) {
        List<byte[]> pairs = new ArrayList<>();
        for (int i = random.nextInt(10); i > 0; i--) {
            byte[] key = new byte[1 + random.nextInt(20)];
            byte[] value = new byte[random.nextInt(50)];
            random.nextBytes(key);
            random.nextBytes(value);
            pairs.add(key);
            pairs.add(value);
        }
        return pairs;
    }

    private static byte[] dump(List<byte[]> pairs) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DumpWriter writer = new DumpWriter(out);
        for (int i = 0; i < pairs.size(); i += 2) {
            writer.write(pairs.get(i), pairs.get(i + 1));
        }
        writer.finish();
        return out.toByteArray();
    }

    private static List<byte[]> read(byte[] bytes) throws IOException {
        List<byte[]> pairs = new ArrayList<>();
        try (DumpReader reader = new DumpReader(new ByteArrayInputStream(bytes))) {
            while (reader.next()) {
                pairs.add(reader.key());
                pairs.add(reader.value());
            }
            assertThat(reader.next()).isFalse();
        }
        return pairs;
    }
}
