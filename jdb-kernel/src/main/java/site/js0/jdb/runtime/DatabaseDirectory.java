package site.js0.jdb.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.MemoryBudget;
import site.js0.jdb.fs.BlockingIo;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.layout.IdentityFile;
import site.js0.jdb.tablet.TabletFiles;
import site.js0.jdb.wal.LogFiles;

/**
 * A database's directory: made, recognised, or refused; which logs it has. Used by the thread that
 * opens.
 *
 * <p>A directory is a database once the file {@code JDB} is in it, which is put there last and
 * durably. Entries that are neither ours nor left over from a creation that did not finish are
 * refused: nothing of a user's is touched.
 */
final class DatabaseDirectory {
    private static final String IDENTITY = "JDB";
    private static final String LAYOUT = "LAYOUT";
    private static final String TEMPORARY = ".new";
    private static final int VNODES_MAX = 4096;
    private static final int SHARDS_MAX = 1024;
    private static final Pattern OURS =
            Pattern.compile("JDB(\\.new)?|LAYOUT(\\.new)?|LOCK|log-\\d+-\\d+|vnode-\\d+");

    private final Path path;
    private final IoDriver driver;
    private final Directory directory;
    private final Supplier<UUID> newId;

    private IdentityFile identity = new IdentityFile(IdentityFile.FORMAT, 1, 0, 0, 1);
    private IdentityFile layout = identity;

    DatabaseDirectory(Path path, IoDriver driver, Supplier<UUID> newId) {
        this.newId = newId;
        this.path = path;
        this.driver = driver;
        this.directory = driver.directory();
    }

    /**
     * Makes the directory itself where allowed, and checks that every entry in it is one of ours.
     */
    void prepare(JdbOptions options) {
        if (!directory.exists(path)) {
            if (!options.createIfMissing()) {
                throw notADatabase("an existing database", "nothing there");
            }
            requireMemory(options);
            makeDirectory();
        }
        for (Directory.Entry entry : list()) {
            boolean folder = entry.name().startsWith("log-") || entry.name().startsWith("vnode-");
            Directory.EntryKind kind =
                    folder ? Directory.EntryKind.DIRECTORY : Directory.EntryKind.FILE;
            if (!OURS.matcher(entry.name()).matches() || entry.kind() != kind) {
                throw notADatabase(
                        "an empty directory or a database's own files",
                        "the foreign entry \"" + entry.name() + "\" (" + entry.kind() + ")");
            }
            if (entry.name().startsWith("vnode-")) {
                TabletFiles.refuseForeign(driver, path.resolve(entry.name()));
            }
        }
    }

    /** Before anything is made: a database that could not be opened is not worth making. */
    private static void requireMemory(JdbOptions options) {
        var _ = MemoryBudget.of(options, options.shardsOrDefault(), vnodesToMake(options));
    }

    private static int vnodesToMake(JdbOptions options) {
        return options.vnodes() == 0 ? options.shardsOrDefault() : options.vnodes();
    }

    private void makeDirectory() {
        try {
            directory.mkdir(path);
        } catch (IoException e) {
            if (e.errno() == Errno.ENOENT) {
                throw notADatabase("a path whose parent directory exists", "no parent directory");
            }
            throw Failures.forCaller(e);
        }
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            directory.syncDir(parent);
        }
    }

    private List<Directory.Entry> list() {
        try {
            return directory.ls(path);
        } catch (IoException e) {
            if (e.errno() == Errno.ENOTDIR) {
                throw notADatabase("a directory", "a file");
            }
            throw Failures.forCaller(e);
        }
    }

    /** Reads what the directory is, or makes it one. Needs the lock. */
    void open(JdbOptions options, Clock clock) {
        if (directory.exists(path.resolve(IDENTITY))) {
            identity = readBlock(IDENTITY, IdentityFile.MAGIC_IDENTITY, VNODES_MAX);
            layout = readBlock(LAYOUT, IdentityFile.MAGIC_LAYOUT, SHARDS_MAX);
            if (layout.idHigh() != identity.idHigh() || layout.idLow() != identity.idLow()) {
                throw new JdbException(
                        new JdbError.Corrupt(
                                path.resolve(LAYOUT).toString(),
                                16,
                                "the database id is that of " + IDENTITY));
            }
            return;
        }
        if (!options.createIfMissing()) {
            throw notADatabase("the file " + IDENTITY, "none");
        }
        for (Directory.Entry entry : list()) {
            // A creation that did not finish leaves VNodes without a tree, and logs without a byte.
            if (entry.name().startsWith("log-")
                    && !LogFiles.areEmpty(driver, path.resolve(entry.name()))) {
                throw notADatabase(
                        "the file " + IDENTITY + " beside its data",
                        "a log without it: " + entry.name());
            }
        }
        create(options, clock);
    }

    private void create(JdbOptions options, Clock clock) {
        requireMemory(options);
        int vnodes = vnodesToMake(options);
        UUID id = newId.get();
        long now = Math.max(1, clock.wallNanos());
        identity =
                new IdentityFile(
                        IdentityFile.FORMAT,
                        vnodes,
                        id.getMostSignificantBits(),
                        id.getLeastSignificantBits(),
                        now);
        for (int vnode = 0; vnode < vnodes; vnode++) {
            TabletFiles.create(
                    driver, subdirectory(vnode(vnode).getFileName().toString()), id, vnode);
        }
        writeLayout(options.shardsOrDefault(), 1);
        writeBlock(IDENTITY, identity, IdentityFile.MAGIC_IDENTITY);
    }

    /** From now on the database has {@code shards} logs of a new generation. */
    void writeLayout(int shards, long generation) {
        for (int shard = 0; shard < shards; shard++) {
            LogFiles.create(driver, subdirectory(log(generation, shard).getFileName().toString()));
        }
        layout =
                new IdentityFile(
                        IdentityFile.FORMAT,
                        shards,
                        identity.idHigh(),
                        identity.idLow(),
                        generation);
        writeBlock(LAYOUT, layout, IdentityFile.MAGIC_LAYOUT);
    }

    /**
     * @throws JdbException Corrupt, when a log is gone
     */
    void requireLogs() {
        for (int shard = 0; shard < shards(); shard++) {
            LogFiles.require(driver, log(generation(), shard));
        }
    }

    /** Replaces a file as a whole: either the old or the new one is there after a crash. */
    private void writeBlock(String name, IdentityFile content, long magic) {
        Path target = path.resolve(name);
        Path temporary = path.resolve(name + TEMPORARY);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment block = arena.allocate(IdentityFile.BYTES, IdentityFile.BYTES);
            content.write(block, magic);
            if (directory.exists(temporary)) {
                directory.remove(temporary);
            }
            try (IoFile file = driver.open(temporary, OpenMode.CREATE, FileRole.META)) {
                BlockingIo.write(driver, file, 0, block, 0, IdentityFile.BYTES);
                BlockingIo.syncAll(driver, file);
            }
            directory.rename(temporary, target);
            directory.syncDir(path);
        } catch (IoException e) {
            throw Failures.forCaller(e);
        }
    }

    private IdentityFile readBlock(String name, long magic, int countMax) {
        Path file = path.resolve(name);
        try (Arena arena = Arena.ofShared();
                IoFile open = driver.open(file, OpenMode.READ, FileRole.META)) {
            MemorySegment block = arena.allocate(IdentityFile.BYTES, IdentityFile.BYTES);
            if (open.size() < IdentityFile.BYTES) {
                throw corrupt(file, "the file has 4096 bytes, found " + open.size());
            }
            BlockingIo.read(driver, open, 0, block, 0, IdentityFile.BYTES);
            int format = IdentityFile.read(block).format();
            if (IdentityFile.hasMagic(block, magic) && format > IdentityFile.FORMAT) {
                throw new JdbException(
                        new JdbError.NewerFormat(file.toString(), format, IdentityFile.FORMAT));
            }
            if (open.size() > IdentityFile.BYTES) {
                throw corrupt(file, "the file has 4096 bytes, found " + open.size());
            }
            String broken = IdentityFile.brokenRule(block, magic, countMax);
            if (broken != null) {
                throw corrupt(file, broken);
            }
            return IdentityFile.read(block);
        } catch (IoException e) {
            throw Failures.forCaller(e);
        }
    }

    /**
     * Logs of other generations: left over from a change of the shard count that did not finish.
     */
    void removeStaleLogs() {
        String present = "log-" + generation() + "-";
        for (Directory.Entry entry : directory.ls(path)) {
            if (entry.name().startsWith("log-") && !entry.name().startsWith(present)) {
                Path log = path.resolve(entry.name());
                for (Directory.Entry segment : directory.ls(log)) {
                    directory.remove(log.resolve(segment.name()));
                }
                directory.remove(log);
            }
        }
        directory.syncDir(path);
    }

    /** Makes a subdirectory durably if it is not there. */
    private Path subdirectory(String name) {
        Path child = path.resolve(name);
        if (!directory.exists(child)) {
            directory.mkdir(child);
            directory.syncDir(path);
        }
        return child;
    }

    Path log(long generation, int shard) {
        return path.resolve("log-" + generation + "-" + shard);
    }

    Path vnode(int vnode) {
        return path.resolve("vnode-" + vnode);
    }

    int vnodes() {
        return identity.count();
    }

    int shards() {
        return layout.count();
    }

    long generation() {
        return layout.stamp();
    }

    long idHigh() {
        return identity.idHigh();
    }

    long idLow() {
        return identity.idLow();
    }

    private JdbException notADatabase(String expected, String found) {
        return new JdbException(new JdbError.NotADatabase(path.toString(), expected, found));
    }

    private static JdbException corrupt(Path file, String rule) {
        return new JdbException(new JdbError.Corrupt(file.toString(), 0, rule));
    }
}
