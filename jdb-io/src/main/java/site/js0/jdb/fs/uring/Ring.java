package site.js0.jdb.fs.uring;

import static site.js0.jdb.fs.uring.Abi.*;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.linux.Syscall;

/**
 * One io_uring: the mapped submission and completion rings, and the system calls on them. Knows
 * nothing of operations.
 *
 * <p>Owner: after {@link #enable()} the calling thread, for everything; before, {@link #register}
 * from any one thread.
 *
 * <p>Memory order. The completion ring is written by the kernel: its tail is read with acquire,
 * which pairs with the kernel's store-release after it has filled the entry; our head goes out with
 * release, so that an entry is read before the kernel may overwrite it. The submission ring is read
 * by the kernel inside our own system call (there is no SQPOLL), so its tail needs no more than to
 * be written before; release costs nothing on top.
 *
 * <p>The mappings have no arena: a checked access would cost on each of some ten accesses per
 * operation. {@link #close} ends them, and the driver lets nobody in afterwards.
 */
final class Ring {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;
    private static final int NOT_REGISTERED = -1;
    private static final int PROBE_OPS = 128;

    // The scratch memory of system calls.
    private static final long ARG =
            0; // struct io_uring_getevents_arg: sigmask, sigmask_sz, pad, ts
    private static final int ARG_BYTES = 24;
    private static final long TIMESPEC = 24; // seconds, nanoseconds
    private static final long RING_FD = 40; // struct io_uring_rsrc_update: offset, resv, data
    private static final long SCRATCH_BYTES = 64;

    private final RingSetup setup;
    private final int fd;
    private final MemorySegment rings;
    private final MemorySegment sqes;
    private final MemorySegment scratch;
    private final MemorySegment capture;

    private final long sqHeadAt;
    private final long sqTailAt;
    private final long sqFlagsAt;
    private final long cqHeadAt;
    private final long cqTailAt;
    private final long cqesAt;
    private final int sqMask;
    private final int cqMask;
    private final int sqEntries;
    private final int cqEntries;

    /**
     * Our copy of the submission tail: entries before it are filled in, but the kernel sees them
     * only at {@link #enter}.
     */
    private int sqTail;

    /** Our copy of the submission head: entries before it have been taken by the kernel. */
    private int sqHead;

    private int cqHead;
    private long enters;
    private int registeredFd = NOT_REGISTERED;

    /** {@code arena}: lives at least as long as the ring. */
    Ring(int sqEntriesWanted, int cqEntriesWanted, int firstStep, Arena arena) {
        this.setup = RingSetup.open(sqEntriesWanted, cqEntriesWanted, firstStep);
        this.fd = setup.fd();
        try {
            this.scratch = arena.allocate(SCRATCH_BYTES, Long.BYTES);
            this.capture = arena.allocate(Syscall.CAPTURE);
            this.sqEntries = setup.param(PARAMS_SQ_ENTRIES);
            this.cqEntries = setup.param(PARAMS_CQ_ENTRIES);
            this.cqesAt = setup.param(PARAMS_CQ_OFF + CQ_CQES);
            long array = setup.has(SETUP_NO_SQARRAY) ? 0 : setup.param(PARAMS_SQ_OFF + SQ_ARRAY);
            long ringBytes =
                    Math.max(array + 4L * sqEntries, cqesAt + (long) CQE_BYTES * cqEntries);
            this.rings = map(ringBytes, OFF_SQ_RING);
            try {
                this.sqes = map((long) SQE_BYTES * sqEntries, OFF_SQES);
            } catch (Throwable e) {
                unmap(rings);
                throw e;
            }
            this.sqHeadAt = setup.param(PARAMS_SQ_OFF + RING_HEAD);
            this.sqTailAt = setup.param(PARAMS_SQ_OFF + RING_TAIL);
            this.sqFlagsAt = setup.param(PARAMS_SQ_OFF + SQ_FLAGS);
            this.cqHeadAt = setup.param(PARAMS_CQ_OFF + RING_HEAD);
            this.cqTailAt = setup.param(PARAMS_CQ_OFF + RING_TAIL);
            this.sqMask = rings.get(ValueLayout.JAVA_INT, setup.param(PARAMS_SQ_OFF + RING_MASK));
            this.cqMask = rings.get(ValueLayout.JAVA_INT, setup.param(PARAMS_CQ_OFF + RING_MASK));
            if (!setup.has(SETUP_NO_SQARRAY)) {
                // Older kernels go through an array of indexes; it stays the identity for ever.
                for (int i = 0; i < sqEntries; i++) {
                    rings.set(ValueLayout.JAVA_INT, array + 4L * i, i);
                }
            }
        } catch (Throwable e) {
            Syscall.call(Syscall.CLOSE, fd, 0, 0, 0);
            throw e;
        }
    }

    private MemorySegment map(long bytes, long offset) {
        long address =
                Syscall.call(
                        Syscall.MMAP, 0, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
        if (address < 0) {
            throw failed("map of the rings", -address);
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    private static void unmap(MemorySegment mapping) {
        Syscall.call(Syscall.MUNMAP, mapping.address(), mapping.byteSize(), 0, 0);
    }

    RingSetup setup() {
        return setup;
    }

    int sqEntries() {
        return sqEntries;
    }

    int cqEntries() {
        return cqEntries;
    }

    /** The calling thread becomes the owner. */
    void enable() {
        if (setup.has(SETUP_R_DISABLED)) {
            long result = register(REGISTER_ENABLE_RINGS, 0, 0);
            if (result < 0) {
                throw failed("enabling the ring", -result);
            }
        }
        scratch.set(ValueLayout.JAVA_INT, RING_FD, -1); // any index
        scratch.set(ValueLayout.JAVA_INT, RING_FD + 4, 0);
        scratch.set(LONG, RING_FD + 8, fd);
        // Refused where 16 are registered already by this thread, or by a kernel before 5.18: then
        // the plain one does.
        if (register(REGISTER_RING_FDS, scratch.address() + RING_FD, 1) == 1) {
            registeredFd = scratch.get(ValueLayout.JAVA_INT, RING_FD);
        }
    }

    boolean ringFdRegistered() {
        return registeredFd != NOT_REGISTERED;
    }

    /** io_uring_register(2); answers {@code >= 0} or -errno. */
    long register(int opcode, long argument, int count) {
        long result;
        do {
            result = Syscall.call(Syscall.IO_URING_REGISTER, fd, opcode, argument, count);
        } while (result == -Errno.EINTR);
        return result;
    }

    /** Whether this kernel knows {@code opcode}. */
    boolean supports(int opcode) {
        try (Arena temporary = Arena.ofConfined()) {
            // struct io_uring_probe: last_op u8, ops_len u8, 14 bytes; then 8 bytes for each: op
            // u8, resv u8, flags u16.
            MemorySegment probe = temporary.allocate(16 + 8L * PROBE_OPS, Long.BYTES);
            if (register(REGISTER_PROBE, probe.address(), PROBE_OPS) < 0) {
                return false;
            }
            boolean known = opcode <= Byte.toUnsignedInt(probe.get(ValueLayout.JAVA_BYTE, 0));
            return known && (probe.get(ValueLayout.JAVA_SHORT, 16 + 8L * opcode + 2) & 1) != 0;
        }
    }

    // Submission.

    /** How many entries can be pushed now. */
    int sqRoom() {
        return sqEntries - (sqTail - sqHead);
    }

    /** Entries pushed and not yet taken by the kernel. */
    int unsubmitted() {
        return sqTail - sqHead;
    }

    /** Fills in the next entry; there must be {@link #sqRoom()}. */
    void push(
            int opcode,
            int flags,
            int file,
            long offset,
            long address,
            int length,
            int opFlags,
            long userData,
            int buffer) {
        assert sqRoom() > 0;
        MemorySegment to = sqes;
        long at = (long) (sqTail & sqMask) * SQE_BYTES;
        to.set(LONG, at, opcode | (long) flags << 8 | (long) file << 32);
        to.set(LONG, at + 8, offset);
        to.set(LONG, at + 16, address);
        to.set(LONG, at + 24, (length & 0xFFFFFFFFL) | (long) opFlags << 32);
        to.set(LONG, at + 32, userData);
        to.set(LONG, at + 40, buffer);
        to.set(LONG, at + 48, 0);
        to.set(LONG, at + 56, 0);
        sqTail++;
    }

    /**
     * Hands what was pushed to the kernel. It may leave some where it lacks memory; they stay
     * pushed.
     */
    void submit() {
        if (sqTail != sqHead) {
            enter(0, 0, 0, 0);
        }
    }

    /**
     * As {@link #submit()}, and moves completions that wait inside the kernel to the completion
     * ring.
     */
    void submitAndFlush() {
        enter(0, ENTER_GETEVENTS, 0, 0);
    }

    /**
     * As {@link #submit()}, then sleeps until a completion is there, a signal came, or the time is
     * over.
     *
     * @param timeoutNanos negative: no limit
     */
    void submitAndWait(long timeoutNanos) {
        MemorySegment memory = scratch;
        long timespec = 0;
        if (timeoutNanos >= 0) {
            memory.set(LONG, TIMESPEC, timeoutNanos / 1_000_000_000);
            memory.set(LONG, TIMESPEC + 8, timeoutNanos % 1_000_000_000);
            timespec = memory.address() + TIMESPEC;
        }
        memory.set(LONG, ARG, 0);
        memory.set(LONG, ARG + 8, 0);
        memory.set(LONG, ARG + 16, timespec);
        enter(1, ENTER_GETEVENTS | ENTER_EXT_ARG, memory.address() + ARG, ARG_BYTES);
    }

    private void enter(int completionsMin, int flags, long argument, long argumentBytes) {
        enters++;
        INT.setRelease(rings, sqTailAt, sqTail);
        boolean registered = registeredFd != NOT_REGISTERED;
        long result =
                Syscall.invoke(
                        capture,
                        Syscall.IO_URING_ENTER,
                        registered ? registeredFd : fd,
                        sqTail - sqHead,
                        completionsMin,
                        registered ? flags | ENTER_REGISTERED_RING : flags,
                        argument,
                        argumentBytes);
        // Not from the result: that says nothing of submissions when the wait after them failed.
        sqHead = (int) INT.getAcquire(rings, sqHeadAt);
        if (result < 0) {
            switch ((int) -result) {
                // A signal or the end of the time; short of memory or of completion room: come
                // again, nothing is lost.
                case Errno.EINTR, Errno.ETIME, Errno.EAGAIN, Errno.EBUSY -> {}
                default -> throw failed("io_uring_enter", -result);
            }
        }
    }

    /** How often the kernel was entered to submit, to flush or to wait. */
    long enters() {
        return enters;
    }

    // Completion.

    /** True when {@link #userData()} and {@link #result()} may be called. */
    boolean cqReady() {
        return (int) INT.getAcquire(rings, cqTailAt) != cqHead;
    }

    /** True when completions wait inside the kernel for a {@link #submitAndFlush()}. */
    boolean cqNeedsFlush() {
        return ((int) INT.getOpaque(rings, sqFlagsAt) & (SQ_TASKRUN | SQ_CQ_OVERFLOW)) != 0;
    }

    long userData() {
        return rings.get(LONG, cqesAt + (long) (cqHead & cqMask) * CQE_BYTES);
    }

    int result() {
        return rings.get(ValueLayout.JAVA_INT, cqesAt + (long) (cqHead & cqMask) * CQE_BYTES + 8);
    }

    /** Done with the present completion: the kernel may reuse its entry. */
    void cqAdvance() {
        cqHead++;
        INT.setRelease(rings, cqHeadAt, cqHead);
    }

    /**
     * Gives the ring back. Requests in flight are finished or cancelled by the kernel some time
     * later.
     *
     * @param owner whether this is the owner's thread; the registered descriptor of one that has
     *     ended is gone already
     */
    void close(boolean owner) {
        if (owner && registeredFd != NOT_REGISTERED) {
            // A thread has only 16 places for these, and the place would keep the ring alive.
            scratch.set(ValueLayout.JAVA_INT, RING_FD, registeredFd);
            scratch.set(ValueLayout.JAVA_INT, RING_FD + 4, 0);
            scratch.set(LONG, RING_FD + 8, 0);
            register(UNREGISTER_RING_FDS, scratch.address() + RING_FD, 1);
            registeredFd = NOT_REGISTERED;
        }
        unmap(rings);
        unmap(sqes);
        Syscall.call(Syscall.CLOSE, fd, 0, 0, 0);
    }

    private static IoException failed(String verb, long errno) {
        return new IoException(new IoError.Io(verb, "the ring", 0, 0, (int) errno));
    }
}
