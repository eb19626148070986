package site.js0.jdb.vlog;

import java.nio.file.Path;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.ValueFileHeader;

/**
 * What a value log is told at open.
 *
 * @param directory where its files lie, which must be there; files of other kinds may lie there too
 * @param dbIdHigh first half of the database's identity
 * @param dbIdLow second half
 * @param vnode whose values these are
 * @param shard whose thread it belongs to, for errors
 * @param fileBytes size of a file, a multiple of 4096 from 64 KiB to 1 GiB; a value that needs more
 *     gets a file of its own
 * @param openFilesMax how many files are kept open for reading, at least 4
 * @param fullRetryNanos how long to leave a full device alone before a file is tried again
 */
public record VlogConfig(
        Path directory,
        long dbIdHigh,
        long dbIdLow,
        int vnode,
        int shard,
        int fileBytes,
        int openFilesMax,
        long fullRetryNanos) {
    public static final int FILE_BYTES_DEFAULT = 64 << 20;
    public static final int FILE_BYTES_MIN = 64 << 10;
    public static final int FILE_BYTES_MAX = 1 << 30;

    public VlogConfig {
        require(
                fileBytes >= FILE_BYTES_MIN
                        && fileBytes <= FILE_BYTES_MAX
                        && fileBytes % ValueFileHeader.BYTES == 0,
                "value log file size",
                "a multiple of 4096 from 65536 to 1073741824",
                fileBytes);
        require(openFilesMax >= 4, "value log files kept open", "4 or more", openFilesMax);
        require(fullRetryNanos >= 0, "retry time in ns", "0 or more", fullRetryNanos);
    }

    private static void require(boolean holds, String what, String expected, long found) {
        if (!holds) {
            throw new JdbException(new JdbError.BadArgument(what, expected, Long.toString(found)));
        }
    }

    /** The usual sizes: 64 MiB files, 128 kept open, a full device tried every 100 ms. */
    public static VlogConfig of(Path directory, long dbIdHigh, long dbIdLow, int vnode, int shard) {
        return new VlogConfig(
                directory, dbIdHigh, dbIdLow, vnode, shard, FILE_BYTES_DEFAULT, 128, 100_000_000L);
    }
}
