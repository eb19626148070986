package site.js0.jdb.wal;

import java.nio.file.Path;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.LogRecordHeader;
import site.js0.jdb.layout.LogSegmentHeader;

/**
 * What a log is told at open.
 *
 * @param directory the log's own directory, which must be there; nothing else may lie in it
 * @param dbIdHigh first half of the database's identity
 * @param dbIdLow second half
 * @param shard whose log this is
 * @param segmentBytes size of each segment file; a multiple of 4096 from 64 KiB to 1 GiB. An
 *     existing log with another size is read as it is and goes on in this size
 * @param aheadMax how many segments are kept prepared beyond the present one, at least 1
 * @param sparesMax how many trimmed segments are kept to be used again, at least 0
 * @param fullRetryNanos how long to leave a full device alone before a segment is tried again
 */
public record WalConfig(
        Path directory,
        long dbIdHigh,
        long dbIdLow,
        int shard,
        int segmentBytes,
        int aheadMax,
        int sparesMax,
        long fullRetryNanos) {
    public static final int SEGMENT_BYTES_DEFAULT = 16 << 20;
    public static final int SEGMENT_BYTES_MIN = 64 << 10;
    public static final int SEGMENT_BYTES_MAX = 1 << 30;

    public WalConfig {
        require(
                segmentBytes >= SEGMENT_BYTES_MIN
                        && segmentBytes <= SEGMENT_BYTES_MAX
                        && segmentBytes % LogSegmentHeader.BYTES == 0,
                "log segment size",
                "a multiple of 4096 from 65536 to 1073741824",
                segmentBytes);
        require(shard >= 0, "shard", "0 or more", shard);
        require(aheadMax >= 1, "segments prepared ahead", "1 or more", aheadMax);
        require(sparesMax >= 0, "spare segments", "0 or more", sparesMax);
        require(fullRetryNanos >= 0, "retry time in ns", "0 or more", fullRetryNanos);
    }

    private static void require(boolean holds, String what, String expected, long found) {
        if (!holds) {
            throw new JdbException(new JdbError.BadArgument(what, expected, Long.toString(found)));
        }
    }

    /** The usual sizes: 16 MiB segments, one ahead, two spare, a full device tried every 100 ms. */
    public static WalConfig of(Path directory, long dbIdHigh, long dbIdLow, int shard) {
        return new WalConfig(
                directory, dbIdHigh, dbIdLow, shard, SEGMENT_BYTES_DEFAULT, 1, 2, 100_000_000L);
    }

    /** The same with another segment size. */
    public WalConfig withSegmentBytes(int bytes) {
        return new WalConfig(
                directory, dbIdHigh, dbIdLow, shard, bytes, aheadMax, sparesMax, fullRetryNanos);
    }

    /**
     * The same with another number of trimmed segments kept for reuse: making one anew writes it
     * whole.
     */
    public WalConfig withSparesMax(int count) {
        return new WalConfig(
                directory, dbIdHigh, dbIdLow, shard, segmentBytes, aheadMax, count, fullRetryNanos);
    }

    /** The largest payload that one record can carry. */
    public int payloadBytesMax() {
        return segmentBytes - LogSegmentHeader.BYTES - LogRecordHeader.BYTES;
    }
}
