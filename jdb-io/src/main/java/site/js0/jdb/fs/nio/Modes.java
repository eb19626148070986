package site.js0.jdb.fs.nio;

import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;

/** What systems differ in: who may read a new file, and a few habits of Windows and Linux. */
final class Modes {
    static final boolean IS_WINDOWS = osName().contains("windows");
    static final boolean IS_LINUX = osName().contains("linux");

    private static final FileAttribute<?>[] NONE = {};
    private static final FileAttribute<Set<PosixFilePermission>> FILE_0600 =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY_0700 =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private Modes() {}

    private static String osName() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    }

    /**
     * Mode 0600 for a new file; nothing where there are no mode bits (Windows: the parent's ACL is
     * inherited).
     */
    static FileAttribute<?>[] file(Path path) {
        return hasModeBits(path) ? new FileAttribute<?>[] {FILE_0600} : NONE;
    }

    /** Mode 0700 for a new directory, likewise. */
    static FileAttribute<?>[] directory(Path path) {
        return hasModeBits(path) ? new FileAttribute<?>[] {DIRECTORY_0700} : NONE;
    }

    private static boolean hasModeBits(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
