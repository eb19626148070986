package site.js0.jdb.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.BlockingIo;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.layout.MetaPage;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.Superblock;

/**
 * The chain of meta pages of one checkpoint as read from a file at open, and what its stream says.
 * Every number is checked before it is used.
 */
final class MetaChain {
    private final Superblock superblock;
    private final long filePages;
    private final long streamBytesMax;
    private final long[] pageNos;
    private final Path superPath;
    private final Path pagesPath;
    private byte[] stream = new byte[0];

    /**
     * Of {@code superblock}, in a file that really has {@code filePages}; the paths are for errors.
     */
    MetaChain(Superblock superblock, long filePages, Path superPath, Path pagesPath) {
        this.superPath = superPath;
        this.pagesPath = pagesPath;
        this.superblock = superblock;
        this.filePages = filePages;
        pageNos = new long[superblock.metaPages()];
        streamBytesMax = (long) pageNos.length * MetaPage.PAYLOAD_MAX;
    }

    /** Reads and checks all of it, a page at a time through {@code buffer}. */
    void read(IoDriver driver, IoFile pages, MemorySegment buffer) {
        if (streamBytesMax > Integer.MAX_VALUE - 8) {
            throw PageFileStart.corrupt(
                    superPath, 0, "a meta chain of " + pageNos.length + " pages is too long");
        }
        stream = new byte[(int) streamBytesMax];
        int length = 0;
        long pageNo = superblock.metaPageNo();
        int crc = superblock.metaCrc();
        for (int i = 0; i < pageNos.length; i++) {
            long offset = pageNo * PageHeader.PAGE_BYTES;
            if (pageNo < 1 || pageNo >= filePages) {
                throw PageFileStart.corrupt(
                        pagesPath, offset, "the meta chain leads to page " + pageNo + " at " + i);
            }
            pageNos[i] = pageNo;
            BlockingIo.read(driver, pages, offset, buffer, 0, PageHeader.PAGE_BYTES);
            checkPage(buffer, pageNo, crc, i);
            int bytes = MetaPage.payloadBytes(buffer, 0);
            MemorySegment.copy(
                    buffer, ValueLayout.JAVA_BYTE, MetaPage.PAYLOAD, stream, length, bytes);
            length += bytes;
            pageNo = MetaPage.nextPageNo(buffer, 0);
            crc = MetaPage.nextCrc(buffer, 0);
        }
        if (pageNo != 0) {
            throw PageFileStart.corrupt(
                    pagesPath,
                    superblock.metaPageNo() * PageHeader.PAGE_BYTES,
                    "the meta chain does not end after " + pageNos.length + " pages");
        }
        checkStream(length);
    }

    private void checkPage(MemorySegment page, long pageNo, int crc, int index) {
        PageChecksum checksum = new PageChecksum(page);
        JdbError broken =
                PageRules.broken(
                        page,
                        0,
                        checksum.of(0),
                        crc,
                        pageNo,
                        superblock.vnode(),
                        pagesPath.toString());
        if (broken != null) {
            throw new JdbException(broken);
        }
        boolean last = index == pageNos.length - 1;
        int bytes = MetaPage.payloadBytes(page, 0);
        if (PageHeader.type(page, 0) != PageHeader.TYPE_META
                || MetaPage.index(page, 0) != index
                || bytes > MetaPage.PAYLOAD_MAX
                || bytes == 0
                || !last && bytes != MetaPage.PAYLOAD_MAX) {
            throw PageFileStart.corrupt(
                    pagesPath,
                    pageNo * PageHeader.PAGE_BYTES,
                    "page %d is no meta page with place %d and a full payload"
                            .formatted(pageNo, index));
        }
    }

    private void checkStream(int length) {
        if (pageNos.length == 0) {
            return;
        }
        long at = superblock.metaPageNo() * PageHeader.PAGE_BYTES;
        MemorySegment bytes = MemorySegment.ofArray(stream);
        long bitmapBytes = MetaPage.bitmapBytes(superblock.filePages());
        long head = MetaPage.STREAM_HEAD_BYTES + bitmapBytes + Integer.BYTES;
        if (length < head
                || bytes.get(PageHeader.LE_LONG, 0) != superblock.filePages()
                || length != head + extraBytes()) {
            throw PageFileStart.corrupt(
                    pagesPath,
                    at,
                    "the meta chain's stream of " + length + " bytes does not add up");
        }
    }

    private long extraBytes() {
        long at = MetaPage.STREAM_HEAD_BYTES + MetaPage.bitmapBytes(superblock.filePages());
        return Integer.toUnsignedLong(MemorySegment.ofArray(stream).get(PageHeader.LE_INT, at));
    }

    /** The pages of the chain, first page first. */
    long[] pageNos() {
        return pageNos;
    }

    /** The opaque bytes at the end of the stream. */
    byte[] extra() {
        if (pageNos.length == 0) {
            return new byte[0];
        }
        int at =
                MetaPage.STREAM_HEAD_BYTES
                        + (int) MetaPage.bitmapBytes(superblock.filePages())
                        + Integer.BYTES;
        return Arrays.copyOfRange(stream, at, at + (int) extraBytes());
    }

    /** All pages but page 0, those of the bitmap and those of the chain are free. */
    FreeSpace freeSpace() {
        FreeSpace space = new FreeSpace(filePages);
        long bitmapBytes = pageNos.length == 0 ? 0 : MetaPage.bitmapBytes(superblock.filePages());
        for (long i = 0; i < bitmapBytes; i++) {
            int bits = stream[(int) i + MetaPage.STREAM_HEAD_BYTES] & 0xff;
            while (bits != 0) {
                long pageNo = (i << 3) + Integer.numberOfTrailingZeros(bits);
                bits &= bits - 1;
                if (pageNo >= superblock.filePages() || !space.adoptLive(pageNo)) {
                    throw inconsistent("its bitmap names page " + pageNo);
                }
            }
        }
        for (long pageNo : pageNos) {
            if (!space.adoptMeta(pageNo)) {
                throw inconsistent("its meta page " + pageNo + " is in use otherwise");
            }
        }
        if (space.livePages() != superblock.livePages()) {
            throw inconsistent(
                    "its bitmap has %d pages, its superblock %d"
                            .formatted(space.livePages(), superblock.livePages()));
        }
        if (superblock.rootPageNo() != 0 && !space.live(superblock.rootPageNo())) {
            throw inconsistent(
                    "its root page " + superblock.rootPageNo() + " is not in its bitmap");
        }
        return space;
    }

    private JdbException inconsistent(String rule) {
        return PageFileStart.corrupt(
                pagesPath,
                superblock.metaPageNo() * PageHeader.PAGE_BYTES,
                "checkpoint " + superblock.seq() + ": " + rule);
    }
}
