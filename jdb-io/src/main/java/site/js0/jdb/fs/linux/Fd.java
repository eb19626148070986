package site.js0.jdb.fs.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/**
 * Verbs on file descriptors that throw: each failure is an {@link IoException} with verb, file and
 * errno. Blocking; any thread.
 */
final class Fd {
    static final int FILE_MODE = 0600;
    static final int DIRECTORY_MODE = 0700;

    /** One piece of a loop over a file. */
    static final int PIECE_BYTES = 1 << 20;

    /** The page cache's unit. */
    static final int PAGE_BYTES = 4096;

    private static final int FALLOC_FL_KEEP_SIZE = 1;
    static final int POSIX_FADV_RANDOM = 1;
    static final int POSIX_FADV_DONTNEED = 4;

    private static final Charset PATH_CHARSET = pathCharset();

    private Fd() {}

    /** How the JDK itself turns names into bytes, so that both see the same files. */
    private static Charset pathCharset() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name)
                ? Charset.forName(name)
                : StandardCharsets.UTF_8;
    }

    static byte[] bytes(Path path) {
        return path.toString().getBytes(PATH_CHARSET);
    }

    static String name(byte[] bytes) {
        return new String(bytes, PATH_CHARSET);
    }

    /**
     * The path as a C string. An empty path means the working directory, as it does for {@link
     * Path}.
     */
    static MemorySegment cString(Arena arena, byte[] path) {
        byte[] bytes = path.length == 0 ? new byte[] {'.'} : path;
        MemorySegment string = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, string, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return string;
    }

    /** Answers a descriptor or -errno; O_CLOEXEC and O_NOFOLLOW are added. */
    static long tryOpen(Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return Syscall.callRestarting(
                    Syscall.OPENAT,
                    Syscall.AT_FDCWD,
                    cString(arena, bytes(path)).address(),
                    flags | Syscall.O_CLOEXEC | Syscall.O_NOFOLLOW,
                    FILE_MODE);
        }
    }

    static int open(Path path, int flags) {
        return (int) check(tryOpen(path, flags), "open", path);
    }

    /**
     * An error of close(2) is not reported: the descriptor is gone either way, and what matters was
     * synced before.
     */
    static void close(int fd) {
        Syscall.call(Syscall.CLOSE, fd, 0, 0, 0);
    }

    static Statx stat(int fd, Path path) {
        Statx[] found = new Statx[1];
        check(Statx.ofDescriptor(fd, found), "stat", path);
        return found[0];
    }

    static void truncate(int fd, Path path, long bytes) {
        check(
                Syscall.callRestarting(Syscall.FTRUNCATE, fd, bytes, 0, 0),
                "truncate",
                path,
                bytes,
                0);
    }

    /** Reserves and extends; where the file system can't reserve, only extends. */
    static void allocate(int fd, Path path, long offset, long length) {
        long result = Syscall.callRestarting(Syscall.FALLOCATE, fd, 0, offset, length);
        if (result == -Errno.EOPNOTSUPP) {
            if (stat(fd, path).sizeBytes() < offset + length) {
                truncate(fd, path, offset + length);
            }
            return;
        }
        check(result, "preallocate", path, offset, length);
    }

    /** Reserves {@code [0, bytes)} where the file system can, without changing the size. */
    static void reserve(int fd, Path path, long bytes) {
        long result = Syscall.callRestarting(Syscall.FALLOCATE, fd, FALLOC_FL_KEEP_SIZE, 0, bytes);
        if (result != -Errno.EOPNOTSUPP) {
            check(result, "preallocate", path, 0, bytes);
        }
    }

    static void syncData(int fd, Path path) {
        check(Syscall.callRestarting(Syscall.FDATASYNC, fd, 0, 0, 0), "sync_data", path);
    }

    static void syncAll(int fd, Path path) {
        check(Syscall.callRestarting(Syscall.FSYNC, fd, 0, 0, 0), "sync_all", path);
    }

    /** Really writes zeros over {@code [0, bytes)}, one page per call (see {@link SmallFolios}). */
    static void writeZeros(int fd, Path path, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zeros = arena.allocate(PAGE_BYTES, PAGE_BYTES);
            MemorySegment capture = arena.allocate(Syscall.CAPTURE);
            for (long at = 0; at < bytes; at += PAGE_BYTES) {
                writeFully(capture, fd, path, at, zeros, 0, (int) Math.min(PAGE_BYTES, bytes - at));
            }
        }
    }

    static void advise(int fd, Path path, long bytes, int advice) {
        check(Syscall.callRestarting(Syscall.FADVISE64, fd, 0, bytes, advice), "advise", path);
    }

    /**
     * pwrite until everything is written. {@code source} may be on the heap; then it is copied
     * through a native piece.
     */
    static void writeFully(
            MemorySegment capture,
            int fd,
            Path path,
            long offset,
            MemorySegment source,
            long sourceOffset,
            int length) {
        if (!source.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = arena.allocate(Math.max(1, length));
                MemorySegment.copy(source, sourceOffset, copy, 0, length);
                writeFully(capture, fd, path, offset, copy, 0, length);
            }
            return;
        }
        int done = 0;
        while (done < length) {
            long result =
                    Syscall.invoke(
                            capture,
                            Syscall.PWRITE64,
                            fd,
                            source.address() + sourceOffset + done,
                            length - done,
                            offset + done,
                            0,
                            0);
            if (result == 0) {
                throw new IoException(
                        new IoError.ShortWrite(path.toString(), offset, length, done));
            }
            if (result != -Errno.EINTR) {
                done += (int) check(result, "write", path, offset + done, length - done);
            }
        }
    }

    /** pread until everything is read. */
    static void readFully(
            int fd, Path path, long offset, MemorySegment target, long targetOffset, int length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(Math.max(1, Math.min(length, PIECE_BYTES)));
            int done = 0;
            while (done < length) {
                long result =
                        Syscall.callRestarting(
                                Syscall.PREAD64,
                                fd,
                                piece.address(),
                                Math.min(piece.byteSize(), length - done),
                                offset + done);
                check(result, "read", path, offset + done, length - done);
                if (result == 0) {
                    throw new IoException(
                            new IoError.ShortRead(path.toString(), offset, length, done));
                }
                MemorySegment.copy(piece, 0, target, targetOffset + done, result);
                done += (int) result;
            }
        }
    }

    static long check(long result, String verb, Path path) {
        return check(result, verb, path, 0, 0);
    }

    /** Answers {@code result} when it is no error, else throws what it says. */
    static long check(long result, String verb, Path path, long offset, long length) {
        if (result < 0) {
            throw new IoException(
                    new IoError.Io(verb, path.toString(), offset, length, (int) -result));
        }
        return result;
    }
}
