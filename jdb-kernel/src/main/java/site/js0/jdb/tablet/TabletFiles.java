package site.js0.jdb.tablet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.UUID;
import site.js0.jdb.comm.Hold;
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
}
