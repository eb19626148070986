package site.js0.jdb.fs.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.linux.Syscall;

/**
 * The ring's table of files: a request that names a file by its place here spares the kernel a
 * look-up and a reference.
 *
 * <p>A file gets its place at its first operation, because only the ring's owner may change the
 * table, while files are opened by any thread. A place is taken back when the file is closed: at
 * once by the owner, else when the owner comes by. Until then the kernel keeps the file, so its
 * space on disk too if it was removed. Files beyond the table work without it.
 *
 * <p>Place 0 holds the write end of a pipe that nobody writes to. The table lives exactly as long
 * as the ring does inside the kernel, and a ring lives until its last request is finished: so the
 * read end sees the end of the pipe when nothing is in flight any more. That is how {@link
 * #awaitRingGone()} can wait for requests whose completions nobody is left to take.
 */
final class RegisteredFiles {
    /**
     * A table can't have more places than the process may open files (RLIMIT_NOFILE): so a small
     * one is tried second.
     */
    private static final int PLACES_MAX = 512;

    private static final int PLACES_MIN = 32;
    private static final int O_CLOEXEC = Syscall.O_CLOEXEC;

    private final Ring ring;

    /**
     * struct io_uring_files_update: offset, resv, address of the descriptors; then one descriptor.
     */
    private final MemorySegment update;

    private final int[] free = new int[PLACES_MAX];
    private final int pipeReadEnd;
    private int freeCount;

    /** Places whose files were closed by other threads. */
    private final ConcurrentLinkedQueue<Integer> closed = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean anyClosed = new AtomicBoolean();

    RegisteredFiles(Ring ring, Arena arena) {
        this.ring = ring;
        this.update = arena.allocate(24, Long.BYTES);
        try (Arena temporary = Arena.ofConfined()) {
            MemorySegment pipe = temporary.allocate(8, 4);
            check(Syscall.call(Syscall.PIPE2, pipe.address(), O_CLOEXEC, 0, 0), "pipe");
            pipeReadEnd = pipe.get(ValueLayout.JAVA_INT, 0);
            int writeEnd = pipe.get(ValueLayout.JAVA_INT, 4);
            MemorySegment table = temporary.allocate(4L * PLACES_MAX, 4).fill((byte) -1);
            table.set(ValueLayout.JAVA_INT, 0, writeEnd);
            int places = PLACES_MAX;
            long result = ring.register(Abi.REGISTER_FILES, table.address(), places);
            if (result == -Errno.EMFILE) {
                places = PLACES_MIN;
                result = ring.register(Abi.REGISTER_FILES, table.address(), places);
            }
            Syscall.call(Syscall.CLOSE, writeEnd, 0, 0, 0);
            if (result < 0) {
                Syscall.call(Syscall.CLOSE, pipeReadEnd, 0, 0, 0);
                check(result, "registering files");
            }
            for (int place = places - 1; place > 0; place--) {
                free[freeCount++] = place;
            }
        }
    }

    private static void check(long result, String verb) {
        if (result < 0) {
            throw new IoException(new IoError.Io(verb, "the ring", 0, 0, (int) -result));
        }
    }

    /** Gives {@code file} a place if there is one. Owner thread. */
    void place(UringFile file) {
        releaseClosed();
        int index = UringFile.PLAIN;
        if (freeCount > 0 && set(free[freeCount - 1], file.fd()) == 1) {
            index = free[--freeCount];
        }
        file.tableIndex(index);
    }

    /** Empties a place. Owner thread. */
    void release(int place) {
        long result = set(place, -1);
        assert result == 1 || result == -Errno.ENOMEM : result;
        if (result == 1) { // else the place stays taken, which costs a place and nothing else
            free[freeCount++] = place;
        }
    }

    /** As {@link #release}, later. Any thread. */
    void releaseLater(int place) {
        closed.add(place);
        anyClosed.set(true);
    }

    /** Owner thread; one plain read when there is nothing to do. */
    void releaseClosed() {
        if (anyClosed.get() && anyClosed.getAndSet(false)) {
            Integer place;
            while ((place = closed.poll()) != null) {
                release(place);
            }
        }
    }

    private long set(int place, int fd) {
        update.set(ValueLayout.JAVA_INT, 0, place);
        update.set(ValueLayout.JAVA_INT, 4, 0);
        update.set(ValueLayout.JAVA_LONG, 8, update.address() + 16);
        update.set(ValueLayout.JAVA_INT, 16, fd);
        return ring.register(Abi.REGISTER_FILES_UPDATE, update.address(), 1);
    }

    /** Waits until the kernel has finished all requests of the ring, which is closed already. */
    void awaitRingGone() {
        try (Arena arena = Arena.ofConfined()) {
            long result =
                    Syscall.callRestarting(
                            Syscall.READ, pipeReadEnd, arena.allocate(8).address(), 8, 0);
            check(result, "waiting for the ring's end");
        }
    }

    /** The ring takes the table with it. */
    void close() {
        Syscall.call(Syscall.CLOSE, pipeReadEnd, 0, 0, 0);
    }
}
