package site.js0.jdb.page;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.UUID;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.layout.PageHeader;

/**
 * One shard's pool with one page file, and the turns of a shard's loop played by hand. Pages carry
 * a number as content, so that a test can say which page it got.
 */
final class PageFixture implements AutoCloseable {
    static final UUID DB = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    static final int VNODE = 7;
    static final Path DIR = Path.of("/db/vnode-7");
    static final Path PAGES = DIR.resolve(PageFile.PAGES);
    static final Path SUPER = DIR.resolve(PageFile.SUPER);
    static final PageFileOptions SMALL = new PageFileOptions(16, 64, 8);

    /** Counts how often it is resumed. */
    static final class Flag extends Waiter {
        int resumed;

        @Override
        public void resume() {
            resumed++;
        }
    }

    final IoDriver driver;
    final Arena arena = Arena.ofShared();
    final MemorySegment memory;
    final BufferPool pool;
    final PageFile file;

    private PageFixture(IoDriver driver, int frames, PageFileOptions options, boolean create) {
        this.driver = driver;
        memory = arena.allocate((long) frames * PageHeader.PAGE_BYTES, PageHeader.PAGE_BYTES);
        pool = new BufferPool(memory, driver, Hold.ALWAYS, 3);
        try {
            file =
                    create
                            ? PageFile.create(pool, DIR, DB, VNODE, options)
                            : PageFile.open(pool, DIR, DB, VNODE, options);
        } catch (JdbException e) {
            arena.close();
            throw e;
        }
    }

    static PageFixture create(IoDriver driver, int frames, PageFileOptions options) {
        return new PageFixture(driver, frames, options, true);
    }

    static PageFixture open(IoDriver driver, int frames, PageFileOptions options) {
        return new PageFixture(driver, frames, options, false);
    }

    /** One turn of the shard's loop. */
    void turn() {
        driver.poll(64);
        pool.service();
        driver.submit();
    }

    /** Turns until nothing is left to do. */
    void settle() {
        for (int i = 0; i < 10_000; i++) {
            turn();
            if (driver.inFlight() == 0 && !pool.pending()) {
                return;
            }
        }
        throw new AssertionError("does not settle");
    }

    /** Writes all, then settles. */
    void writeAll() {
        pool.writeOut();
        settle();
    }

    /** A new page with {@code content}, waiting for a frame as long as it takes. */
    long seal(long content) {
        return seal(content, PageHeader.TYPE_LEAF, 0);
    }

    long seal(long content, int type, int level) {
        return file.seal(build(content, type, level));
    }

    int build(long content, int type, int level) {
        for (int i = 0; i < 1000; i++) {
            int frame = file.create(new Flag());
            if (frame >= 0) {
                fill(frame, content, type, level);
                return frame;
            }
            turn();
        }
        throw new AssertionError("no frame to be had");
    }

    void fill(int frame, long content, int type, int level) {
        long at = BufferPool.at(frame);
        PageHeader.init(memory, at, type, level, VNODE, 1, 0);
        for (long i = PageHeader.BYTES; i < PageHeader.PAGE_BYTES; i += Long.BYTES) {
            memory.set(PageHeader.LE_LONG, at + i, content + i);
        }
    }

    /** The page's number content, loading it if need be. */
    long read(long pageNo, int crc) {
        int frame = load(pageNo, crc);
        return content(frame);
    }

    long content(int frame) {
        long at = BufferPool.at(frame);
        long content = memory.get(PageHeader.LE_LONG, at + PageHeader.BYTES) - PageHeader.BYTES;
        for (long i = PageHeader.BYTES; i < PageHeader.PAGE_BYTES; i += Long.BYTES) {
            if (memory.get(PageHeader.LE_LONG, at + i) != content + i) {
                throw new AssertionError("page torn at " + i);
            }
        }
        return content;
    }

    int load(long pageNo, int crc) {
        for (int i = 0; i < 1000; i++) {
            int frame = file.fetch(pageNo, crc, PageSpace.NONE, new Flag());
            if (frame >= 0) {
                return frame;
            }
            turn();
        }
        throw new AssertionError("page " + pageNo + " does not arrive");
    }

    /** The checksum of a page that is in memory. */
    int crc(long pageNo) {
        return file.crc(file.peek(pageNo, PageSpace.NONE));
    }

    static CheckpointInfo info(long root, int crc, byte... extra) {
        return new CheckpointInfo(root, crc, 0, 5, 1, 2, 3, 4, 6, false, 0, extra);
    }

    /** A whole checkpoint. */
    void checkpoint(CheckpointInfo info) {
        file.checkpoint().begin(info);
        finishCheckpoint();
    }

    void finishCheckpoint() {
        for (int i = 0; i < 10_000; i++) {
            if (file.checkpoint().run(new Flag()) == Progress.DONE) {
                return;
            }
            turn();
        }
        throw new AssertionError("checkpoint does not end");
    }

    void verify() {
        pool.verify();
        file.space().verify();
    }

    @Override
    public void close() {
        settle();
        verify();
        file.close();
        pool.verify();
        if (pool.freeCount() != pool.frameCount()) {
            throw new AssertionError("frames leaked");
        }
        arena.close();
    }
}
