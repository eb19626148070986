package site.js0.jdb.vlog;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.BlobHeader;
import site.js0.jdb.layout.ValueFileHeader;

/**
 * The files of a value log: which one is written, how much of each is alive, which may go.
 *
 * <p>Values go to the active file; when one does not fit, the next file, prepared ahead, becomes
 * active. A value too large for any gets a file of its own. A file that is not written any more is
 * cut to what it holds.
 *
 * <p>Owner: holder of the shard; {@link #service}: the shard's thread.
 */
final class FileTable {
    private static final int BLOCK = ValueFileHeader.BYTES;

    /** Statistics: u32 count, u32 zero, then per file u32 id, u32 zero, u64 live bytes. */
    private static final int STATS_HEADER_BYTES = 8;

    private static final int STATS_ENTRY_BYTES = 16;

    private final VlogConfig config;
    private final FileTasks tasks;

    /** By id, ascending. */
    private final List<ValueFile> files = new ArrayList<>();

    private int nextId;
    private long useCount;
    private @Nullable ValueFile active;
    private @Nullable ValueFile next;

    /** The present file for values that fit no other. */
    private @Nullable ValueFile own;

    private long ownBytesWanted;
    private boolean nextWanted;

    FileTable(VlogConfig config, FileTasks tasks, List<ValueFile> found) {
        this.config = config;
        this.tasks = tasks;
        files.addAll(found);
        nextId = found.isEmpty() ? 1 : Math.addExact(found.getLast().id, 1);
    }

    List<ValueFile> all() {
        return files;
    }

    /** The file {@code id}, or null when there is none. */
    @Nullable ValueFile find(int id) {
        int low = 0;
        int high = files.size() - 1;
        while (low <= high) {
            int mid = (low + high) >>> 1;
            ValueFile f = files.get(mid);
            if (f.id == id) {
                return f;
            }
            if (f.id < id) {
                low = mid + 1;
            } else {
                high = mid - 1;
            }
        }
        return null;
    }

    /** The file {@code id}; a pointer into one that is not there is damage. */
    ValueFile require(int id) {
        ValueFile f = find(id);
        if (f == null || f.doomed) {
            throw missing(id);
        }
        return f;
    }

    /** What a pointer into a file that is not there means. */
    JdbException missing(int id) {
        String name =
                id > 0
                        ? ValueFileName.path(config.directory(), id).toString()
                        : config.directory().toString();
        return new JdbException(
                new JdbError.Corrupt(name, 0, "a value lies in file " + id + ", which is missing"));
    }

    /** Marks a use, for closing what was not used for longest. */
    void touch(ValueFile file) {
        file.lastUse = ++useCount;
    }

    /**
     * A file with room for {@code bytes} at its end. Asked again with the same number it answers
     * the same file until that was used.
     *
     * @return null when one is being prepared, or can't be ({@link #full})
     */
    @Nullable ValueFile forWrite(long bytes) {
        if (bytes > config.fileBytes() - BLOCK) {
            return ownFor(bytes);
        }
        ValueFile a = active;
        if (a != null && a.end + bytes <= a.capacity) {
            return a;
        }
        if (next == null) {
            nextWanted = true;
            return null;
        }
        if (next.end + bytes > next.capacity) {
            return ownFor(bytes); // a small one, made when the device was almost full
        }
        if (a != null) {
            tasks.seal(a);
        }
        active = next;
        next = null;
        return active;
    }

    private @Nullable ValueFile ownFor(long bytes) {
        ValueFile f = own;
        if (f != null && f.end + bytes <= f.capacity) {
            return f;
        }
        if (f != null) {
            tasks.seal(f);
            own = null;
        }
        ownBytesWanted = BLOCK + bytes;
        return null;
    }

    /** A write into it failed: nothing more is written there. */
    void retire(ValueFile file) {
        if (file == active) {
            active = null;
            tasks.seal(file);
        } else if (file == own) {
            own = null;
            tasks.seal(file);
        }
    }

    /** Why no file can be had now, or null. */
    JdbError.@Nullable DiskFull full() {
        return isPreparing() ? null : tasks.full();
    }

    /** True while a file that somebody waits for is under way. */
    boolean isPreparing() {
        return tasks.isCreating();
    }

    boolean wantsService() {
        return tasks.wantsService() || (wantsFile() && tasks.mayCreate());
    }

    private boolean wantsFile() {
        return ownBytesWanted > 0 || nextWanted || wantsAhead();
    }

    private boolean wantsAhead() {
        return active != null && next == null && active.end > active.capacity / 2;
    }

    /** Starts what is to be done with files. */
    int service() {
        int work = 0;
        if (wantsFile() && tasks.mayCreate()) {
            long bytes = ownBytesWanted > 0 ? ownBytesWanted : config.fileBytes();
            tasks.create(nextId++, bytes, ownBytesWanted > 0);
            ownBytesWanted = 0;
            nextWanted = false;
            work++;
        }
        closeUnused();
        return work + tasks.service();
    }

    /** A file is ready to be written: its header is on the device. */
    void prepared(ValueFile file, boolean forOne) {
        files.add(file);
        if (forOne) {
            own = file;
        } else {
            next = file;
        }
    }

    private void closeUnused() {
        if (tasks.openCount() <= config.openFilesMax()) {
            return;
        }
        ValueFile oldest = null;
        for (int i = 0; i < files.size(); i++) {
            ValueFile f = files.get(i);
            if (f.isOpen()
                    && isIdle(f)
                    && !f.dirty
                    && (oldest == null || f.lastUse < oldest.lastUse)) {
                oldest = f;
            }
        }
        if (oldest != null) {
            tasks.close(oldest);
        }
    }

    private boolean isIdle(ValueFile f) {
        return f.inFlight == 0 && !f.inTask && f != active && f != next && f != own;
    }

    /** The tree points to a value now; before, only log or memtable did. */
    void added(int fileId, int length) {
        ValueFile f = require(fileId);
        long bytes = BlobHeader.blobBytes(length);
        assert f.pending >= bytes;
        f.pending -= bytes;
        f.live += bytes;
    }

    /** The tree does not point to a value any more. */
    void dropped(int fileId, int length) {
        ValueFile f = require(fileId);
        long bytes = BlobHeader.blobBytes(length);
        assert f.live >= bytes;
        f.live -= bytes;
    }

    /** A record of the log that points to a value was replayed. */
    void replayed(int fileId, int length) {
        ValueFile f = require(fileId);
        f.pending += BlobHeader.blobBytes(length);
        f.dirty = true;
    }

    /** A value that was written or replayed will never be in the tree. */
    void abandoned(int fileId, int length) {
        ValueFile f = require(fileId);
        long bytes = BlobHeader.blobBytes(length);
        assert f.pending >= bytes;
        f.pending -= bytes;
    }

    int statsBytes() {
        int n = 0;
        for (ValueFile f : files) {
            n += f.live > 0 ? 1 : 0;
        }
        return STATS_HEADER_BYTES + n * STATS_ENTRY_BYTES;
    }

    /**
     * What replay counted a second time would be believed to be damage when it is read: no file has
     * more alive than it holds.
     */
    void writeStats(MemorySegment to, long at) {
        long entry = at + STATS_HEADER_BYTES;
        int n = 0;
        for (ValueFile f : files) {
            f.emptyAtCheckpoint = f.isEmpty();
            if (f.live > 0) {
                to.set(LE_INT, entry, f.id);
                to.set(LE_INT, entry + 4, 0);
                to.set(LE_LONG, entry + 8, Math.min(f.live, f.end));
                entry += STATS_ENTRY_BYTES;
                n++;
            }
        }
        to.set(LE_INT, at, n);
        to.set(LE_INT, at + 4, 0);
    }

    void readStats(MemorySegment from, long at, int bytes) {
        String where = config.directory().toString();
        int n = bytes < STATS_HEADER_BYTES ? -1 : from.get(LE_INT, at);
        if (n < 0 || STATS_HEADER_BYTES + (long) n * STATS_ENTRY_BYTES != bytes) {
            throw new JdbException(
                    new JdbError.Corrupt(where, at, "value statistics of an impossible size"));
        }
        for (int i = 0; i < n; i++) {
            long entry = at + STATS_HEADER_BYTES + (long) i * STATS_ENTRY_BYTES;
            ValueFile f = require(from.get(LE_INT, entry));
            long live = from.get(LE_LONG, entry + 8);
            if (live <= 0 || live > f.end || f.live != 0 || !f.headerIntact) {
                throw new JdbException(
                        new JdbError.Corrupt(
                                f.path.toString(),
                                0,
                                "the checkpoint counts "
                                        + live
                                        + " live bytes in it, which can't be"));
            }
            f.live = live;
        }
    }

    /** Removes files that the last durable checkpoint and everything since find empty. */
    int releaseEmpty() {
        int n = 0;
        for (int i = files.size() - 1; i >= 0; i--) {
            ValueFile f = files.get(i);
            if (f.emptyAtCheckpoint && f.isEmpty() && isIdle(f)) {
                files.remove(i);
                f.doomed = true;
                f.dirty = false;
                tasks.remove(f);
                n++;
            }
        }
        return n;
    }

    /** Files that are written now: to be cut to what they hold at close. */
    List<ValueFile> unsealed() {
        List<ValueFile> result = new ArrayList<>();
        for (ValueFile f : new ValueFile[] {active, next, own}) {
            if (f != null) {
                result.add(f);
            }
        }
        return result;
    }
}
