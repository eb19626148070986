package site.js0.jdb.wal;

/**
 * What a log has done since it was opened. A copy; taken under the hold.
 *
 * @param appendedRecords records appended
 * @param appendedBytes their bytes in the file: headers, payloads, alignment to 8
 * @param syncs group commits begun
 * @param syncedRecords records that group commits made durable
 * @param sharedSyncs group commits that more than one waiter waited for
 * @param segmentsCreated segments made anew
 * @param segmentsRecycled segments taken from spares
 * @param segmentsRemoved segment files deleted
 * @param paddingBytes bytes left unused behind syncs and at the ends of segments
 * @param noRoom times that an append found no segment prepared
 */
public record WalStats(
        long appendedRecords,
        long appendedBytes,
        long syncs,
        long syncedRecords,
        long sharedSyncs,
        long segmentsCreated,
        long segmentsRecycled,
        long segmentsRemoved,
        long paddingBytes,
        long noRoom) {}
