package site.js0.jdb.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.alloc.OffHeap;
import site.js0.jdb.tablet.CommitClock;

/**
 * What {@link EngineOpening} has put together, and how it comes apart.
 *
 * @param threads of the shards; empty in a world of one thread
 * @param memory all off-heap memory
 * @param pinning of the threads
 * @param lock null in a world without real files
 * @param selfDrive in a world of one thread: a turn of every shard
 */
record EngineParts(
        int vnodes,
        List<Shard> shards,
        List<Thread> threads,
        List<OffHeap> memory,
        Snapshots snapshots,
        CommitClock clock,
        ShardPinning pinning,
        @Nullable DirectoryLock lock,
        @Nullable Runnable selfDrive) {
    /** Ends the shards' threads, then gives memory and lock back. */
    void end() {
        boolean interrupted = false;
        shards.forEach(Shard::stop);
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (selfDrive != null) {
            shards.forEach(Shard::run);
        }
        memory.forEach(OffHeap::close);
        if (lock != null) {
            lock.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
