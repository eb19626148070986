package site.js0.jdb.fs.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;

/**
 * Directory verbs through system calls, so that every failure carries the kernel's errno.
 * Stateless.
 */
public final class LinuxDirectory implements Directory {
    private static final int AT_REMOVEDIR = 0x200;
    private static final int LISTING_BYTES = 32 * 1024;

    // struct linux_dirent64 (fs/readdir.c), packed: d_ino u64, d_off s64, d_reclen u16, d_type u8,
    // d_name.
    private static final long RECLEN = 16;
    private static final long TYPE = 18;
    private static final long NAME = 19;
    private static final int DT_UNKNOWN = 0;
    private static final int DT_DIR = 4;
    private static final int DT_REG = 8;
    private static final int DT_LNK = 10;

    @Override
    public boolean exists(Path path) {
        long result = Statx.ofPath(Fd.bytes(path), new Statx[1]);
        if (result == -Errno.ENOENT || result == -Errno.ENOTDIR) {
            return false;
        }
        Fd.check(result, "stat", path);
        return true;
    }

    @Override
    public void mkdir(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            long name = Fd.cString(arena, Fd.bytes(path)).address();
            Fd.check(
                    Syscall.callRestarting(
                            Syscall.MKDIRAT, Syscall.AT_FDCWD, name, Fd.DIRECTORY_MODE, 0),
                    "mkdir",
                    path);
        }
    }

    @Override
    public List<Entry> ls(Path path) {
        int fd = Fd.open(path, Syscall.O_RDONLY | Syscall.O_DIRECTORY);
        List<Entry> entries = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment listing = arena.allocate(LISTING_BYTES, Long.BYTES);
            long bytes;
            while ((bytes = list(fd, path, listing)) > 0) {
                collect(path, listing, bytes, entries);
            }
        } finally {
            Fd.close(fd);
        }
        entries.sort(Comparator.comparing(Entry::name));
        return List.copyOf(entries);
    }

    private static long list(int fd, Path path, MemorySegment listing) {
        return Fd.check(
                Syscall.callRestarting(Syscall.GETDENTS64, fd, listing.address(), LISTING_BYTES, 0),
                "ls",
                path);
    }

    private static void collect(Path path, MemorySegment listing, long bytes, List<Entry> entries) {
        long at = 0;
        while (at < bytes) {
            int nameBytes = 0;
            while (listing.get(ValueLayout.JAVA_BYTE, at + NAME + nameBytes) != 0) {
                nameBytes++;
            }
            byte[] raw = listing.asSlice(at + NAME, nameBytes).toArray(ValueLayout.JAVA_BYTE);
            String name = Fd.name(raw);
            if (!name.equals(".") && !name.equals("..")) {
                entries.add(
                        new Entry(
                                name,
                                kind(path, name, listing.get(ValueLayout.JAVA_BYTE, at + TYPE))));
            }
            at += Short.toUnsignedInt(listing.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + RECLEN));
        }
    }

    private static EntryKind kind(Path parent, String name, int type) {
        return switch (type) {
            case DT_REG -> EntryKind.FILE;
            case DT_DIR -> EntryKind.DIRECTORY;
            case DT_LNK -> EntryKind.SYMLINK;
            // Some file systems leave the type out of the listing.
            case DT_UNKNOWN ->
                    switch (stat(parent.resolve(name)).type()) {
                        case Statx.S_IFREG -> EntryKind.FILE;
                        case Statx.S_IFDIR -> EntryKind.DIRECTORY;
                        case Statx.S_IFLNK -> EntryKind.SYMLINK;
                        default -> EntryKind.OTHER;
                    };
            default -> EntryKind.OTHER;
        };
    }

    private static Statx stat(Path path) {
        Statx[] found = new Statx[1];
        Fd.check(Statx.ofPath(Fd.bytes(path), found), "stat", path);
        return found[0];
    }

    @Override
    public long size(Path path) {
        Statx stat = stat(path);
        Fd.check(
                switch (stat.type()) {
                    case Statx.S_IFREG -> 0;
                    case Statx.S_IFLNK -> -Errno.ELOOP;
                    case Statx.S_IFDIR -> -Errno.EISDIR;
                    default -> -Errno.EINVAL;
                },
                "size",
                path);
        return stat.sizeBytes();
    }

    @Override
    public void rename(Path from, Path to) {
        try (Arena arena = Arena.ofConfined()) {
            long oldName = Fd.cString(arena, Fd.bytes(from)).address();
            long newName = Fd.cString(arena, Fd.bytes(to)).address();
            Fd.check(
                    Syscall.callRestarting(
                            Syscall.RENAMEAT2,
                            Syscall.AT_FDCWD,
                            oldName,
                            Syscall.AT_FDCWD,
                            newName),
                    "rename",
                    from);
        }
    }

    @Override
    public void remove(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            long name = Fd.cString(arena, Fd.bytes(path)).address();
            long result = Syscall.callRestarting(Syscall.UNLINKAT, Syscall.AT_FDCWD, name, 0, 0);
            if (result == -Errno.EISDIR) {
                result =
                        Syscall.callRestarting(
                                Syscall.UNLINKAT, Syscall.AT_FDCWD, name, AT_REMOVEDIR, 0);
            }
            Fd.check(result, "remove", path);
        }
    }

    @Override
    public void syncDir(Path path) {
        int fd = Fd.open(path, Syscall.O_RDONLY | Syscall.O_DIRECTORY);
        try {
            Fd.syncAll(fd, path);
        } finally {
            Fd.close(fd);
        }
    }
}
