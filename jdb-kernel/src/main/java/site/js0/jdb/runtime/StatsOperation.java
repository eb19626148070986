package site.js0.jdb.runtime;

import java.util.SortedMap;
import java.util.TreeMap;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.ShardStore;
import site.js0.jdb.tablet.StatsSink;

/** Reads a shard's counters. */
final class StatsOperation extends Operation {
    private final SortedMap<String, Long> counters = new TreeMap<>();

    @Override
    int step(ShardStore store) {
        StatsSink sink = (name, value) -> counters.merge(name.key(), value, Long::sum);
        store.stats(sink);
        shard().stats(sink);
        return Progress.DONE;
    }

    SortedMap<String, Long> counters() {
        return counters;
    }
}
