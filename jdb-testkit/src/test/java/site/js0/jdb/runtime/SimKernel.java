package site.js0.jdb.runtime;

import java.nio.file.Path;
import java.util.UUID;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.testkit.SimDisk;

/** The whole kernel on a simulated disk, in the caller's thread. */
final class SimKernel {
    private static final Path DIRECTORY = Path.of("/db");
    static final int SHARDS = 2;

    private SimKernel() {}

    /** An empty disk. */
    static SimDisk disk() {
        SimDisk disk = SimDisk.seeded(1);
        disk.mkdirs(Path.of("/"));
        return disk;
    }

    /** Two shards with a VNode each, in little memory. */
    static JdbOptions options() {
        return JdbOptions.defaults()
                .withMemory(SHARDS * (6L << 20))
                .withShards(SHARDS)
                .withVnodes(SHARDS)
                .withWalSegmentBytes(64 << 10)
                .withExecutor(Runnable::run);
    }

    static Jdb open(SimDisk disk, JdbOptions options) {
        Clock ticking =
                new Clock() {
                    @Override
                    public long wallNanos() {
                        return disk.clock().wallNanos();
                    }

                    @Override
                    public long monotonicNanos() {
                        disk.clock().advance(1);
                        return disk.clock().monotonicNanos();
                    }
                };
        World world = new World(disk::driver, ticking, () -> new UUID(1, 2), false, false);
        return Kernel.open(DIRECTORY, options, world);
    }
}
