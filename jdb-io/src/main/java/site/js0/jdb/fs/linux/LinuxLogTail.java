package site.js0.jdb.fs.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.fs.OpenMode;

/**
 * A log tail as a shared mapping of a really written file, or as {@code pwrite} where it can't be
 * mapped.
 *
 * <p>Lives outside the drivers: the {@code uring} and the {@code nio} driver only wrap its
 * descriptor in their own kind of file, to which they queue syncs.
 */
public final class LinuxLogTail implements LogTail {
    // Pages are populated for reading only: populating for writing makes them all dirty, and then
    // the first sync writes
    // the whole segment (16 MiB, some 15 ms) instead of the pages that were stored to. The price is
    // one write-protect
    // fault per page at its first store, about 2 us; prefault() takes even that off a caller who
    // wants it.
    private static final int MADV_RANDOM = 1;
    private static final int MADV_POPULATE_READ = 22;
    private static final int MADV_POPULATE_WRITE = 23;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;

    /** Populated at once: short enough that a signal does not throw away much. */
    private static final long POPULATE_BYTES = 4L << 20;

    private final LinuxFile file;
    private final long byteSize;
    private final Arena arena;
    private final MemorySegment capture;
    private final @Nullable MemorySegment mapping;
    private boolean closed;

    /** Keeps the reads of {@link #touch} from being optimized away. */
    @SuppressWarnings("unused")
    private static volatile int touched;

    private LinuxLogTail(LinuxFile file, long byteSize, boolean mapped) {
        this.file = file;
        this.byteSize = byteSize;
        this.arena = Arena.ofShared();
        try {
            this.capture = arena.allocate(Syscall.CAPTURE);
            this.mapping = mapped ? map(file, byteSize, arena) : null;
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /**
     * As {@link site.js0.jdb.fs.IoDriver#openLogTail}; {@code factory} makes the driver's kind of
     * file.
     */
    public static LinuxLogTail open(Path path, long bytes, LinuxFile.Factory<?> factory) {
        return open(path, bytes, factory, true);
    }

    /** With {@code mapped} false every store is a system call, as it is where mapping fails. */
    static LinuxLogTail open(Path path, long bytes, LinuxFile.Factory<?> factory, boolean mapped) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a log tail needs a size above 0, was " + bytes);
        }
        int fd = Fd.open(path, Syscall.O_RDWR | Syscall.O_CREAT);
        LinuxFile file;
        try {
            writeUnlessRecycled(fd, path, bytes);
            file = factory.make(fd, path, OpenMode.READ_BUFFERED, FileRole.LOG, 1);
        } catch (Throwable e) {
            Fd.close(fd);
            throw e;
        }
        try {
            return new LinuxLogTail(file, bytes, mapped);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /**
     * A file of the right size is a recycled segment: the size is reached only by the last piece of
     * zeros.
     */
    private static void writeUnlessRecycled(int fd, Path path, long bytes) {
        Statx stat = Fd.stat(fd, path);
        if (stat.type() != Statx.S_IFREG) {
            throw new IoException(
                    new IoError.Io("open_log_tail", path.toString(), 0, bytes, Errno.EINVAL));
        }
        if (stat.sizeBytes() == bytes) {
            SmallFolios.recycle(fd, path, stat);
            return;
        }
        // Old bytes of another size must not show through as if they belonged to the new segment.
        Fd.truncate(fd, path, 0);
        Fd.reserve(fd, path, bytes);
        Fd.writeZeros(fd, path, bytes);
        Fd.syncAll(fd, path);
        SmallFolios.remember(stat);
    }

    /** Null when this file system does not map shared. */
    private static @Nullable MemorySegment map(LinuxFile file, long bytes, Arena arena) {
        long address =
                Syscall.call(Syscall.MMAP, 0, bytes, PROT_READ_WRITE, MAP_SHARED, file.fd(), 0);
        if (address == -Errno.ENODEV || address == -Errno.EACCES || address == -Errno.EPERM) {
            return null;
        }
        Fd.check(address, "map", file.path(), 0, bytes);
        MemorySegment mapping =
                MemorySegment.ofAddress(address)
                        .reinterpret(
                                bytes,
                                arena,
                                whole ->
                                        Syscall.call(Syscall.MUNMAP, whole.address(), bytes, 0, 0));
        // Advice only: without it a page that was evicted comes back with its neighbours, in one
        // large folio.
        Syscall.call(Syscall.MADVISE, address, bytes, MADV_RANDOM, 0);
        populate(mapping, file.path(), 0, bytes, MADV_POPULATE_READ);
        return mapping;
    }

    @Override
    public void prefault(long position, long length) {
        Objects.checkFromIndexSize(position, length, byteSize);
        if (mapping != null) {
            populate(mapping, file.path(), position, length, MADV_POPULATE_WRITE);
        }
    }

    private static void populate(
            MemorySegment mapping, Path path, long position, long length, int advice) {
        long from = position & -Fd.PAGE_BYTES;
        long end = position + length;
        for (long at = from; at < end; at += POPULATE_BYTES) {
            long piece = Math.min(POPULATE_BYTES, end - at);
            long result =
                    Syscall.callRestarting(
                            Syscall.MADVISE, mapping.address() + at, piece, advice, 0);
            if (result == -Errno.EINVAL) { // before Linux 5.14
                touch(mapping, at, piece);
            } else {
                Fd.check(result, "prefault", path, at, piece);
            }
        }
    }

    /**
     * Reads one byte of each page; a page that is there stays clean, and its first store will
     * fault.
     */
    private static void touch(MemorySegment mapping, long from, long bytes) {
        int sum = 0;
        for (long at = from; at < from + bytes; at += Fd.PAGE_BYTES) {
            sum += mapping.get(ValueLayout.JAVA_BYTE, at);
        }
        touched = sum;
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public LinuxFile file() {
        return file;
    }

    @Override
    public boolean mapped() {
        return mapping != null;
    }

    @Override
    public void store(long position, MemorySegment source, long sourceOffset, int length) {
        MemorySegment target = mapping;
        if (target == null) {
            Objects.checkFromIndexSize(position, length, byteSize);
            Objects.checkFromIndexSize(sourceOffset, length, source.byteSize());
            Fd.writeFully(capture, file.fd(), file.path(), position, source, sourceOffset, length);
            return;
        }
        try {
            MemorySegment.copy(source, sourceOffset, target, position, length);
        } catch (InternalError e) {
            throw faulted("store", position, length, e);
        }
    }

    @Override
    public void load(long position, MemorySegment target, long targetOffset, int length) {
        MemorySegment source = mapping;
        if (source == null) {
            Objects.checkFromIndexSize(position, length, byteSize);
            Fd.readFully(file.fd(), file.path(), position, target, targetOffset, length);
            return;
        }
        try {
            MemorySegment.copy(source, position, target, targetOffset, length);
        } catch (InternalError e) {
            throw faulted("load", position, length, e);
        }
    }

    /**
     * The JVM turns SIGBUS in a copy into an InternalError: the file was cut, the disk is full, or
     * a page can't be read.
     */
    private IoException faulted(String verb, long position, int length, InternalError cause) {
        return new IoException(
                new IoError.Io(verb, file.path().toString(), position, length, Errno.EIO), cause);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
            file.close();
        }
    }
}
