package site.js0.jdb.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.OpenMode;

/** Small verbs over one simulated disk, for tests that read like a story. */
final class SimWorld implements AutoCloseable {
    static final int BLOCK = 4096;
    static final Path DB = Path.of("/db");

    final SimDisk disk;
    final Arena arena = Arena.ofShared();
    IoDriver driver;

    /** An operation that remembers whether it is over. */
    static final class Op extends IoOp {
        private final Consumer<Op> then;
        boolean done;

        Op() {
            this(op -> {});
        }

        Op(Consumer<Op> then) {
            this.then = then;
        }

        @Override
        protected void completed() {
            done = true;
            then.accept(this);
        }
    }

    SimWorld(long seed) {
        disk = SimDisk.seeded(seed);
        disk.mkdirs(DB);
        driver = disk.driver();
    }

    IoFile open(String name, OpenMode mode) {
        return driver.open(DB.resolve(name), mode, FileRole.OTHER);
    }

    MemorySegment block(int fill) {
        return arena.allocate(BLOCK, BLOCK).fill((byte) fill);
    }

    Op write(IoFile file, int blockIndex, int fill) {
        Op op = new Op();
        op.prepareWrite(file, (long) blockIndex * BLOCK, block(fill), 0, BLOCK);
        driver.enqueue(op);
        return op;
    }

    Op writeThenSync(IoFile file, int blockIndex, int fill) {
        Op op = new Op();
        op.prepareWriteThenSync(file, (long) blockIndex * BLOCK, block(fill), 0, BLOCK);
        driver.enqueue(op);
        return op;
    }

    Op sync(IoFile file) {
        Op op = new Op();
        op.prepareSyncData(file);
        driver.enqueue(op);
        return op;
    }

    /** Turns until {@code op} is over. */
    Op finish(Op op) {
        for (int turns = 0; !op.done; turns++) {
            if (turns > 1_000) {
                throw new AssertionError("no end in sight of " + op.kind());
            }
            driver.await(-1);
            driver.poll(Integer.MAX_VALUE);
        }
        return op;
    }

    void crash(CrashMode mode) {
        disk.crash(mode);
        driver = disk.driver();
    }

    byte[] bytes(String name) {
        return disk.bytes(DB.resolve(name));
    }

    @Override
    public void close() {
        arena.close();
    }
}
