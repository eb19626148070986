package site.js0.jdb.fs.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoMetrics;
import site.js0.jdb.fs.IoOp;

/**
 * Operations into ring entries, completions back into operations. Owner: the driver's; allocates
 * nothing per operation.
 *
 * <p>The life of an operation:
 *
 * <pre>
 *  enqueue --> backlog (no slot, or no room in the ring) --> slot, request pushed --> kernel
 *                 ^                                                                     |
 *                 '---- keeps its slot, goes first: the rest after a short transfer <---+
 *                                                                                       '--> finished
 * </pre>
 *
 * <p>Invariants. (1) An operation has a slot exactly while a request of it is with the kernel, or
 * it waits at the head of the backlog to go on. (2) Entries that the caller does not know of
 * (rests, and what waited in the backlog) are submitted before {@link #poll} returns; his own may
 * wait for {@link #submit} or {@link #await}, so that one system call submits them and sleeps. (3)
 * {@code completed()} runs only from {@link #poll}, with all state here consistent: it may enqueue,
 * or throw.
 */
final class Requests {
    /**
     * Requests go to the kernel in groups of this many, without waiting for {@link #submit}: with
     * one big batch the device idles while the batch is made.
     */
    private static final int SUBMIT_EVERY = 8;

    private static final long NO_LIMIT = -1;

    private final UringDriver driver;
    private final Ring ring;
    private final RegisteredFiles files;
    private final RegisteredBuffers buffers;
    private final InFlight slots;
    private final TaskThread tasks;
    private final Wakeup wakeup;
    private final IoMetrics metrics;
    private final Iovecs iovecs;
    private final TaskThread.Finisher taskFinisher = this::finishTask;

    /** Linux 6.15: scattered requests in registered buffers. */
    private final boolean scatteredFixed;

    private @Nullable IoOp backlogHead;
    private @Nullable IoOp backlogTail;
    private int inFlight;
    private boolean delivering = true;

    /** Something was pushed that the caller does not know of, and may not be submitted yet. */
    private boolean pushedUnasked;

    /** The time of the present batch of completions. */
    private long nowNanos;

    Requests(
            UringDriver driver,
            Ring ring,
            RegisteredFiles files,
            RegisteredBuffers buffers,
            InFlight slots,
            TaskThread tasks,
            Wakeup wakeup,
            IoMetrics metrics,
            Arena arena) {
        this.driver = driver;
        this.ring = ring;
        this.files = files;
        this.buffers = buffers;
        this.slots = slots;
        this.tasks = tasks;
        this.wakeup = wakeup;
        this.metrics = metrics;
        this.iovecs = new Iovecs(arena);
        this.scatteredFixed = ring.supports(Abi.OP_WRITEV_FIXED);
    }

    int inFlight() {
        return inFlight;
    }

    // Taking operations.

    void enqueue(IoOp op) {
        if (op.kind() == IoOp.Kind.TASK) {
            op.markSubmitted();
            inFlight++;
            tasks.run(op);
            return;
        }
        check(op);
        op.markSubmitted();
        inFlight++;
        op.driverStartNanos = System.nanoTime();
        op.driverSlot = InFlight.NO_SLOT;
        op.driverNext = null;
        if (backlogHead != null || !start(op)) {
            append(op);
        } else if (ring.unsubmitted() >= SUBMIT_EVERY) {
            submit();
        }
    }

    /** Throws when the operation can't be taken; it then still belongs to the caller. */
    private void check(IoOp op) {
        UringFile file = file(op);
        if (file.driver() != driver) {
            throw new IllegalArgumentException("a file of another driver: " + file);
        }
        file.fd(); // throws when closed
        int alignment = file.alignment();
        switch (op.kind()) {
            case READ, WRITE, WRITE_THEN_SYNC -> {
                checkNative(op.buffer());
                if (alignment > 1) {
                    checkAligned(
                            op, "address", op.buffer().address() + op.bufferOffset(), alignment);
                    checkAligned(op, "offset", op.offset(), alignment);
                    checkAligned(op, "length", op.length(), alignment);
                }
            }
            case READ_SCATTERED, WRITE_GATHERED -> {
                checkNative(op.buffer());
                if (alignment > 1) {
                    checkAligned(op, "offset", op.offset(), alignment);
                    checkAligned(op, "unit length", op.unitBytes(), alignment);
                    long base = op.buffer().address();
                    for (int i = 0; i < op.unitCount(); i++) {
                        checkAligned(op, "address", base + op.unitOffset(i), alignment);
                    }
                }
            }
            case SYNC_DATA, SYNC_ALL, TASK, NONE -> {}
        }
    }

    private static UringFile file(IoOp op) {
        if (op.file() instanceof UringFile file) {
            return file;
        }
        throw new IllegalArgumentException("a file of another driver: " + op.file());
    }

    private static void checkNative(MemorySegment buffer) {
        if (!buffer.isNative()) {
            throw new IllegalArgumentException("io_uring needs native memory, not " + buffer);
        }
    }

    private static void checkAligned(IoOp op, String what, long value, int alignment) {
        if ((value & (alignment - 1)) != 0) {
            throw new IoException(
                    new IoError.Alignment(op.file().path().toString(), what, value, alignment));
        }
    }

    // Pushing requests.

    /**
     * Pushes the request for what is left of {@code op}; false when something it needs is used up
     * just now.
     */
    private boolean start(IoOp op) {
        boolean scattered =
                op.kind() == IoOp.Kind.READ_SCATTERED || op.kind() == IoOp.Kind.WRITE_GATHERED;
        if ((op.driverSlot == InFlight.NO_SLOT && slots.full()) || !makeRoom(2, scattered)) {
            return false;
        }
        int slot = op.driverSlot == InFlight.NO_SLOT ? slots.take(op) : op.driverSlot;
        push(op, slot);
        return true;
    }

    /** Room for {@code entries} in the ring, and for iovecs if asked for; submits to make it. */
    private boolean makeRoom(int entries, boolean forIovecs) {
        if (ring.sqRoom() < entries || (forIovecs && !iovecs.hasRoom())) {
            submit();
        }
        return ring.sqRoom() >= entries && (!forIovecs || iovecs.hasRoom());
    }

    private void push(IoOp op, int slot) {
        UringFile file = file(op);
        if (file.tableIndex() == UringFile.UNREGISTERED) {
            files.place(file);
        }
        int place = file.tableIndex();
        int flags = slots.blocking[slot] ? Abi.SQE_ASYNC : 0;
        int fd = place;
        if (place >= 0) {
            flags |= Abi.SQE_FIXED_FILE;
            metrics.recordRegisteredFile();
        } else {
            fd = file.fd();
        }
        long done = slots.done[slot];
        slots.linkDoubtful[slot] = false;
        boolean sync = false;
        boolean transfer = false;
        switch (op.kind()) {
            case READ -> {
                transfer = true;
                pushPlain(op, slot, flags, fd, done, true);
            }
            case WRITE -> {
                transfer = true;
                pushPlain(op, slot, flags, fd, done, false);
            }
            case READ_SCATTERED -> {
                transfer = true;
                pushScattered(op, slot, flags, fd, done, true);
            }
            case WRITE_GATHERED -> {
                transfer = true;
                pushScattered(op, slot, flags, fd, done, false);
            }
            case WRITE_THEN_SYNC -> {
                sync = true;
                transfer = done < op.length();
                if (transfer) {
                    pushPlain(op, slot, flags | Abi.SQE_IO_LINK, fd, done, false);
                }
                pushSync(slot, flags, fd, Abi.FSYNC_DATASYNC);
            }
            case SYNC_DATA -> {
                sync = true;
                pushSync(slot, flags, fd, Abi.FSYNC_DATASYNC);
            }
            case SYNC_ALL -> {
                sync = true;
                pushSync(slot, flags, fd, 0);
            }
            case TASK, NONE -> throw new AssertionError(op.kind());
        }
        slots.hasTransfer[slot] = transfer;
        slots.hasSync[slot] = sync;
        slots.awaited[slot] = (transfer ? 1 : 0) + (sync ? 1 : 0);
    }

    private void pushPlain(IoOp op, int slot, int flags, int fd, long done, boolean read) {
        long address = op.buffer().address() + op.bufferOffset() + done;
        pushTransfer(
                slot, flags, fd, op.offset() + done, address, (int) (op.length() - done), read);
    }

    private void pushTransfer(
            int slot, int flags, int fd, long offset, long address, int length, boolean read) {
        long userData = slots.userData(slot, InFlight.TRANSFER);
        if (length == 0) {
            ring.push(Abi.OP_NOP, flags & ~Abi.SQE_FIXED_FILE, -1, 0, 0, 0, 0, userData, 0);
            return;
        }
        int buffer = buffers.find(address, length);
        int opcode;
        if (buffer == RegisteredBuffers.NONE) {
            opcode = read ? Abi.OP_READ : Abi.OP_WRITE;
            buffer = 0;
        } else {
            opcode = read ? Abi.OP_READ_FIXED : Abi.OP_WRITE_FIXED;
            metrics.recordRegistered();
        }
        ring.push(opcode, flags, fd, offset, address, length, 0, userData, buffer);
    }

    private void pushScattered(IoOp op, int slot, int flags, int fd, long done, boolean read) {
        if (op.length() == 0) {
            pushTransfer(slot, flags, fd, 0, 0, 0, read);
            return;
        }
        iovecs.build(op, done);
        if (iovecs.count() == 1) { // lies in one piece after all
            pushTransfer(
                    slot,
                    flags,
                    fd,
                    op.offset() + done,
                    iovecs.firstAddress(),
                    iovecs.bytes(),
                    read);
            return;
        }
        iovecs.keep();
        int buffer = RegisteredBuffers.NONE;
        if (scatteredFixed) {
            long lowest = iovecs.lowest();
            buffer = buffers.find(lowest, iovecs.highest() - lowest);
        }
        int opcode;
        if (buffer == RegisteredBuffers.NONE) {
            opcode = read ? Abi.OP_READV : Abi.OP_WRITEV;
            buffer = 0;
        } else {
            opcode = read ? Abi.OP_READV_FIXED : Abi.OP_WRITEV_FIXED;
            metrics.recordRegistered();
        }
        long userData = slots.userData(slot, InFlight.TRANSFER);
        ring.push(
                opcode,
                flags,
                fd,
                op.offset() + done,
                iovecs.address(),
                iovecs.count(),
                0,
                userData,
                buffer);
    }

    private void pushSync(int slot, int flags, int fd, int syncFlags) {
        ring.push(
                Abi.OP_FSYNC,
                flags,
                fd,
                0,
                0,
                0,
                syncFlags,
                slots.userData(slot, InFlight.SYNC),
                0);
    }

    void submit() {
        ring.submit();
        afterEnter();
    }

    private void afterEnter() {
        if (ring.unsubmitted() == 0) {
            pushedUnasked = false;
            iovecs.reset();
        } else {
            slots.distrustLinks();
        }
    }

    // The backlog: a queue through IoOp.driverNext. Operations that have a slot already stand in
    // front.

    private void append(IoOp op) {
        if (backlogTail == null) {
            backlogHead = op;
        } else {
            backlogTail.driverNext = op;
        }
        backlogTail = op;
    }

    private void prepend(IoOp op) {
        op.driverNext = backlogHead;
        backlogHead = op;
        if (backlogTail == null) {
            backlogTail = op;
        }
    }

    private void startBacklog() {
        IoOp op;
        while ((op = backlogHead) != null && start(op)) {
            pushedUnasked = true;
            backlogHead = op.driverNext;
            op.driverNext = null;
            if (backlogHead == null) {
                backlogTail = null;
            }
            if (ring.unsubmitted() >= SUBMIT_EVERY) {
                submit();
            }
        }
    }

    // Completions.

    int poll(int max) {
        int finished = tasks.anyFinished() ? tasks.finish(max, taskFinisher) : 0;
        boolean timed = false;
        while (finished < max) {
            if (!ring.cqReady()) {
                if (!ring.cqNeedsFlush()) {
                    break;
                }
                flush();
                timed = false;
                if (!ring.cqReady()) {
                    break;
                }
            }
            if (!timed) {
                nowNanos = System.nanoTime();
                timed = true;
            }
            finished += reapOne();
            if (backlogHead != null) {
                startBacklog();
            }
        }
        if (pushedUnasked) {
            submit();
        }
        return finished;
    }

    private void flush() {
        ring.submitAndFlush();
        afterEnter();
    }

    /** Takes one completion off the ring; answers 1 when that finished an operation. */
    private int reapOne() {
        long userData = ring.userData();
        int result = ring.result();
        ring.cqAdvance();
        if (userData == InFlight.WAKEUP) {
            wakeup.disarmed();
            return 0;
        }
        int slot = slots.slot(userData);
        if (InFlight.part(userData) == InFlight.TRANSFER) {
            slots.transferResult[slot] = result;
        } else {
            slots.syncResult[slot] = result;
        }
        return --slots.awaited[slot] > 0 ? 0 : settle(slot);
    }

    /** All requests of the slot are back: finish the operation, or go on with the rest of it. */
    private int settle(int slot) {
        IoOp op = slots.op(slot);
        if (slots.hasTransfer[slot]) {
            int result = slots.transferResult[slot];
            if (result < 0) {
                return isTransient(-result) ? retry(slot, op) : finish(slot, op, -result);
            }
            if (!advance(slot, op, result)) {
                return finish(slot, op, 0); // short, and nothing more to come
            }
            if (slots.done[slot] < op.length()) {
                return goOn(op);
            }
        }
        if (slots.hasSync[slot]) {
            boolean doubtful = slots.linkDoubtful[slot] && slots.hasTransfer[slot];
            int result = doubtful ? -Errno.ECANCELED : slots.syncResult[slot];
            if (result < 0) {
                // Cancelled after a whole transfer: the link broke, or may have. What is left to do
                // is the sync alone.
                boolean again =
                        isTransient(-result)
                                || (result == -Errno.ECANCELED && slots.hasTransfer[slot]);
                return again ? retry(slot, op) : finish(slot, op, -result);
            }
        }
        return finish(slot, op, 0);
    }

    private static boolean isTransient(int errno) {
        return errno == Errno.EINTR || errno == Errno.EAGAIN;
    }

    /** Adds what was moved; false when the file ended, or takes no more. */
    private boolean advance(int slot, IoOp op, int moved) {
        long before = slots.done[slot];
        long now = before + moved;
        slots.done[slot] = now;
        if (now == op.length()) {
            return true;
        }
        if (moved == 0) {
            return false;
        }
        int alignment = op.file().alignment();
        if (now % alignment == 0) {
            return true;
        }
        // Direct I/O: a read stops inside a block only at the end of the file, and there is no
        // going on from there.
        if (op.kind() == IoOp.Kind.READ || op.kind() == IoOp.Kind.READ_SCATTERED) {
            return false;
        }
        long whole = now - now % alignment;
        if (whole <= before) {
            return false;
        }
        slots.done[slot] = whole;
        return true;
    }

    private int retry(int slot, IoOp op) {
        slots.blocking[slot] = true;
        return goOn(op);
    }

    private int goOn(IoOp op) {
        if (start(op)) {
            pushedUnasked = true;
        } else {
            prepend(op);
        }
        return 0;
    }

    private int finish(int slot, IoOp op, int errno) {
        long moved = slots.done[slot];
        slots.free(slot);
        inFlight--;
        boolean whole = errno == 0 && (!slots.hasTransfer[slot] || moved == op.length());
        metrics.record(op, moved, !whole, nowNanos - op.driverStartNanos);
        if (delivering) {
            op.finish(moved, errno, null);
        }
        return 1;
    }

    private void finishTask(IoOp op, @Nullable Throwable failure) {
        inFlight--;
        if (delivering) {
            op.finish(0, 0, failure);
        }
    }

    // Sleeping.

    void await(long timeoutNanos) {
        if (backlogHead != null) {
            startBacklog();
        }
        if (ring.cqReady() || ring.cqNeedsFlush() || tasks.anyFinished() || timeoutNanos == 0) {
            submit();
            return;
        }
        if (!wakeup.mayFallAsleep()) {
            submit();
            return;
        }
        try {
            if (!wakeup.armed() && makeRoom(1, false)) {
                wakeup.arm(ring, InFlight.WAKEUP);
            }
            // Unarmed means that the kernel took nothing for want of memory: then do not sleep.
            if (wakeup.armed() && !tasks.anyFinished()) {
                ring.submitAndWait(timeoutNanos);
            } else {
                ring.submit();
            }
        } finally {
            wakeup.awake();
        }
        afterEnter();
    }

    // Closing.

    /**
     * Runs everything taken to its end without handing it over, then stops the helper and disarms
     * the wakeup.
     */
    void drain() {
        delivering = false;
        tasks.close();
        while (inFlight > 0) {
            poll(Integer.MAX_VALUE);
            if (inFlight > 0) {
                if (backlogHead != null) {
                    startBacklog();
                }
                ring.submitAndWait(NO_LIMIT);
            }
        }
        wakeup.stop();
        while (wakeup.armed()) {
            ring.submitAndWait(NO_LIMIT);
            poll(Integer.MAX_VALUE);
        }
    }
}
