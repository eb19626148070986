package site.js0.jdb.tablet;

import java.util.List;

/**
 * What a first reading of a shard's log found out that concerns other logs.
 *
 * @param shard whose log
 * @param startLsn where reading began: all before is in the trees
 * @param nextLsn the LSN behind the last record
 * @param prepares in the order of the log
 * @param decisions in the order of the log
 */
public record LogFacts(
        int shard, long startLsn, long nextLsn, List<Prepare> prepares, List<Decided> decisions) {
    /** A transaction over several shards, by its two numbers. */
    public record Txn(long high, long low) {}

    /** A prepare record. */
    public record Prepare(Txn txn, long lsn) {}

    /** Where a participant prepared. */
    public record Participant(int shard, long prepareLsn) {}

    /** A decision record. */
    public record Decided(Txn txn, long lsn, long timestamp, List<Participant> participants) {}
}
