package site.js0.jdb.runtime;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.tablet.CommitClock;
import site.js0.jdb.tablet.Floors;
import site.js0.jdb.tablet.LogFacts;
import site.js0.jdb.tablet.Peers;
import site.js0.jdb.tablet.Resolution;
import site.js0.jdb.tablet.ShardRecovery;
import site.js0.jdb.tablet.StoreConfig;

/**
 * A shard's part of opening a database, in the steps between which all shards wait for each other.
 * The steps run on the shard's thread; the opener gives each what the others found.
 */
final class ShardOpening {
    /** What the last step needs of the whole database. */
    record Shared(CommitClock clock, Floors floors) {}

    private final Shard shard;
    private final StoreConfig config;
    private final Peers peers;
    private @Nullable ShardRecovery recovery;

    final CompletableFuture<LogFacts> facts = new CompletableFuture<>();
    final CompletableFuture<Resolution> resolution = new CompletableFuture<>();
    final CompletableFuture<Long> newestCommit = new CompletableFuture<>();
    final CompletableFuture<Shared> shared = new CompletableFuture<>();
    final CompletableFuture<Boolean> opened = new CompletableFuture<>();

    ShardOpening(Shard shard, StoreConfig config, Peers peers) {
        this.shard = shard;
        this.config = config;
        this.peers = peers;
    }

    /** All steps, waiting in between. True when the shard can run. */
    boolean run() {
        return readLog() && apply() && start();
    }

    boolean readLog() {
        return guarded(() -> {
            ShardRecovery r = ShardRecovery.open(config);
            recovery = r;
            facts.complete(r.scan());
        });
    }

    boolean apply() {
        return guarded(() -> {
            ShardRecovery r = recovery();
            r.replay(resolution.join());
            newestCommit.complete(r.newestCommit());
        });
    }

    boolean start() {
        return guarded(() -> {
            Shared s = shared.join();
            shard.start(recovery().finish(s.clock(), s.floors(), peers));
            opened.complete(true);
        });
    }

    private ShardRecovery recovery() {
        ShardRecovery r = recovery;
        if (r == null) {
            throw new IllegalStateException("steps of opening out of order");
        }
        return r;
    }

    private boolean guarded(Runnable step) {
        try {
            step.run();
            return true;
        } catch (Throwable t) {
            facts.completeExceptionally(t);
            newestCommit.completeExceptionally(t);
            opened.completeExceptionally(t);
            ShardRecovery r = recovery;
            if (r != null) {
                try {
                    r.abandon();
                } catch (RuntimeException e) {
                    t.addSuppressed(e);
                }
            }
            return false;
        }
    }
}
