package site.js0.jdb.fs.nio;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.OpenMode;

/** Opens channels: direct where the file system can, else through the page cache, saying why. */
final class Opening {
    /**
     * Callers lay their data out in blocks of 4 KiB; a file system that wants more is used through
     * the cache.
     */
    private static final long ALIGNMENT_MAX = 4096;

    /**
     * By name: javac warns of its package (module jdk.unsupported) whenever it is compiled against.
     */
    private static final @Nullable OpenOption DIRECT =
            constant("com.sun.nio.file.ExtendedOpenOption", "DIRECT");

    /**
     * An open channel, the alignment it needs (1: buffered) and why it is not direct, if it was to
     * be.
     */
    record Opened(FileChannel channel, int alignment, @Nullable String whyBuffered) {}

    private Opening() {}

    private static @Nullable OpenOption constant(String enumName, String name) {
        try {
            return (OpenOption) Class.forName(enumName).getField(name).get(null);
        } catch (ReflectiveOperationException e) {
            return null; // a JDK without it: everything is buffered, and describe() says so
        }
    }

    static Opened open(Path path, OpenMode mode) throws IOException {
        refuseOtherThanFile(path);
        Set<OpenOption> options = new HashSet<>();
        options.add(StandardOpenOption.READ);
        options.add(LinkOption.NOFOLLOW_LINKS);
        switch (mode) {
            case READ, READ_BUFFERED -> {}
            case READ_WRITE -> options.add(StandardOpenOption.WRITE);
            case CREATE -> {
                create(path, StandardOpenOption.CREATE_NEW);
                options.add(StandardOpenOption.WRITE);
            }
            case OPEN_OR_CREATE -> {
                create(path, StandardOpenOption.CREATE);
                options.add(StandardOpenOption.WRITE);
            }
            case WAL -> {
                create(path, StandardOpenOption.CREATE);
                options.add(StandardOpenOption.WRITE);
                options.add(StandardOpenOption.DSYNC);
            }
        }
        return mode == OpenMode.READ_BUFFERED
                ? new Opened(FileChannel.open(path, options), 1, null)
                : openDirect(path, options);
    }

    /**
     * Creating and opening direct are two steps: a refused O_DIRECT may leave the new file behind,
     * or may not.
     */
    private static void create(Path path, StandardOpenOption how) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.WRITE, how, LinkOption.NOFOLLOW_LINKS);
        FileChannel.open(path, options, Modes.file(path)).close();
    }

    private static Opened openDirect(Path path, Set<OpenOption> options) throws IOException {
        long blockSize = blockSize(path);
        String whyBuffered;
        if (DIRECT == null) {
            whyBuffered = "this Java runtime has no DIRECT option";
        } else if (blockSize < 1 || blockSize > ALIGNMENT_MAX || ALIGNMENT_MAX % blockSize != 0) {
            whyBuffered = "block size " + blockSize;
        } else {
            Set<OpenOption> direct = new HashSet<>(options);
            direct.add(DIRECT);
            try {
                return new Opened(FileChannel.open(path, direct), (int) blockSize, null);
            } catch (UnsupportedOperationException e) {
                whyBuffered = "not supported here";
            } catch (FileSystemException e) {
                int errno = NioErrors.errnoOf(e);
                if (errno != Errno.EINVAL && errno != Errno.EOPNOTSUPP) {
                    throw e;
                }
                whyBuffered = "refused by the file system (" + e.getReason() + ")";
            }
        }
        return new Opened(FileChannel.open(path, options), 1, whyBuffered);
    }

    private static long blockSize(Path path) throws IOException {
        try {
            return Files.getFileStore(path).getBlockSize();
        } catch (UnsupportedOperationException e) {
            return 0;
        }
    }

    /**
     * A directory, pipe or device here is a mistake or an attack; opening a pipe would even wait
     * for its other end.
     */
    static void refuseOtherThanFile(Path path) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes =
                    Files.readAttributes(
                            path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return; // the open decides
        }
        if (attributes.isSymbolicLink()) {
            throw new FileSystemException(
                    path.toString(), null, "Too many levels of symbolic links");
        } else if (attributes.isDirectory()) {
            throw new FileSystemException(path.toString(), null, "Is a directory");
        } else if (!attributes.isRegularFile()) {
            throw new FileSystemException(
                    path.toString(), null, "Invalid argument: no regular file");
        }
    }
}
