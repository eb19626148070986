package site.js0.jdb.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.InnerPage;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.PagePrinter;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.memdisk.GoldenHex;

/** The bytes of format 1, fixed for ever: what is written, and that it is read. */
class TreeGoldenTest {
    private static final String LEAF = "/golden/tree/v1/leaf.hex";
    private static final String INNER = "/golden/tree/v1/inner.hex";
    private final TreeFixture t = TreeFixture.plain();

    private static byte[] key(String user) {
        return ("\0\0\0\1" + user).getBytes(ISO_8859_1);
    }

    private static Version put(String user, long timestamp, int bytes) {
        byte[] value = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            value[i] = (byte) ('a' + i % 26);
        }
        return Version.put(key(user), timestamp, value);
    }

    private static Version pointer(String user, long timestamp) {
        byte[] value = new byte[ValPtr.BYTES];
        ValPtr.write(MemorySegment.ofArray(value), 0, 0x1122334455667788L, 7, 5000);
        return new Version(key(user), timestamp, EntryKind.POINTER, value);
    }

    /** All kinds; short and long suffixes; equal heads; with timestamp and without. */
    private static List<Version> leafVersions() {
        return List.of(
                put("ape", 3, 1),
                pointer("apple", 20),
                put("apple", 10, 2),
                Version.delete(key("apricot"), 21),
                put("apricot", 4, 0));
    }

    @Test
    void leaf() {
        t.merge(leafVersions(), new long[] {15}, 30);
        assertPage(t.tree.root().pageNo(), LEAF);
        assertThat(t.scan(true, 0))
                .extracting(Version::timestamp)
                .containsExactly(0L, 20L, 0L, 21L, 0L);
        assertThat(
                        PagePrinter.print(
                                MemorySegment.ofArray(t.pages.page(t.tree.root().pageNo())), 0))
                .isEqualToNormalizingNewlines(
                        """
                        page 1: leaf, format 1, level 0, vnode 7, count 5, prefix 6, crc32c 312053fc
                            0 00000001617065 value 61 (1 bytes)
                            1 000000016170706c65 @20 ValPtr[offset=1234605616436508552, fileId=7, length=5000]
                            2 000000016170706c65 value 6162 (2 bytes)
                            3 0000000161707269636f74 @21 deleted
                            4 0000000161707269636f74 value  (0 bytes)
                        """);
    }

    /** A separator with a timestamp, and short ones without. */
    @Test
    void inner() {
        List<Version> versions = new ArrayList<>();
        versions.add(put("ant", 1, 1000));
        for (int i = 1; i <= 4; i++) {
            versions.add(put("bee", i, 1000));
        }
        versions.add(put("cow", 1, 1000));
        versions.add(put("crow", 1, 1000));
        versions.add(put("dog", 1, 1000));
        versions.add(put("dolphin", 1, 1000));
        t.merge(versions, new long[] {1, 2, 3, 4}, 30);
        assertThat(t.tree.root().level()).isEqualTo(1);
        assertPage(t.tree.root().pageNo(), INNER);
        assertThat(
                        PagePrinter.print(
                                MemorySegment.ofArray(t.pages.page(t.tree.root().pageNo())), 0))
                .isEqualToNormalizingNewlines(
                        """
                        page 4: inner, format 1, level 1, vnode 7, count 3, prefix 4, crc32c cb65ed5a
                            0 -> page 1, crc32c f0e577c8, the lowest
                            1 -> page 2, crc32c 202191c6, from 00000001626565 @1
                            2 -> page 3, crc32c 882a39d6, from 0000000164
                        """);
    }

    @Test
    void theGoldenLeafIsRead() {
        MemorySegment page = TreeFixture.nativeCopy(GoldenHex.read(LEAF, PageHeader.PAGE_BYTES));
        assertThat(LeafPage.broken(page, 0)).isNull();
        for (Version v : leafVersions()) {
            KeyBuffer key = new KeyBuffer();
            key.set(TreeFixture.nativeCopy(v.key()), 0, v.key().length);
            int i = LeafPage.find(page, 0, key.bytes, key.length, v.timestamp() > 15 ? 30 : 15);
            assertThat(i).isNotNegative();
            KeyBuffer found = new KeyBuffer();
            found.length = LeafPage.copyKey(page, 0, i, found.bytes);
            assertThat(found.compareTo(key)).isZero();
        }
    }

    @Test
    void theGoldenInnerPageIsRead() {
        MemorySegment page = TreeFixture.nativeCopy(GoldenHex.read(INNER, PageHeader.PAGE_BYTES));
        assertThat(InnerPage.broken(page, 0)).isNull();
        assertThat(child(page, "ant", -1)).isZero();
        assertThat(child(page, "bee", -1)).isZero();
        assertThat(child(page, "bee", 2)).isZero();
        assertThat(child(page, "bee", 1)).isEqualTo(1);
        assertThat(child(page, "crow", -1)).isEqualTo(1);
        assertThat(child(page, "d", -1)).isEqualTo(2);
        assertThat(child(page, "zebra", 0)).isEqualTo(2);
    }

    private static int child(MemorySegment page, String user, long timestamp) {
        KeyBuffer key = new KeyBuffer();
        key.set(TreeFixture.nativeCopy(key(user)), 0, key(user).length);
        return InnerPage.child(page, 0, key.bytes, key.length, timestamp);
    }

    private void assertPage(long no, String golden) {
        byte[] written = t.pages.page(no);
        byte[] bytes = GoldenHex.read(golden, PageHeader.PAGE_BYTES);
        assertThat(GoldenHex.firstDifference(written, bytes))
                .as("first byte that differs from " + golden)
                .isEqualTo(-1);
    }
}
