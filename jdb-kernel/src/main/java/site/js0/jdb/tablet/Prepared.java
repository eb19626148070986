package site.js0.jdb.tablet;

/**
 * A participant's half of a transaction that is logged but not decided: where, and what to apply.
 * Owner: its shard.
 */
public final class Prepared {
    private final long txnHigh;
    private final long txnLow;
    private final long lsn;
    private final long timestamp;
    private final byte[] batch;

    Prepared(long txnHigh, long txnLow, long lsn, long timestamp, byte[] batch) {
        this.txnHigh = txnHigh;
        this.txnLow = txnLow;
        this.lsn = lsn;
        this.timestamp = timestamp;
        this.batch = batch;
    }

    public long txnHigh() {
        return txnHigh;
    }

    public long txnLow() {
        return txnLow;
    }

    /** Of the prepare record. */
    public long lsn() {
        return lsn;
    }

    /** The proposal. */
    public long timestamp() {
        return timestamp;
    }

    /** The writes, in {@link site.js0.jdb.layout.BatchFormat}; not a copy. */
    byte[] batch() {
        return batch;
    }
}
