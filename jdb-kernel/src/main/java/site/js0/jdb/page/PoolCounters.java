package site.js0.jdb.page;

/**
 * What a buffer pool has done since it was made. Plain numbers: written under the hold; who reads
 * them without it may see them a moment old.
 */
public final class PoolCounters {
    /** Fetches that found the page. */
    public long hits;

    /** Fetches that had to wait for a load. */
    public long misses;

    /** Fetches and peeks whose frame hint was right. */
    public long hintHits;

    /** Fetches and peeks whose frame hint was wrong. */
    public long hintMisses;

    /** Pages put out to make room. */
    public long evictions;

    /** Reads given to the driver. */
    public long loads;

    /** Pages in those reads. */
    public long loadedPages;

    /** Reads of more than one page. */
    public long coalescedReads;

    /** Prefetches that queued a load. */
    public long prefetches;

    /** Prefetches refused because too much was prefetched already or no frame could be had. */
    public long prefetchesRefused;

    /** Writes given to the driver. */
    public long writes;

    /** Pages in those writes. */
    public long writtenPages;

    /** Loaded pages that broke a rule of the format. */
    public long checksumFailures;

    /** Reads that failed in the system. */
    public long readErrors;

    /** Times a caller was parked because no frame could be had. */
    public long frameWaits;
}
