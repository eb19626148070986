package site.js0.jdb.tablet;

import java.util.List;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.page.PoolCounters;
import site.js0.jdb.wal.Wal;
import site.js0.jdb.wal.WalStats;

/** Names and adds up the counters of a store's parts. */
final class StoreStats {
    private StoreStats() {}

    static void add(StatsSink to, Wal wal, BufferPool pool, List<Tablet> tablets) {
        WalStats log = wal.stats();
        to.count("wal.appendedRecords", log.appendedRecords());
        to.count("wal.appendedBytes", log.appendedBytes());
        to.count("wal.syncs", log.syncs());
        to.count("wal.segmentsCreated", log.segmentsCreated());
        to.count("wal.segmentsRecycled", log.segmentsRecycled());
        to.count("wal.segmentsRemoved", log.segmentsRemoved());
        to.count("wal.paddingBytes", log.paddingBytes());
        to.count("wal.noRoom", log.noRoom());
        PoolCounters page = pool.counters();
        to.count("page.hits", page.hits);
        to.count("page.misses", page.misses);
        to.count("page.hintHits", page.hintHits);
        to.count("page.hintMisses", page.hintMisses);
        to.count("page.evictions", page.evictions);
        to.count("page.loads", page.loads);
        to.count("page.loadedPages", page.loadedPages);
        to.count("page.coalescedReads", page.coalescedReads);
        to.count("page.prefetches", page.prefetches);
        to.count("page.prefetchesRefused", page.prefetchesRefused);
        to.count("page.writes", page.writes);
        to.count("page.writtenPages", page.writtenPages);
        to.count("page.checksumFailures", page.checksumFailures);
        to.count("page.readErrors", page.readErrors);
        to.count("page.frameWaits", page.frameWaits);
        for (Tablet tablet : tablets) {
            tablet.merge().stats(to);
            to.count("tablet.checkpoints", tablet.checkpoint().checkpoints());
            to.count("tablet.memtableEntries", tablet.active().entryCount());
            to.count("tablet.memtableBytes", tablet.active().bytesUsed());
            to.count("index.entries", tablet.tree().root().entryCount());
            to.count("page.fileBytes", tablet.pages().filePages() * 4096);
            to.count("page.liveBytes", tablet.pages().livePages() * 4096);
            tablet.values().stats(to);
        }
    }
}
