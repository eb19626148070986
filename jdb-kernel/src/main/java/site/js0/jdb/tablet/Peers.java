package site.js0.jdb.tablet;

/** The other shards of the database, as one shard's store sees them. */
@FunctionalInterface
public interface Peers {
    /** For a database of one shard. */
    Peers NONE =
            () -> {
                throw new IllegalStateException("no other shards");
            };

    /**
     * Begins to make durable what all other logs hold now; {@link ShardStore#peersSynced} hears of
     * the end. Called under the hold; never waits.
     */
    void syncAll();
}
