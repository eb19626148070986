package site.js0.jdb.vlog;

/**
 * What a value log has done since it was opened, and what it holds. A copy; taken under the hold.
 *
 * @param blobsWritten values written
 * @param valueBytesWritten their bytes
 * @param writes write operations done for them
 * @param deviceBytesWritten bytes of those, headers and padding included
 * @param blobsRead values read or verified
 * @param valueBytesRead their bytes
 * @param reads read operations done for them
 * @param syncs syncs begun, of all dirty files each
 * @param filesCreated files made
 * @param filesRemoved files deleted
 * @param files files there are now
 * @param fileBytes bytes that may hold values in them
 * @param liveBytes bytes that the tree points to
 */
public record VlogCounters(
        long blobsWritten,
        long valueBytesWritten,
        long writes,
        long deviceBytesWritten,
        long blobsRead,
        long valueBytesRead,
        long reads,
        long syncs,
        long filesCreated,
        long filesRemoved,
        int files,
        long fileBytes,
        long liveBytes) {}
