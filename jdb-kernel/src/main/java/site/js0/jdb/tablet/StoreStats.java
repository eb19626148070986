package site.js0.jdb.tablet;

import java.util.List;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.page.PoolCounters;
import site.js0.jdb.wal.Wal;
import site.js0.jdb.wal.WalStats;

/** Names and adds up the counters of a store's parts. */
final class StoreStats {
    private StoreStats() {}

    static void add(StatsSink to, Wal wal, BufferPool pool, List<Tablet> tablets) {
        WalStats log = wal.stats();
        to.count(StatName.WAL_APPENDED_RECORDS, log.appendedRecords());
        to.count(StatName.WAL_APPENDED_BYTES, log.appendedBytes());
        to.count(StatName.WAL_SYNCS, log.syncs());
        to.count(StatName.WAL_SYNCED_RECORDS, log.syncedRecords());
        to.count(StatName.WAL_SHARED_SYNCS, log.sharedSyncs());
        to.count(StatName.WAL_SEGMENTS_CREATED, log.segmentsCreated());
        to.count(StatName.WAL_SEGMENTS_RECYCLED, log.segmentsRecycled());
        to.count(StatName.WAL_SEGMENTS_REMOVED, log.segmentsRemoved());
        to.count(StatName.WAL_PADDING_BYTES, log.paddingBytes());
        to.count(StatName.WAL_NO_ROOM, log.noRoom());
        PoolCounters page = pool.counters();
        to.count(StatName.PAGE_HITS, page.hits);
        to.count(StatName.PAGE_MISSES, page.misses);
        to.count(StatName.PAGE_HINT_HITS, page.hintHits);
        to.count(StatName.PAGE_HINT_MISSES, page.hintMisses);
        to.count(StatName.PAGE_EVICTIONS, page.evictions);
        to.count(StatName.PAGE_LOADS, page.loads);
        to.count(StatName.PAGE_LOADED_PAGES, page.loadedPages);
        to.count(StatName.PAGE_COALESCED_READS, page.coalescedReads);
        to.count(StatName.PAGE_PREFETCHES, page.prefetches);
        to.count(StatName.PAGE_PREFETCHES_REFUSED, page.prefetchesRefused);
        to.count(StatName.PAGE_WRITES, page.writes);
        to.count(StatName.PAGE_WRITTEN_PAGES, page.writtenPages);
        to.count(StatName.PAGE_CHECKSUM_FAILURES, page.checksumFailures);
        to.count(StatName.PAGE_READ_ERRORS, page.readErrors);
        to.count(StatName.PAGE_FRAME_WAITS, page.frameWaits);
        for (Tablet tablet : tablets) {
            tablet.merge().stats(to);
            to.count(StatName.TABLET_CHECKPOINTS, tablet.checkpoint().checkpoints());
            to.count(StatName.TABLET_MEMTABLE_ENTRIES, tablet.active().entryCount());
            to.count(StatName.TABLET_MEMTABLE_BYTES, tablet.active().bytesUsed());
            to.count(StatName.INDEX_ENTRIES, tablet.tree().root().entryCount());
            to.count(StatName.PAGE_FILE_BYTES, tablet.pages().filePages() * 4096);
            to.count(StatName.PAGE_LIVE_BYTES, tablet.pages().livePages() * 4096);
            tablet.values().stats(to);
        }
    }
}
