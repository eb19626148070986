package site.js0.jdb.vlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.memdisk.GoldenHex;

/** The bytes of format 1, fixed for ever: what is written, and that it can be read. */
class VlogGoldenTest {
    private static final String GOLDEN = "/golden/vlog/v1/two-blobs.hex";
    private static final int BYTES = 2 * 4096;
    private static final byte[] FIRST = "first value".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SECOND = new byte[0];
    private final VlogFixture log = new VlogFixture();

    @Test
    void twoBlobsOfOneTurn() {
        log.open();
        BlobWrite a = log.submit(FIRST);
        BlobWrite b = log.submit(SECOND);
        log.pump();
        assertThat(a.pointer()).isEqualTo(new ValPtr(4096, 1, 11));
        assertThat(b.pointer()).isEqualTo(new ValPtr(4144, 1, 0));
        byte[] written = Arrays.copyOf(log.disk.bytes(log.path(1)), BYTES);
        assertThat(GoldenHex.firstDifference(written, GoldenHex.read(GOLDEN, BYTES)))
                .as("first byte that differs from " + GOLDEN)
                .isEqualTo(-1);
    }

    @Test
    void theGoldenBytesAreRead() {
        log.disk.setBytes(log.path(1), GoldenHex.read(GOLDEN, BYTES));
        log.open();
        assertThat(log.read(new ValPtr(4096, 1, 11))).isEqualTo(FIRST);
        assertThat(log.read(new ValPtr(4144, 1, 0))).isEqualTo(SECOND);
    }
}
