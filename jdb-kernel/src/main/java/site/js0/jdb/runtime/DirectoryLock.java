package site.js0.jdb.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Keeps other processes, and a second handle of this one, out of a directory: a lock on the file
 * {@code LOCK}, which the system drops with the process. Its text names the holder, for the message
 * that the other one gets.
 *
 * <p>On Linux such a lock is the process's, and closing <em>any</em> channel on the file drops it.
 * So a directory that this process has locked is known here, by its real path, and its {@code LOCK}
 * is not opened a second time.
 */
final class DirectoryLock implements AutoCloseable {
    private static final int TEXT_BYTES_MAX = 512;

    /** What this process has locked, by real path. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    /** Channels that must not be closed, see {@link #lock}. */
    private static final Set<FileChannel> KEPT_OPEN = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * @throws JdbException Locked, naming who has it; Io
     */
    static DirectoryLock acquire(Path path) {
        Path directory;
        try {
            directory = path.toRealPath();
        } catch (IOException e) {
            throw failed("lock", path, e);
        }
        if (!HELD.add(directory)) {
            throw new JdbException(
                    new JdbError.Locked(directory.toString(), "this process, " + self()));
        }
        boolean locked = false;
        try {
            DirectoryLock lock = lock(directory);
            locked = true;
            return lock;
        } finally {
            if (!locked) {
                HELD.remove(directory);
            }
        }
    }

    private static DirectoryLock lock(Path directory) {
        Path file = directory.resolve("LOCK");
        FileChannel channel = null;
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                createPrivate(file);
            }
            channel =
                    FileChannel.open(
                            file,
                            Set.of(
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE,
                                    LinkOption.NOFOLLOW_LINKS));
            FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                // Loaded twice, this class doesn't know what its twin has locked.
                KEPT_OPEN.add(channel);
                throw new JdbException(
                        new JdbError.Locked(directory.toString(), "this process, " + self()), e);
            }
            if (lock == null) {
                String holder = holder(channel);
                channel.close();
                throw new JdbException(new JdbError.Locked(directory.toString(), holder));
            }
            writeHolder(channel);
            return new DirectoryLock(directory, channel);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw failed("lock", file, e);
        }
    }

    private static void writeHolder(FileChannel channel) {
        try {
            byte[] text = self().getBytes(StandardCharsets.UTF_8);
            channel.write(ByteBuffer.wrap(text), 0);
            channel.truncate(text.length);
        } catch (IOException e) {
            // A full disk, say. The lock holds without a text; only the other's message is poorer.
        }
    }

    private static String self() {
        ProcessHandle self = ProcessHandle.current();
        return "process " + self.pid() + self.info().command().map(c -> " (" + c + ")").orElse("");
    }

    private static JdbException failed(String op, Path file, IOException e) {
        String detail = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return new JdbException(
                new JdbError.Io(
                        op, file.toString(), Objects.requireNonNullElse(detail, e.toString())),
                e);
    }

    private static void createPrivate(Path file) throws IOException {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        try {
            if (posix) {
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            } else {
                Files.createFile(file);
            }
        } catch (java.nio.file.FileAlreadyExistsException e) {
            // Another process was faster; the lock decides.
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(TEXT_BYTES_MAX);
        channel.read(text, 0);
        String found = StandardCharsets.UTF_8.decode(text.flip()).toString();
        return found.isBlank() ? "another process" : found;
    }

    private static void closeQuietly(@Nullable FileChannel channel, IOException e) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException second) {
                e.addSuppressed(second);
            }
        }
    }

    @Override
    public void close() {
        // File and text stay: removing the file would race with the next opener, and the next text
        // has its block already when the disk is full.
        try {
            channel.close();
        } catch (IOException e) {
            throw failed("unlock", directory.resolve("LOCK"), e);
        } finally {
            HELD.remove(directory);
        }
    }
}
