package site.js0.jdb.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import site.js0.jdb.cli.text.ByteText.Format;

/** What arguments mean, and that what is printed means the same again. */
class ByteTextTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "hello, `hello`",
                "C:\\new, C:\\new",
                "hex:0aFF, 0aff hex",
                "hex:, ` hex`",
                "base64:AP8=, 00ff hex",
                "base64:AP8, 00ff hex",
                "base64:-_8, fbff hex",
                "text:a\\tb, 610962 hex",
                "text:\\x00\\xff, 00ff hex",
                "text:\\\\, 5c hex",
                "text:\\0\\n\\r, 000a0d hex",
                "text:\\u00e9, c3a9 hex",
                "text:\\ud83d\\ude00, f09f9880 hex",
                "text:hex:00, hex:00",
                "text:, ` hex`",
            })
    void argumentsMeanTheseBytes(String text, String expected) {
        byte[] bytes =
                expected.endsWith(" hex")
                        ? HexFormat.of()
                                .parseHex(expected.substring(0, expected.length() - 4).strip())
                        : expected.getBytes(StandardCharsets.UTF_8);
        assertThat(ByteText.decode(text)).isEqualTo(bytes);
    }

    @Test
    void commasSeparateColumnsUnlessEscaped() {
        assertThat(ByteText.decode("cols:a,b")).isEqualTo(new byte[] {'a', 0, 1, 'b'});
        assertThat(ByteText.decode("cols:a\\,b")).isEqualTo(new byte[] {'a', ',', 'b'});
        assertThat(ByteText.decode("cols:a,")).isEqualTo(new byte[] {'a', 0, 1});
        assertThat(ByteText.decode("cols:\\x00,")).isEqualTo(new byte[] {0, (byte) 0xFF, 0, 1});
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hex:0",
                "hex:0g",
                "base64:!",
                "base64:A",
                "text:\\",
                "text:\\q",
                "text:\\x1",
                "text:\\xzz",
                "text:\\u12",
                "text:\\ud800",
                "\ud800",
                "cols:a,\\"
            })
    void nonsenseIsRefusedInWords(String text) {
        assertThatThrownBy(() -> ByteText.decode(text))
                .isInstanceOf(TextException.class)
                .hasMessageContaining("expected")
                .satisfiesAnyOf(
                        e -> assertThat(e).hasMessageContaining("got"),
                        e -> assertThat(e).hasMessageContaining("escape"));
    }

    @Test
    void readableTextIsPrintedAsItIs() {
        for (String text :
                List.of(
                        "hello",
                        "hello, world",
                        "{\"a\":\"x\\ny\"}",
                        "Zürich",
                        "北京",
                        "C:\\new",
                        "a=b")) {
            assertThat(ByteText.encodeText(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', text:",
        "'a\tb', text:a\\tb",
        "'-x', text:-x",
        "' x ', text:\\x20x\\x20",
        "'hex:00', text:hex:00",
        "'a\\\n', text:a\\\\\\n",
    })
    void whatWouldBeMisreadIsEscaped(String text, String printed) {
        assertThat(ByteText.encodeText(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(printed);
    }

    @Test
    void charactersThatDoNotShowAreEscaped() {
        for (String text :
                List.of("a\u00a0b", "a\u200bb", "a\u202eb", "\ufeffa", "a\u2028b", "a\u0007b")) {
            String printed = ByteText.encodeText(text.getBytes(StandardCharsets.UTF_8));
            assertThat(printed).startsWith("text:").matches("\\p{ASCII}*");
        }
    }

    @Test
    void compositeKeysArePrintedAsColumns() {
        for (String key :
                List.of(
                        "cols:Seattle,2012-01-01",
                        "cols:a\\,b,\\\\",
                        "cols:a,",
                        "cols:a,,\\x20b")) {
            assertThat(ByteText.encodeText(ByteText.decode(key))).isEqualTo(key);
        }
        assertThat(ByteText.encodeText(ByteText.decode("hex:0001"))).isEqualTo("text:\\x00\\x01");
        assertThat(ByteText.encodeText(ByteText.decode("hex:61000107")))
                .isEqualTo("text:a\\x00\\x01\\x07");
    }

    @ParameterizedTest
    @EnumSource(
            value = Format.class,
            names = {"TEXT", "HEX", "BASE64"})
    void whatIsPrintedMeansTheSameBytes(Format format) {
        forRandomBytes(bytes -> {
            String printed = ByteText.encode(bytes, format);
            assertThat(ByteText.decode(printed)).isEqualTo(bytes);
            assertThat(printed)
                    .doesNotContain("\n", "\t", "\r", "\0", "\u001b")
                    .doesNotStartWith("-")
                    .doesNotStartWith(" ");
        });
    }

    @Test
    void whatIsPrintedInJsonMeansTheSameBytes() {
        forRandomBytes(bytes ->
                assertThat(ByteText.decode(ByteText.encodeForJson(bytes))).isEqualTo(bytes));
    }

    @Test
    void everySingleCharacterAndBytePairComesBack() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x3000 ? 1 : 37) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                byte[] bytes = Character.toString(c).getBytes(StandardCharsets.UTF_8);
                assertThat(ByteText.decode(ByteText.encodeText(bytes)))
                        .as("U+%04X", c)
                        .isEqualTo(bytes);
            }
        }
        for (int pair = 0; pair <= 0xFFFF; pair++) {
            byte[] bytes = {(byte) (pair >> 8), (byte) pair};
            if (!Arrays.equals(ByteText.decode(ByteText.encodeText(bytes)), bytes)) {
                assertThat(ByteText.encodeText(bytes)).as("bytes %04x", pair).isNull();
            }
        }
    }

    @Test
    void columnsKeepTheirOrderAndComeBack() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < 20_000; run++) {
            List<byte[]> a = columns(random);
            List<byte[]> b = columns(random);
            byte[] keyOfA = TupleKey.encode(a);
            assertThat(TupleKey.decode(keyOfA))
                    .as("seed %d run %d", seed, run)
                    .usingElementComparator(Arrays::compareUnsigned)
                    .containsExactlyElementsOf(a);
            int order = Arrays.compareUnsigned(a.get(0), b.get(0));
            order = order != 0 ? order : Arrays.compareUnsigned(a.get(1), b.get(1));
            assertThat(Integer.signum(Arrays.compareUnsigned(keyOfA, TupleKey.encode(b))))
                    .as("seed %d run %d", seed, run)
                    .isEqualTo(Integer.signum(order));
        }
    }

    @Test
    void otherBytesAreNoColumns() {
        assertThat(TupleKey.decode(new byte[] {'a', 'b'})).isEmpty();
        assertThat(TupleKey.decode(new byte[] {'a', 0})).isEmpty();
        assertThat(TupleKey.decode(new byte[] {'a', 0, 2, 'b'})).isEmpty();
        assertThat(TupleKey.decode(new byte[] {'a', 0, (byte) 0xFF})).isEmpty();
    }

    /** Two columns of few distinct bytes, so that ties and prefixes are common. */
    private static List<byte[]> columns(SplittableRandom random) {
        byte[][] columns = new byte[2][];
        for (int c = 0; c < 2; c++) {
            columns[c] = new byte[random.nextInt(4)];
            for (int i = 0; i < columns[c].length; i++) {
                columns[c][i] = new byte[] {0, 1, 2, 'a', (byte) 0xFF}[random.nextInt(5)];
            }
        }
        return List.of(columns);
    }

    private static void forRandomBytes(Consumer<byte[]> check) {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        String pieces = "text:hex:base64:cols:\\,x00n \t\n-é\u00a0😀";
        byte[] alphabet = pieces.getBytes(StandardCharsets.UTF_8);
        for (int run = 0; run < 20_000; run++) {
            byte[] bytes = new byte[random.nextInt(24)];
            int kind = random.nextInt(3);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] =
                        switch (kind) {
                            case 0 -> (byte) random.nextInt(256);
                            case 1 -> alphabet[random.nextInt(alphabet.length)];
                            default -> (byte) random.nextInt(3);
                        };
            }
            if (random.nextInt(4) == 0) {
                int from = random.nextInt(pieces.length());
                bytes = pieces.substring(from).getBytes(StandardCharsets.UTF_8);
            }
            try {
                check.accept(bytes);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed "
                                + seed
                                + ", run "
                                + run
                                + ", bytes "
                                + HexFormat.of().formatHex(bytes),
                        e);
            }
        }
    }
}
