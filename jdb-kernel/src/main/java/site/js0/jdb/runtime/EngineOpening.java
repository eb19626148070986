package site.js0.jdb.runtime;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.alloc.OffHeap;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.MemoryBudget;
import site.js0.jdb.comm.Routing;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
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
    private final ShardPinning pinning;

    private @Nullable DirectoryLock lock;
    private final List<OffHeap> memory = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Shard> shards = new ArrayList<>();
    private final List<ShardOpening> openings = new ArrayList<>();

    /** Threads and memory are an engine's, which gives them back at its close. */
    private boolean handedOver;

    private EngineOpening(Path path, JdbOptions options, World world) {
        this.path = path;
        this.options = options;
        this.world = world;
        this.pinning = ShardPinning.of(options);
    }

    /**
     * On a thread of its own where there are threads: the opener's may be interrupted, at any
     * moment, and what waits or has a file channel open would take that for the end.
     */
    static Engine open(Path path, JdbOptions options, World world) {
        Bounds.present("path", path);
        if (!world.ownThreads()) {
            return openHere(path, options, world);
        }
        CompletableFuture<Engine> opened = new CompletableFuture<>();
        Thread.ofPlatform()
                .name("jdb-open")
                .daemon(true)
                .start(() -> {
                    try {
                        opened.complete(openHere(path, options, world));
                    } catch (Throwable t) {
                        opened.completeExceptionally(t);
                    }
                });
        try {
            return opened.join();
        } catch (CompletionException e) {
            throw Failures.forCaller(e.getCause() == null ? e : e.getCause());
        }
    }

    private static Engine openHere(Path path, JdbOptions options, World world) {
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
            giveUp(t);
            if (t instanceof IoException e) {
                throw Failures.forCaller(e);
            }
            throw t;
        }
    }

    private @Nullable Engine openGuarded() {
        try (IoDriver driver = world.drivers().get()) {
            DatabaseDirectory directory =
                    new DatabaseDirectory(withoutLinks(path), driver, world.ids());
            directory.prepare(options);
            if (world.realFiles()) {
                lock = DirectoryLock.acquire(path);
            }
            directory.open(options, world.clock());
            directory.removeStaleLogs();
            directory.requireLogs();
            int shardCount = directory.shards();
            boolean asWished =
                    options.shardsOrDefault() == shardCount
                            || options.shards() == 0 && !world.ownThreads();
            if (asWished) {
                Engine engine = assemble(directory, shardCount, lock);
                lock = null;
                return engine;
            }
            // The lock stays here: who opened in between would write to logs that are then stale.
            assemble(directory, shardCount, null).close();
            directory.writeLayout(options.shardsOrDefault(), directory.generation() + 1);
            unlock();
            return null;
        }
    }

    /** A link may lead to a database; inside of one there is none. */
    private Path withoutLinks(Path given) {
        if (!world.realFiles() || !Files.isSymbolicLink(given)) {
            return given;
        }
        try {
            return given.toRealPath();
        } catch (IOException e) {
            throw new JdbException(
                    new JdbError.NotADatabase(
                            given.toString(),
                            "a directory, or a link to one",
                            "a link that leads nowhere"),
                    e);
        }
    }

    private Engine assemble(
            DatabaseDirectory directory, int shardCount, @Nullable DirectoryLock enginesLock) {
        MemoryBudget budget = MemoryBudget.of(options, shardCount, directory.vnodes());
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
        ShardOpening.Shared shared = recover();
        Engine engine =
                new Engine(
                        path,
                        options,
                        new EngineParts(
                                directory.vnodes(),
                                List.copyOf(shards),
                                List.copyOf(threads),
                                List.copyOf(memory),
                                (Snapshots) shared.floors(),
                                shared.clock(),
                                pinning,
                                enginesLock,
                                selfDrive));
        handedOver = true;
        return engine;
    }

    private void start(Shard shard, ShardOpening opening) {
        Thread thread =
                new Shard.OwnThread(
                        shard,
                        () -> {
                            shard.hold().own();
                            pinning.pin(shard.number());
                            if (opening.run()) {
                                shard.run();
                            } else {
                                shard.driver().close();
                            }
                        });
        thread.start();
        threads.add(thread);
    }

    /** Takes all shards from step to step. */
    private ShardOpening.Shared recover() {
        try {
            step(ShardOpening::readLog);
            List<LogFacts> facts = joinAll(o -> o.facts);
            Resolution resolution = Resolution.of(facts);
            openings.forEach(o -> o.resolution.complete(resolution));
            step(ShardOpening::apply);
            long newest =
                    joinAll(o -> o.newestCommit).stream()
                            .mapToLong(Long::longValue)
                            .max()
                            .orElse(0);
            CommitClock clock = new CommitClock(world.clock(), newest);
            ShardOpening.Shared shared = new ShardOpening.Shared(clock, new Snapshots(clock));
            openings.forEach(o -> o.shared.complete(shared));
            step(ShardOpening::start);
            joinAll(o -> o.opened);
            return shared;
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw cause instanceof JdbException j
                    ? new JdbException(j.error(), j)
                    : Failures.forCaller(cause);
        }
    }

    /** In a world of one thread the opener takes the steps himself. */
    private void step(Function<ShardOpening, Boolean> step) {
        if (!world.ownThreads()) {
            for (ShardOpening opening : openings) {
                if (!step.apply(opening)) {
                    return; // its futures say why
                }
            }
        }
    }

    private <T> List<T> joinAll(Function<ShardOpening, CompletableFuture<T>> what) {
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
     * After a failure: nobody is left waiting for a step that will not come, shards that run are
     * stopped as they are, and memory goes when their threads are gone.
     */
    private void giveUp(Throwable cause) {
        if (!handedOver) {
            endShards(cause);
            memory.forEach(OffHeap::close);
        }
        unlock();
    }

    private void endShards(Throwable cause) {
        for (ShardOpening opening : openings) {
            opening.resolution.completeExceptionally(cause);
            opening.shared.completeExceptionally(cause);
        }
        if (world.ownThreads()) {
            shards.subList(threads.size(), shards.size()).forEach(shard -> shard.driver().close());
            shards.forEach(Shard::stopWhenIdle);
        }
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
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void unlock() {
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }
}
