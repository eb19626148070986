package site.js0.jdb.comm;

import static site.js0.jdb.comm.StatName.Kind.COUNT;
import static site.js0.jdb.comm.StatName.Kind.NOW;
import static site.js0.jdb.comm.StatName.Kind.TROUBLE;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every counter of {@code Jdb.stats()}: its name, which is stable, and what it says. Nothing is
 * reported that has no place here; {@code CountersTest} shows each of them moving.
 *
 * <p>Names are dotted, the part that counts first; byte sizes end in {@code Bytes}. All are summed
 * over VNodes, and in the totals over shards.
 */
public enum StatName {
    // ---- the shards' loops
    SHARD_TURNS("shard.turns", COUNT, "turns of the shard's thread"),
    SHARD_BORROWED_TURNS(
            "shard.borrowedTurns",
            COUNT,
            "requests that callers ran themselves, holding the shard"),
    SHARD_QUEUED_OPERATIONS(
            "shard.queuedOperations", COUNT, "requests that came through the channel"),
    SHARD_RESTARTS("shard.restarts", COUNT, "requests run again after they had to wait"),

    // ---- write-ahead log
    WAL_APPENDED_RECORDS("wal.appendedRecords", COUNT, "records appended"),
    WAL_APPENDED_BYTES("wal.appendedBytes", COUNT, "bytes of those, headers included"),
    WAL_PADDING_BYTES(
            "wal.paddingBytes", COUNT, "bytes left unused behind syncs and at ends of segments"),
    WAL_SYNCS("wal.syncs", COUNT, "group commits begun"),
    WAL_SYNCED_RECORDS(
            "wal.syncedRecords",
            COUNT,
            "records those made durable: divided by wal.syncs, the group"),
    WAL_SHARED_SYNCS(
            "wal.sharedSyncs", COUNT, "group commits that more than one caller waited for"),
    WAL_SEGMENTS_CREATED("wal.segmentsCreated", COUNT, "log segments made anew"),
    WAL_SEGMENTS_RECYCLED("wal.segmentsRecycled", COUNT, "log segments used again"),
    WAL_SEGMENTS_REMOVED("wal.segmentsRemoved", COUNT, "log segment files deleted"),
    WAL_NO_ROOM("wal.noRoom", COUNT, "times that a record waited for a segment to be prepared"),

    // ---- commits, memtables, merges
    TABLET_COMMITS("tablet.commits", COUNT, "batches committed by one shard alone"),
    TABLET_WRITES("tablet.writes", COUNT, "puts and deletes applied"),
    TABLET_CROSS_SHARD_COMMITS(
            "tablet.crossShardCommits",
            COUNT,
            "batches committed over several shards, counted on each of them"),
    TABLET_CROSS_SHARD_ABORTS(
            "tablet.crossShardAborts",
            TROUBLE,
            "parts of batches over several shards given up: another part was refused"),
    TABLET_ROOM_WAITS("tablet.roomWaits", COUNT, "commits that waited for room in a memtable"),
    TABLET_MEMTABLE_ENTRIES("tablet.memtableEntries", NOW, "versions in the active memtables"),
    TABLET_MEMTABLE_BYTES("tablet.memtableBytes", NOW, "bytes of those"),
    TABLET_MERGES("tablet.merges", COUNT, "memtables merged into trees"),
    TABLET_MERGED_ENTRIES("tablet.mergedEntries", COUNT, "versions in those"),
    TABLET_MERGE_SLICES("tablet.mergeSlices", COUNT, "slices that merges ran in"),
    TABLET_CHECKPOINTS("tablet.checkpoints", COUNT, "checkpoints written"),

    // ---- trees
    INDEX_ENTRIES("index.entries", NOW, "versions in the trees"),
    INDEX_LEAVES_READ("index.leavesRead", COUNT, "leaves that merges took in"),
    INDEX_PAGES_WRITTEN("index.pagesWritten", COUNT, "pages of published roots that merges wrote"),
    INDEX_ROOTS("index.roots", COUNT, "roots published"),
    INDEX_LEAF_SPLITS(
            "index.leafSplits", COUNT, "leaves written beyond those that were taken in beside"),
    INDEX_INNER_SPLITS("index.innerSplits", COUNT, "inner pages written beyond those taken in"),
    INDEX_ABSORBED(
            "index.absorbed", COUNT, "neighbours taken in, or a page would have been under-full"),

    // ---- buffer pool
    PAGE_HITS("page.hits", COUNT, "fetches that found their page in memory"),
    PAGE_MISSES("page.misses", COUNT, "fetches that waited for their page"),
    PAGE_HINT_HITS("page.hintHits", COUNT, "frame hints that were right: no look-up needed"),
    PAGE_HINT_MISSES("page.hintMisses", COUNT, "frame hints that were wrong"),
    PAGE_EVICTIONS("page.evictions", COUNT, "pages put out to make room"),
    PAGE_LOADS("page.loads", COUNT, "reads given to the driver"),
    PAGE_LOADED_PAGES("page.loadedPages", COUNT, "pages in those"),
    PAGE_COALESCED_READS("page.coalescedReads", COUNT, "reads of more than one page"),
    PAGE_PREFETCHES("page.prefetches", COUNT, "pages asked for before they were needed"),
    PAGE_PREFETCHES_REFUSED(
            "page.prefetchesRefused", COUNT, "the same, refused: too many already, or no frame"),
    PAGE_WRITES("page.writes", COUNT, "writes given to the driver"),
    PAGE_WRITTEN_PAGES("page.writtenPages", COUNT, "pages in those"),
    PAGE_FRAME_WAITS("page.frameWaits", COUNT, "times that somebody waited for a free frame"),
    PAGE_CHECKSUM_FAILURES("page.checksumFailures", TROUBLE, "pages read that were damaged"),
    PAGE_READ_ERRORS("page.readErrors", TROUBLE, "page reads that the system failed"),
    PAGE_FILE_BYTES("page.fileBytes", NOW, "size of the page files"),
    PAGE_LIVE_BYTES("page.liveBytes", NOW, "pages in use in them"),

    // ---- value log
    VLOG_BLOBS_WRITTEN("vlog.blobsWritten", COUNT, "values written"),
    VLOG_DEVICE_BYTES_WRITTEN(
            "vlog.deviceBytesWritten",
            COUNT,
            "bytes written for them, headers and padding included"),
    VLOG_BLOBS_READ("vlog.blobsRead", COUNT, "values read"),
    VLOG_READS("vlog.reads", COUNT, "read requests done for them"),
    VLOG_SYNCS("vlog.syncs", COUNT, "syncs of all files written to"),
    VLOG_FILES_CREATED("vlog.filesCreated", COUNT, "files made"),
    VLOG_FILES_REMOVED("vlog.filesRemoved", COUNT, "files deleted, nothing in them being alive"),
    VLOG_FILE_BYTES("vlog.fileBytes", NOW, "bytes of the files"),
    VLOG_LIVE_BYTES("vlog.liveBytes", NOW, "bytes of values that trees point to"),

    // ---- the drivers
    IO_PAGES_READS("io.pages.reads", COUNT, "read requests to page files"),
    IO_PAGES_READ_BYTES("io.pages.readBytes", COUNT, "bytes of those"),
    IO_PAGES_WRITES("io.pages.writes", COUNT, "write requests to page files"),
    IO_PAGES_WRITTEN_BYTES("io.pages.writtenBytes", COUNT, "bytes of those"),
    IO_PAGES_SYNCS("io.pages.syncs", COUNT, "syncs of page files"),
    IO_LOG_READS("io.log.reads", COUNT, "read requests to log segments"),
    IO_LOG_READ_BYTES("io.log.readBytes", COUNT, "bytes of those"),
    IO_LOG_SYNCS("io.log.syncs", COUNT, "syncs of log segments (records are stored, not written)"),
    IO_VALUES_READS("io.values.reads", COUNT, "read requests to value files"),
    IO_VALUES_READ_BYTES("io.values.readBytes", COUNT, "bytes of those"),
    IO_VALUES_WRITES("io.values.writes", COUNT, "write requests to value files"),
    IO_VALUES_WRITTEN_BYTES("io.values.writtenBytes", COUNT, "bytes of those"),
    IO_VALUES_SYNCS("io.values.syncs", COUNT, "syncs of value files"),
    IO_META_READS("io.meta.reads", COUNT, "read requests to superblocks"),
    IO_META_READ_BYTES("io.meta.readBytes", COUNT, "bytes of those"),
    IO_META_WRITES("io.meta.writes", COUNT, "write requests to superblocks"),
    IO_META_WRITTEN_BYTES("io.meta.writtenBytes", COUNT, "bytes of those"),
    IO_META_SYNCS("io.meta.syncs", COUNT, "syncs of superblocks"),
    IO_ERRORS("io.errors", TROUBLE, "requests that failed or came back short"),
    IO_DIRECT_OPENS("io.directOpens", COUNT, "files opened past the page cache (O_DIRECT)"),
    IO_REGISTERED_FILE_REQUESTS(
            "io.registeredFileRequests", COUNT, "requests to files registered with io_uring"),
    IO_REGISTERED_BUFFER_REQUESTS(
            "io.registeredBufferRequests", COUNT, "requests in memory registered with io_uring");

    /** What kind of number it is. */
    public enum Kind {
        /** Counted since the database was opened. */
        COUNT,
        /** How much there is now. */
        NOW,
        /** Counted since opening, and 0 as long as nothing fails. */
        TROUBLE
    }

    private static final Map<String, StatName> BY_KEY = new HashMap<>();

    static {
        for (StatName name : values()) {
            BY_KEY.put(name.key, name);
        }
    }

    private final String key;
    private final Kind kind;
    private final String meaning;

    StatName(String key, Kind kind, String meaning) {
        this.key = key;
        this.kind = kind;
        this.meaning = meaning;
    }

    /** The name in {@code Stats}. */
    public String key() {
        return key;
    }

    public Kind kind() {
        return kind;
    }

    /** What is counted, in a few words for people. */
    public String meaning() {
        return meaning;
    }

    /** The counter called {@code key}, or null. */
    public static @Nullable StatName of(String key) {
        return BY_KEY.get(key);
    }
}
