package site.js0.jdb.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import site.js0.jdb.memdisk.GoldenHex;

/** The bytes of format 1, fixed for ever: superblock, header of the pages file, meta page. */
class PageFormatsGoldenTest {
    private static final UUID DB = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final Superblock SUPERBLOCK =
            new Superblock(
                    DB,
                    7,
                    9,
                    12,
                    0xa1b2c3d4,
                    2,
                    40,
                    0x01020304,
                    2,
                    3,
                    5,
                    1000,
                    2048,
                    37,
                    123456,
                    0x1122334455667788L,
                    -2,
                    true,
                    1234);

    private static byte[] golden(String name) {
        return GoldenHex.read("/golden/page/v1/" + name, 4096);
    }

    private static void same(byte[] written, String name) {
        assertThat(GoldenHex.firstDifference(written, golden(name)))
                .as("first byte that differs from " + name)
                .isEqualTo(-1);
    }

    @Test
    void superblock() {
        byte[] bytes = new byte[2 * 4096];
        java.util.Arrays.fill(bytes, (byte) 0x55);
        SUPERBLOCK.write(MemorySegment.ofArray(bytes), 4096, 1);
        same(java.util.Arrays.copyOfRange(bytes, 4096, 8192), "superblock.hex");
        MemorySegment golden = MemorySegment.ofArray(golden("superblock.hex"));
        assertThat(Superblock.damage(golden, 0, 1)).isNull();
        assertThat(Superblock.damage(golden, 0, 2)).contains("says it is copy 1");
        assertThat(Superblock.read(golden, 0)).isEqualTo(SUPERBLOCK);
    }

    @Test
    void everyFlippedBitOfASuperblockIsFound() {
        byte[] bytes = golden("superblock.hex");
        MemorySegment segment = MemorySegment.ofArray(bytes);
        for (int bit = 0; bit < 4096 * 8; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            if (Superblock.damage(segment, 0, 1) == null) {
                throw new AssertionError("bit " + bit);
            }
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void headerOfThePagesFile() {
        byte[] bytes = new byte[4096];
        java.util.Arrays.fill(bytes, (byte) 0x55);
        PagesHeader.write(MemorySegment.ofArray(bytes), 0, DB, 7);
        same(bytes, "pages-header.hex");
        MemorySegment golden = MemorySegment.ofArray(golden("pages-header.hex"));
        assertThat(PagesHeader.crc(golden, 0)).isEqualTo(PagesHeader.crcOf(golden, 0));
        assertThat(PagesHeader.magic(golden, 0)).isEqualTo(PagesHeader.MAGIC);
        assertThat(PagesHeader.format(golden, 0)).isEqualTo(1);
        assertThat(PagesHeader.dbId(golden, 0)).isEqualTo(DB);
        assertThat(PagesHeader.vnode(golden, 0)).isEqualTo(7);
        assertThat(PagesHeader.pageBytes(golden, 0)).isEqualTo(4096);
        assertThat(PagesHeader.reservedZero(golden, 0)).isTrue();
    }

    @Test
    void metaPage() {
        byte[] bytes = new byte[4096];
        MemorySegment page = MemorySegment.ofArray(bytes);
        long streamBytes = MetaPage.streamBytes(20, 2);
        assertThat(streamBytes).isEqualTo(17);
        MetaPage.init(page, 0, 7, (int) streamBytes, 0, 0, 0);
        page.set(PageHeader.LE_LONG, MetaPage.PAYLOAD, 20);
        bytes[MetaPage.PAYLOAD + 8] = 0b11000;
        bytes[MetaPage.PAYLOAD + 10] = 0b10;
        page.set(PageHeader.LE_INT, MetaPage.PAYLOAD + 11, 2);
        bytes[MetaPage.PAYLOAD + 15] = (byte) 0xca;
        bytes[MetaPage.PAYLOAD + 16] = (byte) 0xfe;
        PageHeader.setPageNo(page, 0, 5);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 4, 4092);
        PageHeader.setCrc(page, 0, (int) crc.getValue());
        same(bytes, "meta-page.hex");
        MemorySegment golden = MemorySegment.ofArray(golden("meta-page.hex"));
        assertThat(PageHeader.type(golden, 0)).isEqualTo(PageHeader.TYPE_META);
        assertThat(PageHeader.pageNo(golden, 0)).isEqualTo(5);
        assertThat(MetaPage.payloadBytes(golden, 0)).isEqualTo(17);
        assertThat(MetaPage.nextPageNo(golden, 0)).isZero();
        assertThat(MetaPage.nextCrc(golden, 0)).isZero();
        assertThat(MetaPage.index(golden, 0)).isZero();
    }
}
