package site.js0.jdb.cli.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * What to measure.
 *
 * @param workloads in this order
 * @param n keys of the store, and operations of most workloads
 * @param reads operations of workloads that only read, seekrandom a tenth of it; 0 for n
 * @param denseKeys keys are numbers in order; else random bytes
 * @param sync every put is durable before it returns
 * @param scanRows rows read behind each seek
 * @param intervals into how many parts of a workload rates are broken down; 0 for none
 * @param warm all rows are read once, unmeasured, before the first workload that reads
 * @param reopen the store is closed and opened between writing and reading
 * @param seed of everything random
 * @param directory where the store is; missing or empty, unless {@code existing}
 * @param existing the directory has a store of these n keys, made by an earlier run
 */
public record KvPlan(
        List<Workload> workloads,
        long n,
        long reads,
        int keyBytes,
        int valueBytes,
        int threads,
        boolean denseKeys,
        boolean sync,
        int scanRows,
        int intervals,
        boolean warm,
        boolean reopen,
        long seed,
        Path directory,
        boolean existing) {
    /** Operations of {@code workload}, over all threads. */
    long ops(Workload workload) {
        return switch (workload) {
            case FILLSEQ, FILLRANDOM, OVERWRITE -> n;
            case FILLSYNC -> Math.max(1, n / 1000);
            case READRANDOM, READMISSING, READWHILEWRITING -> readsOrAll();
            case SEEKRANDOM -> Math.max(1, readsOrAll() / 10);
            case READSEQ -> n * threads;
        };
    }

    private long readsOrAll() {
        return reads > 0 ? reads : n;
    }
}
