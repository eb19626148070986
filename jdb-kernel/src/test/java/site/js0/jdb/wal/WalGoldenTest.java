package site.js0.jdb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.memdisk.GoldenHex;

/** The bytes of format 1, fixed for ever: what is written, and that it can be read. */
class WalGoldenTest {
    private static final String GOLDEN = "/golden/wal/v1/two-records.hex";
    private static final int BYTES = 3 * 4096;
    private final LogFixture log = new LogFixture();

    @Test
    void twoRecordsWithASyncBetweenThem() {
        log.open();
        log.appendOne(LogRecordKind.BATCH, "put a");
        log.sync();
        log.appendOne(LogRecordKind.DECISION, "");
        byte[] written = Arrays.copyOf(log.bytes(1), BYTES);
        byte[] golden = GoldenHex.read(GOLDEN, BYTES);
        assertThat(GoldenHex.firstDifference(written, golden))
                .as("first byte that differs from " + GOLDEN)
                .isEqualTo(-1);
    }

    @Test
    void theGoldenBytesAreRead() {
        byte[] file = Arrays.copyOf(GoldenHex.read(GOLDEN, BYTES), LogFixture.SEGMENT);
        log.disk.setBytes(log.path(1), file);
        assertThat(log.replay().records())
                .containsExactly(
                        new LogFixture.Rec(LogRecordKind.BATCH, 1, 1, "put a"),
                        new LogFixture.Rec(LogRecordKind.DECISION, 2, 1, ""));
    }
}
