package site.js0.jdb.wal;

import java.nio.file.Path;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.OpenMode;

/**
 * The files of a log as a whole: made before the database that the log belongs to names it, and
 * asked for when it is opened. Blocking; thread that owns the driver.
 *
 * <p>A log begins as one empty file, which its writer replaces, and has a file ever after: so one
 * that has none was lost, and is no new one.
 */
public final class LogFiles {
    private LogFiles() {}

    /** Makes a log in an empty directory; durable on return but the directory's own entry. */
    public static void create(IoDriver driver, Path log) {
        if (driver.directory().ls(log).isEmpty()) {
            driver.open(SegmentName.path(log, 1), OpenMode.CREATE, FileRole.LOG).close();
            driver.directory().syncDir(log);
        }
    }

    /** True when no byte was ever written to the log: then nothing is lost with it. */
    public static boolean areEmpty(IoDriver driver, Path log) {
        Directory directory = driver.directory();
        return directory.ls(log).stream().allMatch(f -> directory.size(log.resolve(f.name())) == 0);
    }

    /**
     * @throws JdbException Corrupt, when the log is gone: opened without it, the database would
     *     silently lack what only the log had
     */
    public static void require(IoDriver driver, Path log) {
        if (!driver.directory().exists(log)) {
            throw SegmentCatalog.corrupt(log, 0, "the directory is missing");
        }
        if (driver.directory().ls(log).isEmpty()) {
            throw SegmentCatalog.corrupt(log, 0, "the log's files are missing");
        }
    }
}
