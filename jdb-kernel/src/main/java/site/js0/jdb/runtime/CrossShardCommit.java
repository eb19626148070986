package site.js0.jdb.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.tablet.Decision;
import site.js0.jdb.tablet.Prepared;

/**
 * An atomic batch over several shards: a two-phase commit whose coordinator is this object, moved
 * on by whichever shard's thread finishes the last step of a phase. It never blocks a thread.
 *
 * <ol>
 *   <li>Every participant, one after the other in the order of shards, logs a <i>prepare</i> with
 *       its writes and proposes a timestamp above all it has committed or shown to a snapshot.
 *       Until the decision it keeps the writes invisible, snapshot reads at or above the proposal
 *       wait, and its memtables are not frozen. The order keeps two commits from waiting for each
 *       other's memtable room.
 *   <li>When all have prepared, the greatest proposal is the commit timestamp. Every participant
 *       logs the <i>decision</i>, which names all prepares, and applies its writes. The batch is
 *       committed with the first decision that is logged.
 *   <li>If a prepare fails, the others are let go. Nothing is logged for that: no decision anywhere
 *       means aborted.
 * </ol>
 *
 * Acknowledged when every participant has applied, so that the caller reads his own writes.
 */
final class CrossShardCommit {
    /** Hears of the end, without a hold, on a shard's thread. */
    interface Listener {
        void committed(@Nullable Throwable failure);
    }

    /**
     * What all participants share; its flag is what a log waits for before it lets a decision go.
     */
    private static final class Verdict implements Decision {
        private final long txnHigh;
        private final long txnLow;
        private final long timestamp;
        private final int[] shards;
        private final long[] prepareLsns;
        private volatile boolean loggedEverywhere;

        Verdict(long txnHigh, long txnLow, long timestamp, int[] shards, long[] prepareLsns) {
            this.txnHigh = txnHigh;
            this.txnLow = txnLow;
            this.timestamp = timestamp;
            this.shards = shards;
            this.prepareLsns = prepareLsns;
        }

        @Override
        public long txnHigh() {
            return txnHigh;
        }

        @Override
        public long txnLow() {
            return txnLow;
        }

        @Override
        public long timestamp() {
            return timestamp;
        }

        @Override
        public int[] shards() {
            return shards;
        }

        @Override
        public long[] prepareLsns() {
            return prepareLsns;
        }

        @Override
        public boolean loggedEverywhere() {
            return loggedEverywhere;
        }
    }

    private final List<PrepareOperation> prepares = new ArrayList<>();
    private final List<Shard> shards = new ArrayList<>();
    private final long txnHigh;
    private final long txnLow;
    private final boolean sync;
    private final Listener listener;
    private volatile @Nullable Verdict verdict;

    /**
     * Prepares that are over; each is begun by the end of the one before, so nobody else writes it.
     */
    private volatile int preparedCount;

    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    CrossShardCommit(
            long txnHigh,
            long txnLow,
            Map<Shard, WriteList> writes,
            boolean sync,
            Listener listener) {
        this.txnHigh = txnHigh;
        this.txnLow = txnLow;
        this.sync = sync;
        this.listener = listener;
        TreeMap<Integer, Shard> ordered = new TreeMap<>();
        writes.keySet().forEach(shard -> ordered.put(shard.number(), shard));
        ordered.forEach((number, shard) -> {
            shards.add(shard);
            prepares.add(
                    new PrepareOperation(
                            txnHigh, txnLow, Objects.requireNonNull(writes.get(shard))));
        });
    }

    /** Starts; the calling thread only waits where the first shard's channel is full. */
    void start() {
        shards.getFirst().send(prepares.getFirst(), this::prepared);
    }

    private void prepared(Operation prepare) {
        noteFailure(prepare);
        int over = preparedCount + 1;
        preparedCount = over;
        if (failure.get() != null) {
            abort();
        } else if (over < prepares.size()) {
            shards.get(over).post(prepares.get(over), this::prepared);
        } else {
            decide();
        }
    }

    private void decide() {
        int count = prepares.size();
        int[] numbers = new int[count];
        long[] prepareLsns = new long[count];
        long timestamp = 0;
        for (int i = 0; i < count; i++) {
            Prepared p = preparedOf(prepares.get(i));
            numbers[i] = shards.get(i).number();
            prepareLsns[i] = p.lsn();
            timestamp = Math.max(timestamp, p.timestamp());
        }
        Verdict decided = new Verdict(txnHigh, txnLow, timestamp, numbers, prepareLsns);
        verdict = decided;
        outstanding.set(count);
        for (int i = 0; i < count; i++) {
            shards.get(i)
                    .post(
                            new DecideOperation(preparedOf(prepares.get(i)), decided, sync),
                            this::finished);
        }
    }

    private void abort() {
        // The last prepare is the one that failed; those before it are to be let go.
        int held = preparedCount - 1;
        if (held == 0) {
            listener.committed(failure.get());
            return;
        }
        outstanding.set(held);
        for (int i = 0; i < held; i++) {
            shards.get(i).post(new AbortOperation(preparedOf(prepares.get(i))), this::finished);
        }
    }

    private void finished(Operation operation) {
        noteFailure(operation);
        if (outstanding.decrementAndGet() == 0) {
            Verdict decided = verdict;
            if (decided != null && failure.get() == null) {
                decided.loggedEverywhere = true;
            }
            listener.committed(failure.get());
        }
    }

    private void noteFailure(Operation operation) {
        Throwable t = operation.failure;
        if (t != null) {
            failure.compareAndSet(null, t);
        }
    }

    private static Prepared preparedOf(PrepareOperation prepare) {
        Prepared p = prepare.prepared();
        if (p == null) {
            throw new IllegalStateException("decided without a prepare");
        }
        return p;
    }
}
