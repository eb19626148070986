package site.js0.jdb.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.linux.LinuxDirectory;
import site.js0.jdb.fs.linux.Syscall;

/**
 * The directories of the machine: {@link #create()} gives the best way to them. This class itself
 * is the portable one, over {@code java.nio.file}, for systems other than Linux and for JVMs that
 * deny native access.
 *
 * <p>What the JDK reports as a type of exception becomes the errno that type stands for. What it
 * reports as text only is looked up among the texts of the C libraries; a text that is not known
 * (another language) becomes EIO and stays readable in the cause.
 */
public final class HostDirectory implements Directory {
    private HostDirectory() {}

    /** System calls on Linux, {@code java.nio.file} elsewhere. */
    public static Directory create() {
        return Syscall.unavailable() == null ? new LinuxDirectory() : new HostDirectory();
    }

    /** The {@code java.nio.file} one, whatever the system. */
    static Directory portable() {
        return new HostDirectory();
    }

    @Override
    public boolean exists(Path path) {
        try {
            attributes(path);
            return true;
        } catch (IOException e) {
            int errno = errno(e);
            if (errno == Errno.ENOENT || errno == Errno.ENOTDIR) {
                return false;
            }
            throw failed("stat", path, e);
        }
    }

    @Override
    public void mkdir(Path path) {
        try {
            Files.createDirectory(path, ownerOnly(path));
        } catch (IOException e) {
            throw failed("mkdir", path, e);
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path path) {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        };
    }

    @Override
    public List<Entry> ls(Path path) {
        List<Entry> entries = new ArrayList<>();
        try {
            requireDirectory(path);
            try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
                for (Path child : children) {
                    entries.add(
                            new Entry(
                                    String.valueOf(child.getFileName()), kind(attributes(child))));
                }
            }
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw failed("ls", path, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw failed("ls", path, e);
        }
        entries.sort(Comparator.comparing(Entry::name));
        return List.copyOf(entries);
    }

    @Override
    public long size(Path path) {
        try {
            BasicFileAttributes attributes = attributes(path);
            int errno =
                    switch (kind(attributes)) {
                        case FILE -> 0;
                        case DIRECTORY -> Errno.EISDIR;
                        case SYMLINK -> Errno.ELOOP;
                        case OTHER -> Errno.EINVAL;
                    };
            if (errno != 0) {
                throw new IoException(new IoError.Io("size", path.toString(), 0, 0, errno));
            }
            return attributes.size();
        } catch (IOException e) {
            throw failed("size", path, e);
        }
    }

    @Override
    public void rename(Path from, Path to) {
        try {
            Files.move(
                    from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failed("rename", from, e);
        }
    }

    @Override
    public void remove(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw failed("remove", path, e);
        }
    }

    @Override
    public void syncDir(Path path) {
        try {
            requireDirectory(path);
            try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
                directory.force(true);
            }
        } catch (IOException e) {
            throw failed("sync_dir", path, e);
        }
    }

    /** Refuses a link in the last place, which the JDK's own verbs would follow. */
    private static void requireDirectory(Path path) throws IOException {
        if (!attributes(path).isDirectory()) {
            throw new NotDirectoryException(path.toString());
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static EntryKind kind(BasicFileAttributes attributes) {
        if (attributes.isSymbolicLink()) {
            return EntryKind.SYMLINK;
        }
        if (attributes.isDirectory()) {
            return EntryKind.DIRECTORY;
        }
        return attributes.isRegularFile() ? EntryKind.FILE : EntryKind.OTHER;
    }

    /**
     * The portable translation of what {@code java.nio} throws, also for drivers over FileChannel.
     */
    public static IoException failed(String verb, Path path, IOException cause) {
        return new IoException(new IoError.Io(verb, path.toString(), 0, 0, errno(cause)), cause);
    }

    /**
     * The errno that an exception of {@code java.nio} stands for; EIO when it says nothing more.
     */
    public static int errno(IOException cause) {
        return switch (cause) {
            case NoSuchFileException e -> Errno.ENOENT;
            case FileAlreadyExistsException e -> Errno.EEXIST;
            case DirectoryNotEmptyException e -> Errno.ENOTEMPTY;
            case NotDirectoryException e -> Errno.ENOTDIR;
            case AccessDeniedException e -> Errno.EACCES;
            case AtomicMoveNotSupportedException e -> Errno.EXDEV;
            case FileSystemLoopException e -> Errno.ELOOP;
            case NotLinkException e -> Errno.EINVAL;
            case FileSystemException e -> errnoOfText(e.getReason());
            default -> errnoOfText(cause.getMessage());
        };
    }

    /** Texts of strerror(3) in glibc and musl, which differ in a few. */
    private static int errnoOfText(@Nullable String text) {
        if (text == null) {
            return Errno.EIO;
        }
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "operation not permitted" -> Errno.EPERM;
            case "no such file or directory" -> Errno.ENOENT;
            case "interrupted system call" -> Errno.EINTR;
            case "cannot allocate memory", "out of memory" -> Errno.ENOMEM;
            case "permission denied" -> Errno.EACCES;
            case "device or resource busy", "resource busy" -> Errno.EBUSY;
            case "file exists" -> Errno.EEXIST;
            case "invalid cross-device link", "cross-device link" -> Errno.EXDEV;
            case "not a directory" -> Errno.ENOTDIR;
            case "is a directory" -> Errno.EISDIR;
            case "invalid argument" -> Errno.EINVAL;
            case "too many open files", "no file descriptors available" -> Errno.EMFILE;
            case "no space left on device" -> Errno.ENOSPC;
            case "read-only file system" -> Errno.EROFS;
            case "directory not empty" -> Errno.ENOTEMPTY;
            case "too many levels of symbolic links", "symbolic link loop" -> Errno.ELOOP;
            case "operation not supported", "not supported" -> Errno.EOPNOTSUPP;
            case "disk quota exceeded", "quota exceeded" -> Errno.EDQUOT;
            default -> Errno.EIO;
        };
    }
}
