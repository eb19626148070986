package site.js0.jdb.api;

import java.util.Map;
import java.util.SortedMap;

/**
 * Counters and sizes of an open database at one moment. {@link site.js0.jdb.comm.StatName} says
 * what each of them counts.
 *
 * @param totals sums over all shards
 * @param perShard the same names for each shard, by its number
 * @param info facts that are no numbers: driver, its description, format versions, options in force
 */
public record Stats(
        SortedMap<String, Long> totals,
        Map<Integer, SortedMap<String, Long>> perShard,
        SortedMap<String, String> info) {
    /** The total of {@code name}, 0 when there is no such counter. */
    public long total(String name) {
        return totals.getOrDefault(name, 0L);
    }
}
