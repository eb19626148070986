package site.js0.jdb.runtime;

import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.fs.ThreadAffinity;

/**
 * Ties shards' threads to cores, shard {@code n} to the n-th that may be used, and remembers what
 * came of it. What the system refuses is no error. Any thread.
 */
final class ShardPinning {
    private final boolean wanted;
    private final List<Integer> cpus;
    private final IntPredicate pin;
    private final ConcurrentSkipListMap<Integer, String> outcomes = new ConcurrentSkipListMap<>();

    /**
     * @param cpus that may be used; empty when the system does not say
     * @param pin ties the calling thread to a core; false when the system refuses
     */
    ShardPinning(boolean wanted, List<Integer> cpus, IntPredicate pin) {
        this.wanted = wanted;
        this.cpus = cpus;
        this.pin = pin;
    }

    /** As the options wish, on the cores of the calling thread. */
    static ShardPinning of(JdbOptions options) {
        return options.pinThreads()
                ? new ShardPinning(true, ThreadAffinity.allowed(), ThreadAffinity::pin)
                : new ShardPinning(false, List.of(), cpu -> false);
    }

    /** On the shard's thread, before it does anything. */
    void pin(int shard) {
        if (!wanted) {
            return;
        }
        if (cpus.isEmpty()) {
            outcomes.put(shard, "no, this system cannot");
            return;
        }
        int cpu = cpus.get(shard % cpus.size());
        outcomes.put(shard, pin.test(cpu) ? "core " + cpu : "no, the system refused core " + cpu);
    }

    /** For people: {@code off}, or each shard's core. */
    @Override
    public String toString() {
        return wanted
                ? outcomes.entrySet().stream()
                        .map(e -> "shard " + e.getKey() + ": " + e.getValue())
                        .collect(Collectors.joining("; "))
                : "off";
    }
}
