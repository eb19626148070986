package site.js0.jdb.tablet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Decides, from what all logs say, where each log ends and which transactions are committed.
 *
 * <p>A log ends before a decision whose prepares are missing: after power loss a decision may be on
 * the device when a prepare that it names, in another log, is not. Ending one log may take away
 * prepares that decisions in others name; so this goes on until nothing changes. A prepare below
 * where its log's reading began is not missing: it is in a tree.
 *
 * <p>Committed is what some log, up to its end, has decided. A prepare without any decision is
 * aborted.
 */
public final class Resolution {
    private final Map<Integer, Long> ends = new TreeMap<>();
    private final Map<LogFacts.Txn, Long> committed = new HashMap<>();

    private Resolution() {}

    /** Resolves the facts of all logs of a database. */
    public static Resolution of(List<LogFacts> logs) {
        Resolution r = new Resolution();
        for (LogFacts log : logs) {
            r.ends.put(log.shard(), log.nextLsn());
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (LogFacts log : logs) {
                for (LogFacts.Decided decision : log.decisions()) {
                    if (decision.lsn() < r.end(log.shard()) && r.isMissingPrepare(decision)) {
                        r.ends.put(log.shard(), decision.lsn());
                        changed = true;
                        break;
                    }
                }
            }
        }
        for (LogFacts log : logs) {
            for (LogFacts.Decided decision : log.decisions()) {
                if (decision.lsn() < r.end(log.shard())) {
                    r.committed.put(decision.txn(), decision.timestamp());
                }
            }
        }
        return r;
    }

    private boolean isMissingPrepare(LogFacts.Decided decision) {
        for (LogFacts.Participant p : decision.participants()) {
            Long end = ends.get(p.shard());
            if (end == null || p.prepareLsn() >= end) {
                return true;
            }
        }
        return false;
    }

    /** The log of {@code shard} counts up to before this LSN. */
    public long end(int shard) {
        Long end = ends.get(shard);
        if (end == null) {
            throw new IllegalArgumentException("no log of shard " + shard);
        }
        return end;
    }

    /** The commit timestamp, or 0 when the transaction is aborted. */
    public long timestampOf(LogFacts.Txn txn) {
        return committed.getOrDefault(txn, 0L);
    }
}
