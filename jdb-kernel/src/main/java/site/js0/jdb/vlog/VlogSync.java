package site.js0.jdb.vlog;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoOp;

/**
 * Makes completed writes durable: one sync of all dirty files at a time. A mark is the number of
 * writes completed and values replayed; a sync covers those that were there when it began.
 *
 * <p>A replayed value may never have been synced: the process that wrote it died. So its file is
 * dirty, and has to be opened first.
 *
 * <p>Owner: holder of the shard; completions: the shard's thread.
 */
final class VlogSync {
    private final IoDriver io;
    private final VlogHealth health;
    private final FileTable files;
    private final FileTasks tasks;
    private final BlobWriter writer;
    private final List<SyncOp> idleOps = new ArrayList<>();
    private final WaitList waiting = new WaitList();

    private long durableMark;
    private long markInSync;
    private int inFlight;

    /** A sync is to begin as soon as the files it needs are open. */
    private boolean wanted;

    long syncs;

    VlogSync(IoDriver io, VlogHealth health, FileTable files, FileTasks tasks, BlobWriter writer) {
        this.io = io;
        this.health = health;
        this.files = files;
        this.tasks = tasks;
        this.writer = writer;
    }

    boolean busy() {
        return inFlight > 0;
    }

    /** See {@link ValueLog#awaitSynced}. */
    int await(long mark, Waiter waiter) {
        assert mark <= writer.completedWrites;
        if (mark <= durableMark) {
            return Progress.DONE;
        }
        health.check();
        if (inFlight == 0) {
            wanted = true;
            begin();
            if (mark <= durableMark) {
                return Progress.DONE;
            }
        }
        waiting.add(waiter);
        return Progress.WAIT;
    }

    /** Asks for a sync for nobody, so that files need not be kept open for one. */
    void request() {
        if (inFlight == 0 && !health.failed() && durableMark < writer.completedWrites) {
            wanted = true;
        }
    }

    boolean wantsService() {
        return wanted && inFlight == 0 && !tasks.busy();
    }

    /** Begins the sync that is wanted once every file it needs is open. */
    int service() {
        if (!wantsService()) {
            return 0;
        }
        if (health.failed()) {
            wanted = false;
            waiting.resumeAll();
            return 1;
        }
        begin();
        return wanted ? 0 : 1;
    }

    private void begin() {
        if (!openDirty()) {
            return;
        }
        wanted = false;
        markInSync = writer.completedWrites;
        List<ValueFile> all = files.all();
        for (int i = 0; i < all.size(); i++) {
            ValueFile f = all.get(i);
            if (f.dirty) {
                f.dirty = false;
                f.inFlight++;
                inFlight++;
                SyncOp op = idleOps.isEmpty() ? new SyncOp() : idleOps.removeLast();
                op.begin(f);
                io.enqueue(op);
            }
        }
        if (inFlight == 0) { // what was dirty has been removed
            durableMark = markInSync;
            waiting.resumeAll();
            return;
        }
        syncs++;
    }

    /** True when every dirty file is open; has the others opened. */
    private boolean openDirty() {
        boolean ready = true;
        List<ValueFile> all = files.all();
        for (int i = 0; i < all.size(); i++) {
            ValueFile f = all.get(i);
            if (!f.dirty || f.isOpen()) {
                continue;
            }
            ready = false;
            if (f.openFailure != null && f.inFlight == 0) {
                health.fail("opening " + f.path.getFileName() + " to sync it", f.openFailure);
                f.openFailure = null;
            } else if (f.openFailure == null && !f.inTask) {
                tasks.open(f);
            }
        }
        return ready;
    }

    private final class SyncOp extends IoOp {
        private @Nullable ValueFile file;

        void begin(ValueFile file) {
            this.file = file;
            prepareSyncData(file.handle());
        }

        @Override
        protected void completed() {
            ValueFile f = Objects.requireNonNull(file);
            file = null;
            idleOps.add(this);
            f.inFlight--;
            if (!succeeded()) {
                f.dirty = true;
                health.fail("sync of " + f.path.getFileName(), failure());
            }
            if (--inFlight == 0) {
                if (!health.failed()) {
                    durableMark = markInSync;
                }
                waiting.resumeAll();
            }
        }
    }
}
