package site.js0.jdb.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CSV as RFC 4180 has it, read and written. */
class CsvTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '!',
            value = {
                "a,b\\nc,d             ! [a|b] [c|d]",
                "a,b\\r\\nc,d\\r\\n    ! [a|b] [c|d]",
                "\"a,b\",c             ! [a,b|c]",
                "\"a\"\"b\",\"\"\"\"   ! [a\"b|\"]",
                "\"a\\nb\",c           ! [a\\nb|c]",
                "\"a\\r\\nb\"          ! [a\\r\\nb]",
                ",                     ! [|]",
                "a,,b                  ! [a||b]",
                "\"\"                  ! []",
                "\\n\\na\\n\\n\\nb     ! [a] [b]",
                "a\\rb,c               ! [a\\rb|c]",
                "a\\r                  ! [a\\r]",
                "``                    ! ``",
                " a , b                ! [ a | b]",
            })
    void rowsAreReadAs(String text, String rows) throws Exception {
        assertThat(show(text.strip().equals("a , b") ? " a , b" : unescape(text.strip())))
                .isEqualTo(rows.strip());
    }

    @Test
    void aByteOrderMarkIsPassedOver() throws Exception {
        assertThat(show("\ufeffa,b")).isEqualTo("[a|b]");
    }

    @Test
    void badRowsNameTheirLineAndTheRestIsRead() throws Exception {
        assertThat(show("a\n\"x\ny\"\nb\"c,d\n\"e\"f\ng")).isEqualTo("[a] [x\\ny] BAD4 BAD5 [g]");
        assertThat(show("a\n\"b\nc")).isEqualTo("[a] BAD2");
    }

    @Test
    void aRowHasALimit() {
        CsvReader csv = new CsvReader(new ByteArrayInputStream(new byte[2000]), ',', 1500);
        assertThatThrownBy(csv::next).isInstanceOf(BadFile.class).hasMessageContaining("line 1");
    }

    @Test
    void whatIsWrittenIsReadBack() throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < 3000; run++) {
            char delimiter = ",;\t|".charAt(random.nextInt(4));
            List<List<byte[]>> rows = new ArrayList<>();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            CsvWriter writer = new CsvWriter(out, delimiter);
            for (int r = random.nextInt(6); r > 0; r--) {
                List<byte[]> row = new ArrayList<>();
                for (int c = 1 + random.nextInt(4); c > 0; c--) {
                    row.add(cell(random));
                }
                rows.add(row);
                writer.write(row);
            }
            CsvReader reader = new CsvReader(dribble(out.toByteArray(), random), delimiter);
            for (List<byte[]> row : rows) {
                assertThat(reader.next()).as("seed %d run %d", seed, run).isTrue();
                assertThat(reader.cells())
                        .as("seed %d run %d", seed, run)
                        .usingElementComparator(Arrays::compareUnsigned)
                        .containsExactlyElementsOf(row);
            }
            assertThat(reader.next()).as("seed %d run %d", seed, run).isFalse();
        }
    }

    @Test
    void anyBytesAreReadOrRefusedButNeverCrash() throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] alphabet = "a,\"\n\r".getBytes(StandardCharsets.UTF_8);
        for (int run = 0; run < 20_000; run++) {
            byte[] bytes = new byte[random.nextInt(12)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = alphabet[random.nextInt(alphabet.length)];
            }
            CsvReader reader = new CsvReader(new ByteArrayInputStream(bytes), ',');
            int steps = 0;
            boolean more = true;
            while (more) {
                try {
                    more = reader.next();
                } catch (BadRow e) {
                    assertThat(e.line()).isPositive();
                }
                assertThat(steps++)
                        .as("seed %d run %d ends", seed, run)
                        .isLessThanOrEqualTo(bytes.length + 1);
            }
        }
    }

    private static byte[] cell(SplittableRandom random) {
        byte[] alphabet = {
            'a',
            ',',
            '"',
            '\n',
            '\r',
            ';',
            '\t',
            0,
            (byte) 0xEF,
            (byte) 0xBB,
            (byte) 0xBF,
            (byte) 0xFF
        };
        byte[] cell = new byte[random.nextInt(5)];
        for (int i = 0; i < cell.length; i++) {
            cell[i] = alphabet[random.nextInt(alphabet.length)];
        }
        return cell;
    }

    /** A stream that gives a few bytes at a time, as pipes do. */
    private static InputStream dribble(byte[] bytes, SplittableRandom random) {
        return new FilterInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return super.read(target, offset, Math.min(length, 1 + random.nextInt(5)));
            }
        };
    }

    private static String show(String text) throws IOException {
        CsvReader reader =
                new CsvReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ',');
        List<String> rows = new ArrayList<>();
        while (true) {
            try {
                if (!reader.next()) {
                    return String.join(" ", rows);
                }
                List<String> cells = new ArrayList<>();
                for (byte[] cell : reader.cells()) {
                    cells.add(
                            new String(cell, StandardCharsets.UTF_8)
                                    .replace("\r", "\\r")
                                    .replace("\n", "\\n"));
                }
                rows.add("[" + String.join("|", cells) + "]");
            } catch (BadRow e) {
                rows.add("BAD" + e.line());
            }
        }
    }

    private static String unescape(String text) {
        return text.replace("\\r", "\r").replace("\\n", "\n");
    }
}
