package site.js0.jdb.runtime;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.tablet.Peers;

/**
 * Asks the other shards to sync their logs, by message, and tells the asking one by message when
 * all have.
 */
final class ShardPeers implements Peers {
    private final int own;
    private final List<Shard> all;

    /**
     * @param all every shard of the database, complete by the time the first message is sent
     */
    ShardPeers(int own, List<Shard> all) {
        this.own = own;
        this.all = all;
    }

    @Override
    public void syncAll() {
        AtomicInteger outstanding = new AtomicInteger(all.size() - 1);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        for (Shard shard : all) {
            if (shard.number() != own) {
                shard.post(
                        new SyncOperation(),
                        synced -> {
                            if (synced.failure != null) {
                                failure.compareAndSet(null, synced.failure);
                            }
                            if (outstanding.decrementAndGet() == 0) {
                                all.get(own)
                                        .post(new PeersSyncedOperation(failure.get()), told -> {});
                            }
                        });
            }
        }
    }
}
