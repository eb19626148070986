package site.js0.jdb.page;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.BlockingIo;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.layout.PagesHeader;
import site.js0.jdb.layout.Superblock;

/**
 * Makes the files of a VNode, or opens them: superblock, size, header, meta chain, free space.
 * Blocking; on the driver's owner thread, at start-up. What is read is checked before it is used.
 */
final class PageFileStart {
    private final Path pagesPath;
    private final Path superPath;
    private final Path directoryPath;
    private final UUID dbId;
    private final int vnode;
    private final IoDriver driver;

    PageFileStart(BufferPool pool, Path directory, UUID dbId, int vnode) {
        assert pool.hold().held();
        this.driver = pool.driver();
        this.dbId = dbId;
        this.vnode = vnode;
        directoryPath = directory;
        pagesPath = directory.resolve(PageFile.PAGES);
        superPath = directory.resolve(PageFile.SUPER);
    }

    // ---- create

    PageFile.Recovered create(PageFileOptions options) {
        long filePages = 1 + options.firstExtentPages() + options.reservePages() + 2L;
        Superblock first =
                new Superblock(
                        dbId, vnode, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, filePages, 0, 0, 0, 0, false, 0);
        try (Files files = new Files()) {
            files.supers = driver.open(superPath, OpenMode.OPEN_OR_CREATE, FileRole.META);
            try (Arena arena = Arena.ofShared()) {
                MemorySegment buffer =
                        arena.allocate(
                                (long) Superblock.COPIES * Superblock.BYTES, Superblock.BYTES);
                refuseTree(files.supers, buffer);
                files.pages = driver.open(pagesPath, OpenMode.OPEN_OR_CREATE, FileRole.PAGES);
                files.pages.preallocate(0, filePages * PageHeader.PAGE_BYTES);
                PagesHeader.write(buffer, 0, dbId, vnode);
                BlockingIo.write(driver, files.pages, 0, buffer, 0, PagesHeader.BYTES);
                BlockingIo.syncAll(driver, files.pages);
                for (int copy = 0; copy < Superblock.COPIES; copy++) {
                    first.write(buffer, (long) copy * Superblock.BYTES, copy);
                }
                BlockingIo.write(
                        driver, files.supers, 0, buffer, 0, Superblock.COPIES * Superblock.BYTES);
                BlockingIo.syncAll(driver, files.supers);
                driver.directory().syncDir(directoryPath);
            }
            FreeSpace space = new FreeSpace(files.pages.size() / PageHeader.PAGE_BYTES);
            return files.handOver(first, new byte[0], space, new long[0]);
        } catch (IoException e) {
            throw translate("making", directoryPath.toString(), e);
        }
    }

    /** Leftovers, of a creation under another id too, may be replaced; a tree may not. */
    private void refuseTree(IoFile supers, MemorySegment buffer) {
        Copies copies = readCopies(supers, buffer);
        Superblock newest = copies.newest;
        if (copies.newerFormat > 0
                || newest != null && (newest.seq() > 1 || newest.rootPageNo() != 0)) {
            throw new JdbException(
                    new JdbError.BadArgument(
                            "directory of a new vnode", "no superblock", superPath + " holds one"));
        }
    }

    // ---- open

    PageFile.Recovered open() {
        Directory directory = driver.directory();
        for (Path path : List.of(superPath, pagesPath)) {
            if (!directory.exists(path)) {
                throw corrupt(path, 0, "the file is missing");
            }
        }
        try (Files files = new Files();
                Arena arena = Arena.ofShared()) {
            MemorySegment buffer = arena.allocate(Superblock.BYTES, Superblock.BYTES);
            files.supers = driver.open(superPath, OpenMode.READ_WRITE, FileRole.META);
            Copies copies = readCopies(files.supers, buffer);
            Superblock superblock = choose(copies);
            files.pages = driver.open(pagesPath, OpenMode.READ_WRITE, FileRole.PAGES);
            long filePages = checkSize(superblock, files.pages.size());
            checkHeader(files.pages, buffer);
            MetaChain chain = new MetaChain(superblock, filePages, superPath, pagesPath);
            chain.read(driver, files.pages, buffer);
            FreeSpace space = chain.freeSpace();
            heal(files.supers, copies, superblock, buffer);
            return files.handOver(superblock, chain.extra(), space, chain.pageNos());
        } catch (IoException e) {
            throw translate("opening", directoryPath.toString(), e);
        }
    }

    /** What the four copies say. */
    private static final class Copies {
        final @Nullable Superblock[] whole = new Superblock[Superblock.COPIES];
        final List<String> damage = new ArrayList<>();
        @Nullable Superblock newest;
        int newerFormat;
    }

    private Copies readCopies(IoFile supers, MemorySegment buffer) {
        Copies copies = new Copies();
        long size = supers.size();
        for (int copy = 0; copy < Superblock.COPIES; copy++) {
            long offset = (long) copy * Superblock.BYTES;
            String damage;
            if (size < offset + Superblock.BYTES) {
                damage = "superblock copy " + copy + " lies beyond the end of the file";
            } else {
                try {
                    BlockingIo.read(driver, supers, offset, buffer, 0, Superblock.BYTES);
                    damage = Superblock.damage(buffer, 0, copy);
                } catch (IoException e) {
                    damage = "superblock copy " + copy + " can't be read: " + e.error().message();
                }
            }
            if (damage != null) {
                copies.damage.add(damage);
            } else if (Superblock.format(buffer, 0) > Superblock.FORMAT) {
                copies.newerFormat = Superblock.format(buffer, 0);
            } else {
                Superblock found = Superblock.read(buffer, 0);
                copies.whole[copy] = found;
                if (copies.newest == null || found.seq() > copies.newest.seq()) {
                    copies.newest = found;
                }
            }
        }
        return copies;
    }

    private Superblock choose(Copies copies) {
        if (copies.newerFormat > 0) {
            throw new JdbException(
                    new JdbError.NewerFormat(
                            superPath.toString(), copies.newerFormat, Superblock.FORMAT));
        }
        Superblock newest = copies.newest;
        if (newest == null) {
            throw corrupt(
                    superPath,
                    0,
                    "no superblock copy is whole: " + String.join("; ", copies.damage));
        }
        for (int copy = 0; copy < Superblock.COPIES; copy++) {
            Superblock other = copies.whole[copy];
            if (other != null && other.seq() == newest.seq() && !other.equals(newest)) {
                throw corrupt(
                        superPath,
                        (long) copy * Superblock.BYTES,
                        "two superblock copies of checkpoint " + newest.seq() + " differ");
            }
        }
        if (!newest.dbId().equals(dbId)) {
            throw corrupt(
                    superPath, 0, "belongs to database " + newest.dbId() + ", expected " + dbId);
        }
        if (newest.vnode() != vnode) {
            throw corrupt(
                    superPath, 0, "belongs to vnode " + newest.vnode() + ", expected " + vnode);
        }
        return newest;
    }

    /** The pages in the file; at least those that the superblock speaks of. */
    private long checkSize(Superblock superblock, long bytes) {
        long pages = bytes / PageHeader.PAGE_BYTES;
        if (superblock.filePages() < 1 || superblock.filePages() > pages) {
            throw corrupt(
                    pagesPath,
                    bytes,
                    "the file has %d pages, checkpoint %d knows of %d"
                            .formatted(pages, superblock.seq(), superblock.filePages()));
        }
        if (superblock.rootPageNo() < 0
                || superblock.rootPageNo() >= superblock.filePages()
                || superblock.metaPageNo() < 0
                || superblock.metaPageNo() >= pages
                || superblock.metaPages() < 0
                || superblock.metaPages() >= pages
                || (superblock.metaPageNo() == 0) != (superblock.metaPages() == 0)) {
            throw corrupt(
                    superPath,
                    0,
                    "checkpoint %d: root page %d or meta chain of %d pages from %d is not in the file of %d"
                            .formatted(
                                    superblock.seq(),
                                    superblock.rootPageNo(),
                                    superblock.metaPages(),
                                    superblock.metaPageNo(),
                                    pages));
        }
        return pages;
    }

    private void checkHeader(IoFile pages, MemorySegment buffer) {
        BlockingIo.read(driver, pages, 0, buffer, 0, PagesHeader.BYTES);
        if (PagesHeader.magic(buffer, 0) != PagesHeader.MAGIC) {
            throw corrupt(pagesPath, 0, "the file's header has no magic of a pages file");
        }
        if (PagesHeader.crc(buffer, 0) != PagesHeader.crcOf(buffer, 0)) {
            throw corrupt(pagesPath, 0, "the crc32c of the file's header does not fit its bytes");
        }
        int format = PagesHeader.format(buffer, 0);
        if (format > PagesHeader.FORMAT) {
            throw new JdbException(
                    new JdbError.NewerFormat(pagesPath.toString(), format, PagesHeader.FORMAT));
        }
        if (format < 1
                || !PagesHeader.reservedZero(buffer, 0)
                || PagesHeader.pageBytes(buffer, 0) != PageHeader.PAGE_BYTES) {
            throw corrupt(
                    pagesPath,
                    0,
                    "the file's header has format %d and pages of %d bytes, or a reserved byte is set"
                            .formatted(format, PagesHeader.pageBytes(buffer, 0)));
        }
        if (!PagesHeader.dbId(buffer, 0).equals(dbId) || PagesHeader.vnode(buffer, 0) != vnode) {
            throw corrupt(
                    pagesPath,
                    0,
                    "belongs to vnode %d of database %s, expected vnode %d of %s"
                            .formatted(
                                    PagesHeader.vnode(buffer, 0),
                                    PagesHeader.dbId(buffer, 0),
                                    vnode,
                                    dbId));
        }
    }

    /**
     * Brings the copies that are damaged or older up to the newest, two at a time, and makes all
     * four durable: those that were read may be in a cache only, if the process died before their
     * sync. Only then may pages of the checkpoint before be overwritten: no damage to two copies
     * must lead back to it.
     */
    private void heal(IoFile supers, Copies copies, Superblock newest, MemorySegment buffer) {
        BlockingIo.syncAll(driver, supers);
        for (int first = 0; first < Superblock.COPIES; first += 2) {
            boolean written = false;
            for (int copy = first; copy < first + 2; copy++) {
                if (!newest.equals(copies.whole[copy])) {
                    newest.write(buffer, 0, copy);
                    BlockingIo.write(
                            driver,
                            supers,
                            (long) copy * Superblock.BYTES,
                            buffer,
                            0,
                            Superblock.BYTES);
                    written = true;
                }
            }
            if (written) {
                BlockingIo.syncAll(driver, supers);
            }
        }
    }

    /** The same failure in the kernel's terms. */
    private static JdbException translate(String op, String file, IoException e) {
        String detail = e.error().message();
        return new JdbException(
                e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT
                        ? new JdbError.DiskFull(file, detail)
                        : new JdbError.Io(op, file, detail),
                e);
    }

    static JdbException corrupt(Path path, long offset, String rule) {
        return new JdbException(new JdbError.Corrupt(path.toString(), offset, rule));
    }

    /** The two files, closed unless handed over. */
    private static final class Files implements AutoCloseable {
        @Nullable IoFile pages;
        @Nullable IoFile supers;

        PageFile.Recovered handOver(
                Superblock superblock, byte[] extra, FreeSpace space, long[] metaPages) {
            PageFile.Recovered recovered =
                    new PageFile.Recovered(
                            Objects.requireNonNull(pages),
                            Objects.requireNonNull(supers),
                            superblock,
                            extra,
                            space,
                            metaPages);
            pages = null;
            supers = null;
            return recovered;
        }

        @Override
        public void close() {
            if (pages != null) {
                pages.close();
            }
            if (supers != null) {
                supers.close();
            }
        }
    }
}
