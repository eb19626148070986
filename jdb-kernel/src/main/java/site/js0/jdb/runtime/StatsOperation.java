package site.js0.jdb.runtime;

import java.util.SortedMap;
import java.util.TreeMap;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.ShardStore;

/** Reads a shard's counters. */
final class StatsOperation extends Operation {
    private final SortedMap<String, Long> counters = new TreeMap<>();

    @Override
    int step(ShardStore store) {
        store.stats((name, value) -> counters.merge(name, value, Long::sum));
        shard().stats((name, value) -> counters.merge(name, value, Long::sum));
        return Progress.DONE;
    }

    SortedMap<String, Long> counters() {
        return counters;
    }
}
