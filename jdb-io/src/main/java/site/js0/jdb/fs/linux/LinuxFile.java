package site.js0.jdb.fs.linux;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.OpenMode;

/**
 * A file as a raw descriptor. The blocking verbs may be called from any thread; drivers add the
 * queued ones.
 *
 * <p>Opened with O_CLOEXEC and O_NOFOLLOW, and with O_DIRECT for the direct modes. A file system
 * that knows no direct I/O (EINVAL at open, or an alignment of 0 from statx) gives a buffered file
 * instead, and {@link #direct()} says so.
 */
public class LinuxFile implements IoFile {
    /**
     * Used when the kernel does not tell the alignment; every device of today is content with it.
     */
    private static final int ALIGNMENT_DEFAULT = 4096;

    private static final int CLOSED = -1;

    private final Path path;
    private final OpenMode mode;
    private final FileRole role;
    private final int alignment;
    private final AtomicInteger fd;

    /** Takes over an open descriptor; {@code alignment} above 1 says that it is direct. */
    public LinuxFile(int fd, Path path, OpenMode mode, FileRole role, int alignment) {
        this.fd = new AtomicInteger(fd);
        this.path = path;
        this.mode = mode;
        this.role = role;
        this.alignment = alignment;
    }

    /** Makes the file object around a descriptor: a driver's own subclass. */
    @FunctionalInterface
    public interface Factory<F extends LinuxFile> {
        /** As the constructor of {@link LinuxFile}. */
        F make(int fd, Path path, OpenMode mode, FileRole role, int alignment);
    }

    /** Opens as {@link site.js0.jdb.fs.IoDriver#open} says. */
    public static <F extends LinuxFile> F open(
            Path path, OpenMode mode, FileRole role, Factory<F> factory) {
        int flags = flags(mode);
        boolean direct = (flags & Syscall.O_DIRECT) != 0;
        long opened = Fd.tryOpen(path, flags);
        if (opened == -Errno.EINVAL && direct) {
            // O_EXCL may have made the file before the file system refused O_DIRECT: the second try
            // must not fail on it.
            direct = false;
            opened = Fd.tryOpen(path, flags & ~(Syscall.O_DIRECT | Syscall.O_EXCL));
        }
        int fd = (int) Fd.check(opened, "open", path);
        try {
            Statx stat = Fd.stat(fd, path);
            if (stat.type() == Statx.S_IFDIR) {
                throw new IoException(new IoError.Io("open", path.toString(), 0, 0, Errno.EISDIR));
            }
            int alignment = 1;
            if (direct) {
                alignment =
                        stat.directAlignment() == 0 ? ALIGNMENT_DEFAULT : stat.directAlignment();
            }
            return factory.make(fd, path, mode, role, alignment);
        } catch (Throwable e) {
            Fd.close(fd);
            throw e;
        }
    }

    private static int flags(OpenMode mode) {
        return switch (mode) {
            case READ -> Syscall.O_RDONLY | Syscall.O_DIRECT;
            case READ_WRITE -> Syscall.O_RDWR | Syscall.O_DIRECT;
            case CREATE -> Syscall.O_RDWR | Syscall.O_DIRECT | Syscall.O_CREAT | Syscall.O_EXCL;
            case OPEN_OR_CREATE -> Syscall.O_RDWR | Syscall.O_DIRECT | Syscall.O_CREAT;
            case WAL -> Syscall.O_RDWR | Syscall.O_DIRECT | Syscall.O_CREAT | Syscall.O_DSYNC;
            case READ_BUFFERED -> Syscall.O_RDONLY;
        };
    }

    /** The descriptor. */
    public final int fd() {
        int now = fd.get();
        if (now == CLOSED) {
            throw new IllegalStateException("closed: " + path);
        }
        return now;
    }

    /** True until {@link #close()}. */
    public final boolean isOpen() {
        return fd.get() != CLOSED;
    }

    @Override
    public final Path path() {
        return path;
    }

    @Override
    public final OpenMode mode() {
        return mode;
    }

    @Override
    public final FileRole role() {
        return role;
    }

    @Override
    public final boolean direct() {
        return alignment > 1;
    }

    @Override
    public final int alignment() {
        return alignment;
    }

    @Override
    public final long size() {
        return Fd.stat(fd(), path).sizeBytes();
    }

    @Override
    public final void truncate(long bytes) {
        Fd.truncate(fd(), path, bytes);
    }

    @Override
    public final void preallocate(long offset, long length) {
        Fd.allocate(fd(), path, offset, length);
    }

    /** fdatasync(2), blocking. */
    public final void syncData() {
        Fd.syncData(fd(), path);
    }

    /** fsync(2), blocking. */
    public final void syncAll() {
        Fd.syncAll(fd(), path);
    }

    @Override
    public void close() {
        int open = fd.getAndSet(CLOSED);
        if (open != CLOSED) {
            Fd.close(open);
        }
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + path + ", " + mode + ", fd " + fd.get() + "]";
    }
}
