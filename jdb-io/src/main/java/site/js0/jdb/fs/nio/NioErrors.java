package site.js0.jdb.fs.nio;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.HostDirectory;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/**
 * Recovers an error number from what the JDK throws: {@link HostDirectory#errno} first, which knows
 * the types and the plain texts, then texts that the JDK adds to and those of Windows. Best effort:
 * what nobody knows becomes EIO, and the exception stays attached as the cause.
 */
final class NioErrors {
    /** Parts of messages, in lower case; the first that is found wins. */
    private static final List<Map.Entry<String, Integer>> PHRASES =
            List.of(
                    Map.entry(
                            "too many levels of symbolic links",
                            Errno.ELOOP), // + "... (NOFOLLOW_LINKS specified)"
                    Map.entry("no space left", Errno.ENOSPC),
                    Map.entry("not enough space on the disk", Errno.ENOSPC),
                    Map.entry("quota", Errno.EDQUOT),
                    Map.entry("read-only file system", Errno.EROFS),
                    Map.entry("write protected", Errno.EROFS),
                    Map.entry("being used by another process", Errno.EBUSY),
                    Map.entry("user-mapped section open", Errno.EBUSY),
                    Map.entry("access is denied", Errno.EACCES),
                    Map.entry("cannot find the", Errno.ENOENT),
                    Map.entry("directory is not empty", Errno.ENOTEMPTY),
                    Map.entry("parameter is incorrect", Errno.EINVAL),
                    Map.entry("invalid argument", Errno.EINVAL));

    private NioErrors() {}

    /** Linux's number for {@code failure}. */
    static int errnoOf(Throwable failure) {
        return switch (failure) {
            case ReadOnlyFileSystemException e -> Errno.EROFS;
            case ClosedChannelException e -> Errno.EBADF;
            case NonWritableChannelException e -> Errno.EBADF;
            case NonReadableChannelException e -> Errno.EBADF;
            case UnsupportedOperationException e -> Errno.EOPNOTSUPP;
            case IOException e -> {
                int errno = HostDirectory.errno(e);
                yield errno == Errno.EIO ? errnoOfText(e) : errno;
            }
            default -> Errno.EIO;
        };
    }

    private static int errnoOfText(IOException failure) {
        String text =
                failure instanceof FileSystemException f ? f.getReason() : failure.getMessage();
        if (text != null) {
            String lower = text.toLowerCase(Locale.ROOT);
            for (Map.Entry<String, Integer> phrase : PHRASES) {
                if (lower.contains(phrase.getKey())) {
                    return phrase.getValue();
                }
            }
        }
        return Errno.EIO;
    }

    /** The exception every verb here throws: number, place, and what the JDK said as the cause. */
    static IoException of(String verb, Object file, long offset, long length, Throwable failure) {
        return failure instanceof IoException io
                ? io
                : new IoException(
                        new IoError.Io(verb, file.toString(), offset, length, errnoOf(failure)),
                        failure);
    }
}
