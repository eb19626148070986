package site.js0.jdb.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Keeps other processes, and a second handle of this one, out of a directory: a lock on the file
 * {@code LOCK}, which the system drops with the process. Its text names the holder, for the message
 * that the other one gets.
 */
final class DirectoryLock implements AutoCloseable {
    private static final int TEXT_BYTES_MAX = 512;

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    static DirectoryLock acquire(Path directory) {
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
            FileLock lock = tryLock(channel);
            if (lock == null) {
                String holder = holder(channel);
                channel.close();
                throw new JdbException(new JdbError.Locked(directory.toString(), holder));
            }
            ProcessHandle self = ProcessHandle.current();
            String text =
                    "process "
                            + self.pid()
                            + self.info().command().map(c -> " (" + c + ")").orElse("");
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
            return new DirectoryLock(channel);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw new JdbException(
                    new JdbError.Io(
                            "lock",
                            file.toString(),
                            Objects.requireNonNullElse(e.getMessage(), e.toString())),
                    e);
        }
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

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
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
        try {
            // The file stays: removing it would race with the next opener.
            channel.truncate(0);
            channel.close();
        } catch (IOException e) {
            throw new JdbException(
                    new JdbError.Io("unlock", "LOCK", String.valueOf(e.getMessage())), e);
        }
    }
}
