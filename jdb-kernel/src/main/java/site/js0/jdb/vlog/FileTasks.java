package site.js0.jdb.vlog;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.layout.Checksum;
import site.js0.jdb.layout.ValueFileHeader;

/**
 * What is done to files and may block: making, opening, cutting, closing, removing. Runs as the
 * driver's task, one at a time. A new file's name is durable and its header with the device before
 * it is handed out.
 *
 * <p>Owner: holder of the shard; {@link #service} and completions: the shard's thread.
 */
final class FileTasks {
    private enum Verb {
        CREATE,
        OPEN,
        SEAL,
        CLOSE,
        REMOVE
    }

    /** Who is told of files that are ready to be written. */
    @FunctionalInterface
    interface OnPrepared {
        void prepared(ValueFile file, boolean forOne);
    }

    /** What is made when the device has no room for a whole file. */
    private static final long SMALL_FILE_BYTES = 1 << 20;

    private final IoDriver io;
    private final Clock clock;
    private final VlogConfig config;
    private final VlogHealth health;
    private final ArrayDeque<ValueFile> toOpen = new ArrayDeque<>();
    private final ArrayDeque<ValueFile> toSeal = new ArrayDeque<>();
    private final ArrayDeque<ValueFile> toClose = new ArrayDeque<>();
    private final ArrayDeque<ValueFile> toRemove = new ArrayDeque<>();
    private final Task task = new Task();
    private final HeaderWrite headerWrite = new HeaderWrite();
    private final OnPrepared onPrepared;

    private boolean busy;
    private boolean wantsCreate;
    private int createId;
    private long createBytes;
    private boolean createForOne;
    private boolean creating;
    private JdbError.@Nullable DiskFull full;
    private long retryAtNanos;
    private int openCount;

    long created;
    long removed;

    FileTasks(
            IoDriver io, Clock clock, VlogConfig config, VlogHealth health, OnPrepared onPrepared) {
        this.io = io;
        this.clock = clock;
        this.config = config;
        this.health = health;
        this.onPrepared = onPrepared;
    }

    /** Why the last file could not be made, until it is time to try again. */
    JdbError.@Nullable DiskFull full() {
        return full != null && clock.monotonicNanos() - retryAtNanos < 0 ? full : null;
    }

    boolean isCreating() {
        return creating;
    }

    /**
     * True when a file may be asked for: none is under way, and the device is not known to be full.
     */
    boolean mayCreate() {
        return !creating && full() == null && !health.failed();
    }

    void create(int id, long bytes, boolean forOne) {
        assert !creating;
        creating = true;
        createId = id;
        createBytes = bytes;
        createForOne = forOne;
        wantsCreate = true;
    }

    void open(ValueFile file) {
        assert !file.isOpen() && !file.inTask;
        file.inTask = true;
        toOpen.add(file);
    }

    /** Nothing more is written to it: cuts what was reserved and not used. */
    void seal(ValueFile file) {
        file.inTask = true;
        toSeal.add(file);
    }

    /** Gives the handle back; the file may be opened again. */
    void close(ValueFile file) {
        file.inTask = true;
        file.closing = true;
        toClose.add(file);
    }

    void remove(ValueFile file) {
        file.inTask = true;
        toRemove.add(file);
    }

    int openCount() {
        return openCount;
    }

    boolean busy() {
        return busy;
    }

    boolean wantsService() {
        return !busy
                && (wantsCreate
                        || !toOpen.isEmpty()
                        || !toSeal.isEmpty()
                        || !toClose.isEmpty()
                        || !toRemove.isEmpty());
    }

    /** Starts at most one task. */
    int service() {
        if (!wantsService()) {
            return 0;
        }
        if (!toOpen.isEmpty()) { // somebody reads
            task.begin(Verb.OPEN, toOpen.poll());
        } else if (wantsCreate) {
            wantsCreate = false;
            task.begin(Verb.CREATE, null);
        } else if (!toSeal.isEmpty()) {
            task.begin(Verb.SEAL, toSeal.poll());
        } else if (!toClose.isEmpty()) {
            task.begin(Verb.CLOSE, toClose.poll());
        } else {
            task.begin(Verb.REMOVE, toRemove.poll());
        }
        busy = true;
        io.enqueue(task);
        return 1;
    }

    /**
     * Gives back the handles of files that were about to be removed: they are found again at open.
     */
    void closeDoomed() {
        for (ValueFile f : toRemove) {
            IoFile handle = f.handleOrNull();
            if (handle != null) {
                handle.close();
            }
        }
    }

    private static boolean isFull(IoException e) {
        return e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT;
    }

    private void createFailed(IoException e) {
        creating = false;
        if (isFull(e)) {
            full =
                    new JdbError.DiskFull(
                            config.directory().toString(),
                            "a value log file of " + createBytes + " bytes is needed");
            retryAtNanos = clock.monotonicNanos() + config.fullRetryNanos();
        } else {
            health.fail("making " + ValueFileName.of(createId), e);
        }
    }

    private final class Task extends IoOp {
        private Verb verb = Verb.OPEN;
        private @Nullable ValueFile file;
        private @Nullable IoFile handle;

        void begin(Verb verb, @Nullable ValueFile file) {
            this.verb = verb;
            this.file = file;
            handle = file == null ? null : file.handleOrNull();
            prepareTask();
        }

        private ValueFile valueFile() {
            return Objects.requireNonNull(file);
        }

        @Override
        protected void runBlocking() {
            switch (verb) {
                case CREATE -> create();
                case OPEN -> handle = io.open(valueFile().path, OpenMode.READ, FileRole.VALUES);
                case SEAL -> Objects.requireNonNull(handle).truncate(valueFile().end);
                case CLOSE -> Objects.requireNonNull(handle).close();
                case REMOVE -> {
                    if (handle != null) {
                        handle.close();
                    }
                    io.directory().remove(valueFile().path);
                }
            }
        }

        private void create() {
            Directory dir = io.directory();
            var path = ValueFileName.path(config.directory(), createId);
            IoFile made = io.open(path, OpenMode.CREATE, FileRole.VALUES);
            try {
                reserve(made);
                dir.syncDir(config.directory());
            } catch (RuntimeException e) {
                try {
                    made.close();
                    dir.remove(path);
                } catch (RuntimeException second) {
                    e.addSuppressed(second);
                }
                throw e;
            }
            handle = made;
        }

        /** On a device that has not enough for a whole file a small one will do. */
        private void reserve(IoFile made) {
            try {
                made.preallocate(0, createBytes);
            } catch (IoException e) {
                if (!isFull(e) || createForOne || createBytes <= SMALL_FILE_BYTES) {
                    throw e;
                }
                made.truncate(0); // what was reserved before it failed
                createBytes = SMALL_FILE_BYTES;
                made.preallocate(0, createBytes);
            }
        }

        @Override
        protected void completed() {
            busy = false;
            final IoFile h = handle;
            final ValueFile f = file;
            handle = null;
            file = null;
            if (verb == Verb.CREATE) {
                if (succeeded() && h != null) {
                    openCount++;
                    headerWrite.begin(h);
                } else {
                    createFailed(failure());
                }
                return;
            }
            ended(Objects.requireNonNull(f), h);
        }

        private void ended(ValueFile f, @Nullable IoFile h) {
            f.inTask = false;
            switch (verb) {
                case OPEN -> {
                    if (succeeded() && h != null) {
                        f.opened(h);
                        openCount++;
                    } else {
                        f.openFailure = failure();
                    }
                }
                case CLOSE, REMOVE -> {
                    if (h != null) {
                        f.detach();
                        openCount--;
                    }
                    if (verb == Verb.REMOVE && succeeded()) {
                        removed++;
                    }
                    if (!succeeded()) {
                        health.fail("removing or closing " + f.path.getFileName(), failure());
                    }
                }
                case SEAL -> {
                    if (!succeeded()) {
                        health.fail("cutting " + f.path.getFileName(), failure());
                    }
                }
                case CREATE -> throw new AssertionError();
            }
        }
    }

    /** Writes the header of the file made last. */
    private final class HeaderWrite extends IoOp {
        private final MemorySegment block =
                Arena.ofAuto().allocate(ValueFileHeader.BYTES, ValueFileHeader.BYTES);
        private final Checksum sum = new Checksum(block);
        private @Nullable IoFile made;

        void begin(IoFile made) {
            this.made = made;
            busy = true;
            ValueFileHeader.write(
                    block, sum, config.dbIdHigh(), config.dbIdLow(), config.vnode(), createId);
            prepareWrite(made, 0, block, 0, ValueFileHeader.BYTES);
            io.enqueue(this);
        }

        @Override
        protected void completed() {
            busy = false;
            IoFile handle = Objects.requireNonNull(made);
            made = null;
            int salt =
                    ValueFileHeader.salt(
                            config.dbIdHigh(), config.dbIdLow(), config.vnode(), createId);
            ValueFile file =
                    new ValueFile(
                            createId,
                            handle.path(),
                            salt,
                            createBytes,
                            ValueFileHeader.BYTES,
                            succeeded());
            file.opened(handle);
            if (!succeeded()) {
                // It was never handed out; its name goes too, so that it holds no space.
                createFailed(failure());
                remove(file);
                return;
            }
            creating = false;
            full = null;
            created++;
            file.dirty = true;
            onPrepared.prepared(file, createForOne);
        }
    }
}
