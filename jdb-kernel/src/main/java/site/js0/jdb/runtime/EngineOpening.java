package site.js0.jdb.runtime;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.alloc.OffHeap;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.MemoryBudget;
import site.js0.jdb.comm.Routing;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.tablet.CommitClock;
import site.js0.jdb.tablet.LogFacts;
import site.js0.jdb.tablet.Resolution;
import site.js0.jdb.tablet.StoreConfig;
import site.js0.jdb.wal.WalConfig;

/**
 * Opens a database: recognises or makes its directory, starts the shards, and takes them through
 * recovery together. When the wished number of shards is not that of the logs on disk, the database
 * is opened with the old number, closed in order (which leaves nothing to replay), and given a new
 * generation of logs.
 */
final class EngineOpening {
    /**
     * Log that a VNode with few writes may hold back before it is merged early: some segments at
     * least.
     */
    private static final long LOG_SEGMENTS_HELD_MIN = 4;

    private final Path path;
    private final JdbOptions options;
    private final World world;

    private @Nullable DirectoryLock lock;
    private final List<OffHeap> memory = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    private EngineOpening(Path path, JdbOptions options, World world) {
        this.path = path;
        this.options = options;
        this.world = world;
    }

    static Engine open(Path path, JdbOptions options, World world) {
        while (true) {
            Engine engine = new EngineOpening(path, options, world).openOnce();
            if (engine != null) {
                return engine;
            }
        }
    }

    /**
     * Null when the logs were changed to the wished number of shards, and all is to be opened
     * again.
     */
    private @Nullable Engine openOnce() {
        try {
            return openGuarded();
        } catch (Throwable t) {
            giveUp();
            throw t;
        }
    }

    private @Nullable Engine openGuarded() {
        try (IoDriver driver = world.drivers().get()) {
            DatabaseDirectory directory = new DatabaseDirectory(path, driver, world.ids());
            directory.prepare(options.createIfMissing());
            if (world.realFiles()) {
                lock = DirectoryLock.acquire(path);
            }
            directory.open(options, world.clock());
            directory.removeStaleLogs();
            int shards = directory.shards();
            for (int i = 0; i < shards; i++) {
                directory.subdirectory(
                        directory.log(directory.generation(), i).getFileName().toString());
            }
            Engine engine = assemble(directory, shards);
            if (options.shardsOrDefault() == shards
                    || options.shards() == 0 && !world.ownThreads()) {
                return engine;
            }
            // Closing gives the lock back too; whoever opens in between finds a whole database.
            engine.close();
            lock = null;
            directory.writeLayout(options.shardsOrDefault(), directory.generation() + 1);
            return null;
        }
    }

    private Engine assemble(DatabaseDirectory directory, int shardCount) {
        MemoryBudget budget = MemoryBudget.of(options, shardCount, directory.vnodes());
        List<Shard> shards = new ArrayList<>();
        List<ShardOpening> openings = new ArrayList<>();
        for (int i = 0; i < shardCount; i++) {
            IoDriver driver = world.drivers().get();
            ShardHold hold = new ShardHold();
            Shard shard = new Shard(i, hold, driver, options.borrow());
            shards.add(shard);
            openings.add(
                    new ShardOpening(
                            shard,
                            config(directory, budget, i, shardCount, hold, driver),
                            new ShardPeers(i, shards)));
        }
        Runnable selfDrive = world.ownThreads() ? null : () -> turnAll(shards);
        for (int i = 0; i < shardCount; i++) {
            if (selfDrive == null) {
                start(shards.get(i), openings.get(i));
            } else {
                shards.get(i).hold().own();
                shards.get(i).selfDrive(selfDrive);
            }
        }
        ShardOpening.Shared shared = recover(openings);
        Engine engine =
                new Engine(
                        path,
                        options,
                        new EngineParts(
                                directory.vnodes(),
                                shards,
                                List.copyOf(threads),
                                List.copyOf(memory),
                                (Snapshots) shared.floors(),
                                shared.clock(),
                                lock,
                                selfDrive));
        lock = null;
        memory.clear();
        return engine;
    }

    private void start(Shard shard, ShardOpening opening) {
        Thread thread =
                Thread.ofPlatform()
                        .name("jdb-shard-" + shard.number())
                        .daemon(true)
                        .unstarted(() -> {
                            shard.hold().own();
                            if (opening.run()) {
                                shard.run();
                            } else {
                                shard.driver().close();
                            }
                        });
        threads.add(thread);
        thread.start();
    }

    /** Takes all shards from step to step. */
    private ShardOpening.Shared recover(List<ShardOpening> openings) {
        try {
            step(openings, ShardOpening::readLog);
            List<LogFacts> facts = joinAll(openings, o -> o.facts);
            Resolution resolution = Resolution.of(facts);
            openings.forEach(o -> o.resolution.complete(resolution));
            step(openings, ShardOpening::apply);
            long newest =
                    joinAll(openings, o -> o.newestCommit).stream()
                            .mapToLong(Long::longValue)
                            .max()
                            .orElse(0);
            CommitClock clock = new CommitClock(world.clock(), newest);
            ShardOpening.Shared shared = new ShardOpening.Shared(clock, new Snapshots(clock));
            openings.forEach(o -> o.shared.complete(shared));
            step(openings, ShardOpening::start);
            joinAll(openings, o -> o.opened);
            return shared;
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            openings.forEach(o -> {
                o.resolution.completeExceptionally(cause);
                o.shared.completeExceptionally(cause);
            });
            throw cause instanceof JdbException j
                    ? new JdbException(j.error(), j)
                    : Failures.forCaller(cause);
        }
    }

    /** In a world of one thread the opener takes the steps himself. */
    private void step(List<ShardOpening> openings, Function<ShardOpening, Boolean> step) {
        if (!world.ownThreads()) {
            for (ShardOpening opening : openings) {
                if (!step.apply(opening)) {
                    return; // its futures say why
                }
            }
        }
    }

    private static <T> List<T> joinAll(
            List<ShardOpening> openings, Function<ShardOpening, CompletableFuture<T>> what) {
        List<T> all = new ArrayList<>();
        for (ShardOpening opening : openings) {
            all.add(what.apply(opening).join());
        }
        return all;
    }

    private static void turnAll(List<Shard> shards) {
        int work = 0;
        for (Shard shard : shards) {
            work += shard.turn();
        }
        if (work == 0) {
            for (Shard shard : shards) {
                shard.driver().await(1_000_000);
            }
        }
    }

    private StoreConfig config(
            DatabaseDirectory directory,
            MemoryBudget budget,
            int shard,
            int shards,
            ShardHold hold,
            IoDriver driver) {
        List<Integer> vnodes = new ArrayList<>();
        List<Path> vnodeDirectories = new ArrayList<>();
        for (int v = 0; v < directory.vnodes(); v++) {
            if (Routing.shard(v, shards) == shard) {
                vnodes.add(v);
                vnodeDirectories.add(directory.vnode(v));
            }
        }
        MemorySegment frames = allocate(budget.pageFrameBytes(), true);
        MemorySegment io = allocate(budget.ioBytes(), false);
        driver.registerBuffers(frames, io);
        long batchBytes = Math.min(budget.logSegmentBytes() / 2, budget.ioBytes() / 2);
        long scratchBytes = StoreConfig.scratchBytes(batchBytes) + 4095 & -4096L;
        return new StoreConfig(
                shard,
                directory.vnodes(),
                vnodes,
                vnodeDirectories,
                new UUID(directory.idHigh(), directory.idLow()),
                WalConfig.of(
                                directory.log(directory.generation(), shard),
                                directory.idHigh(),
                                directory.idLow(),
                                shard)
                        .withSegmentBytes(budget.logSegmentBytes())
                        .withSparesMax(spares(budget)),
                directory.generation(),
                hold,
                driver,
                world.clock(),
                frames,
                allocate(budget.memtableBytes(), true),
                io.asSlice(scratchBytes),
                io.asSlice(0, scratchBytes),
                options.inlineValueBytesMax(),
                Math.max(
                        LOG_SEGMENTS_HELD_MIN * budget.logSegmentBytes(),
                        2 * budget.memtableBytes()));
    }

    /**
     * As many as a full memtable lets go of at once: making a segment anew means writing it twice.
     */
    private static int spares(MemoryBudget budget) {
        return (int) (LOG_SEGMENTS_HELD_MIN + budget.memtableBytes() / budget.logSegmentBytes());
    }

    private MemorySegment allocate(long bytes, boolean hugePages) {
        OffHeap block = OffHeap.allocate(bytes, hugePages);
        memory.add(block);
        return block.segment();
    }

    /**
     * After a failure: threads have ended or will, having nothing left to wait for; memory goes
     * when they are gone.
     */
    private void giveUp() {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        memory.forEach(OffHeap::close);
        memory.clear();
        if (lock != null) {
            lock.close();
            lock = null;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
