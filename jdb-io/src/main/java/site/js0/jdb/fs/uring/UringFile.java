package site.js0.jdb.fs.uring;

import java.nio.file.Path;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.fs.linux.LinuxFile;

/**
 * A file of one {@link UringDriver}: a descriptor that may also stand in the ring's table of
 * registered files.
 */
final class UringFile extends LinuxFile {
    /** Not in the table yet; its first operation puts it there. */
    static final int UNREGISTERED = -1;

    /** Not in the table, and not to be tried again: the table was full, or the file is closed. */
    static final int PLAIN = -2;

    private final UringDriver driver;

    /** Written by the driver's owner; read by whoever closes. */
    private volatile int tableIndex = UNREGISTERED;

    UringFile(UringDriver driver, int fd, Path path, OpenMode mode, FileRole role, int alignment) {
        super(fd, path, mode, role, alignment);
        this.driver = driver;
    }

    UringDriver driver() {
        return driver;
    }

    int tableIndex() {
        return tableIndex;
    }

    void tableIndex(int index) {
        tableIndex = index;
    }

    @Override
    public void close() {
        if (isOpen()) {
            super.close();
            int index = tableIndex;
            tableIndex = PLAIN;
            if (index >= 0) {
                driver.releaseFile(index);
            }
        }
    }
}
