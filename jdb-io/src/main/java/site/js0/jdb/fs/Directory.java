package site.js0.jdb.fs;

import java.nio.file.Path;
import java.util.List;

/**
 * Directory verbs. Blocking; any thread. Every failure is an {@link IoException} that names the
 * path.
 *
 * <p>Changes of a directory (creating, renaming, removing) are durable only after {@link #syncDir}
 * of it.
 */
public interface Directory {
    /** What a directory entry is; links are not followed. */
    enum EntryKind {
        /** A regular file. */
        FILE,
        /** A directory. */
        DIRECTORY,
        /** A symbolic link, wherever it leads. */
        SYMLINK,
        /** A device, socket, pipe, ... */
        OTHER
    }

    /** One entry: its bare name and kind. */
    record Entry(String name, EntryKind kind) {}

    /** Whether something is at {@code path}; a dangling link counts. */
    boolean exists(Path path);

    /** Makes one directory, mode 0700; its parent must be there, it must not. */
    void mkdir(Path path);

    /** The entries, sorted by name. */
    List<Entry> ls(Path path);

    /** Bytes of the file at {@code path}. */
    long size(Path path);

    /** Renames atomically within one file system, replacing a file at {@code to}. */
    void rename(Path from, Path to);

    /** Removes a file or an empty directory. */
    void remove(Path path);

    /** Makes the entries of {@code path} durable. */
    void syncDir(Path path);
}
