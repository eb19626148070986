package site.js0.jdb.tablet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.UUID;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.layout.PageHeader;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.page.PageFile;
import site.js0.jdb.page.PageFileOptions;

/** Makes the files of a new VNode, before the database that they belong to is called one. */
public final class TabletFiles {
    private TabletFiles() {}

    /**
     * Blocks; all is durable on return but the directory's own entry. Thread that owns the driver.
     */
    public static void create(IoDriver driver, Path directory, UUID databaseId, int vnode) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment frames =
                    arena.allocate(
                            (long) BufferPool.FRAMES_MIN * PageHeader.PAGE_BYTES,
                            PageHeader.PAGE_BYTES);
            BufferPool pool = new BufferPool(frames, driver, Hold.ALWAYS, vnode);
            PageFile.create(pool, directory, databaseId, vnode, PageFileOptions.DEFAULT).close();
            Path values = directory.resolve(ValueStore.DIRECTORY);
            if (!driver.directory().exists(values)) {
                driver.directory().mkdir(values);
            }
            driver.directory().syncDir(directory);
        }
    }

    /**
     * Looks through a VNode's directory.
     *
     * @throws JdbException NotADatabase, when something is there that is not ours, a link in place
     *     of a file too
     */
    public static void refuseForeign(IoDriver driver, Path directory) {
        for (Directory.Entry entry : driver.directory().ls(directory)) {
            boolean ours =
                    switch (entry.name()) {
                        case PageFile.PAGES, PageFile.SUPER ->
                                entry.kind() == Directory.EntryKind.FILE;
                        case ValueStore.DIRECTORY -> entry.kind() == Directory.EntryKind.DIRECTORY;
                        default -> false;
                    };
            if (!ours) {
                throw foreign(directory, entry);
            }
            if (entry.kind() == Directory.EntryKind.DIRECTORY) {
                refuseForeignValues(driver, directory.resolve(entry.name()));
            }
        }
    }

    /** The value log itself refuses names that are almost its own. */
    private static void refuseForeignValues(IoDriver driver, Path values) {
        for (Directory.Entry entry : driver.directory().ls(values)) {
            if (!entry.name().startsWith(ValueStore.FILE_PREFIX)) {
                throw foreign(values, entry);
            }
        }
    }

    private static JdbException foreign(Path where, Directory.Entry entry) {
        return new JdbException(
                new JdbError.NotADatabase(
                        where.toString(),
                        "a database's own files",
                        "the foreign entry \"" + entry.name() + "\" (" + entry.kind() + ")"));
    }
}
