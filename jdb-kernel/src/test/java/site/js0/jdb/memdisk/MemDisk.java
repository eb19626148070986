package site.js0.jdb.memdisk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/**
 * Files in memory, twice: as the system shows them and as they would be after a power loss.
 *
 * <p>{@link #killed} is what is left when the process dies: all that was stored. {@link #powerLost}
 * keeps of every file what was synced and, of each 512-byte sector changed since, either state; and
 * of the directory changes that were not synced any number from the first on.
 */
public final class MemDisk implements Directory {
    static final int SECTOR = 512;

    /** One file's bytes. */
    static final class Inode {
        byte[] now = new byte[0];
        byte[] durable = new byte[0];

        void resize(long bytes) {
            now = Arrays.copyOf(now, Math.toIntExact(bytes));
        }

        void sync() {
            durable = now.clone();
        }
    }

    private final TreeMap<Path, Inode> now = new TreeMap<>();
    private TreeMap<Path, Inode> durable = new TreeMap<>();
    private final List<NameChange> unsynced = new ArrayList<>();

    /** What all files together may take; more is ENOSPC. */
    public long capacity = Long.MAX_VALUE;

    /** Bytes of all files. */
    public long used() {
        return now.values().stream().distinct().mapToLong(i -> i.now.length).sum();
    }

    Inode inode(Path path) {
        Inode i = now.get(path);
        if (i == null) {
            throw error("open", path, Errno.ENOENT);
        }
        return i;
    }

    Inode create(Path path) {
        Inode i = new Inode();
        changeNames(m -> m.put(path, i));
        return i;
    }

    void reserve(Path path, long more) {
        if (used() + more > capacity) {
            throw error("allocate", path, Errno.ENOSPC);
        }
    }

    private interface NameChange {
        void apply(Map<Path, Inode> names);
    }

    private void changeNames(NameChange change) {
        change.apply(now);
        unsynced.add(change);
    }

    static IoException error(String op, Path path, int errno) {
        return new IoException(new IoError.Io(op, path.toString(), 0, 0, errno));
    }

    /** The disk after the process died now. */
    public MemDisk killed() {
        return this;
    }

    /** A disk as it may be after power went away now; this one stays as it is. */
    public MemDisk powerLost(SplittableRandom random) {
        int kept = random.nextInt(unsynced.size() + 1);
        TreeMap<Path, Inode> names = new TreeMap<>(durable);
        unsynced.subList(0, kept).forEach(change -> change.apply(names));
        MemDisk after = new MemDisk();
        after.capacity = capacity;
        names.forEach((path, inode) -> after.now.put(path, survivor(inode, random)));
        after.durable = new TreeMap<>(after.now);
        return after;
    }

    private static Inode survivor(Inode inode, SplittableRandom random) {
        Inode left = new Inode();
        // How much of what was not synced got through varies from all to nothing.
        int percent = random.nextInt(5) * 25;
        byte[] bytes = inode.durable.clone();
        if (inode.now.length > bytes.length && random.nextInt(100) < percent) {
            bytes = Arrays.copyOf(bytes, inode.now.length);
        }
        for (int at = 0; at < Math.min(bytes.length, inode.now.length); at += SECTOR) {
            int n = Math.min(SECTOR, Math.min(bytes.length, inode.now.length) - at);
            if (random.nextInt(100) < percent) {
                System.arraycopy(inode.now, at, bytes, at, n);
            }
        }
        left.now = bytes;
        left.sync();
        return left;
    }

    /** The present bytes of a file, to look at or to damage. */
    public byte[] bytes(Path path) {
        return inode(path).now;
    }

    /** Replaces a file's bytes, durably. */
    public void setBytes(Path path, byte[] bytes) {
        Inode i = now.get(path);
        if (i == null) {
            i = create(path);
        }
        i.now = bytes;
        i.sync();
    }

    /** Adds a name that is no file of the engine. */
    public void addForeign(Path path) {
        create(path);
    }

    static void copyOut(byte[] from, long at, MemorySegment to, long offset, int length) {
        MemorySegment.copy(MemorySegment.ofArray(from), at, to, offset, length);
    }

    static void copyIn(MemorySegment from, long offset, byte[] to, long at, int length) {
        MemorySegment.copy(from, offset, MemorySegment.ofArray(to), at, length);
    }

    /** A native copy of {@code bytes}, for readers. */
    public static MemorySegment nativeCopy(byte[] bytes) {
        MemorySegment m = Arena.ofAuto().allocate(Math.max(bytes.length, 1), 4096);
        MemorySegment.copy(bytes, 0, m, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return m.asSlice(0, bytes.length);
    }

    @Override
    public boolean exists(Path path) {
        return now.containsKey(path);
    }

    @Override
    public void mkdir(Path path) {
        throw new UnsupportedOperationException("directories are there as soon as they are named");
    }

    @Override
    public List<Entry> ls(Path path) {
        return now.keySet().stream()
                .filter(p -> path.equals(p.getParent()))
                .map(p -> new Entry(p.getFileName().toString(), EntryKind.FILE))
                .toList();
    }

    @Override
    public long size(Path path) {
        return inode(path).now.length;
    }

    @Override
    public void rename(Path from, Path to) {
        Inode i = inode(from);
        changeNames(m -> {
            m.remove(from);
            m.put(to, i);
        });
    }

    @Override
    public void remove(Path path) {
        inode(path);
        changeNames(m -> m.remove(path));
    }

    @Override
    public void syncDir(Path path) {
        unsynced.forEach(change -> change.apply(durable));
        unsynced.clear();
    }
}
