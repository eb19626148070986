package site.js0.jdb.fs.uring;

import static site.js0.jdb.fs.uring.Abi.*;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.linux.Syscall;

/**
 * io_uring_setup(2): asks for the best ring first, for fewer features when the kernel answers
 * EINVAL, and for a smaller ring when it answers ENOMEM.
 *
 * @param fd the ring
 * @param flags what was granted, {@code SETUP_*}
 * @param params struct io_uring_params as the kernel filled it in; on the heap
 */
record RingSetup(int fd, int flags, MemorySegment params) {
    private static final int BASE = SETUP_CQSIZE | SETUP_CLAMP;

    /** R_DISABLED, because the thread that opens a driver need not be the one that will own it. */
    private static final int SINGLE =
            SETUP_SINGLE_ISSUER | SETUP_R_DISABLED | SETUP_TASKRUN_FLAG | SETUP_SUBMIT_ALL;

    static final int STEPS = 6;

    /** The first step on which only kernels stand that know no empty tables of buffers. */
    static final int STEP_BEFORE_SPARSE = 4;

    private static final int[] LADDER = {
        BASE | SINGLE | SETUP_DEFER_TASKRUN | SETUP_NO_SQARRAY, // Linux 6.6
        BASE | SINGLE | SETUP_DEFER_TASKRUN, // 6.1
        BASE | SINGLE | SETUP_COOP_TASKRUN, // 6.0
        BASE | SETUP_SUBMIT_ALL | SETUP_COOP_TASKRUN | SETUP_TASKRUN_FLAG, // 5.19
        BASE | SETUP_SUBMIT_ALL, // 5.18
        BASE, // 5.11, which FEATURES asks for
    };

    /**
     * One mapping for both rings, no lost completions, arguments read at submission, wait with
     * timeout.
     */
    private static final int FEATURES =
            FEAT_SINGLE_MMAP | FEAT_NODROP | FEAT_SUBMIT_STABLE | FEAT_EXT_ARG;

    /** A smaller ring is not worth having. */
    private static final int ENTRIES_MIN = 16;

    private static final String VERB = "io_uring_setup";

    /**
     * Makes a ring.
     *
     * @param firstStep 0; tests begin further down, as on an older kernel
     * @throws IoException when the system has no io_uring, forbids it, or has one that is too old
     */
    static RingSetup open(int sqEntries, int cqEntries, int firstStep) {
        String unavailable = Syscall.unavailable();
        if (unavailable != null) {
            throw new IoException(new IoError.Join(VERB, "a ring", unavailable));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(PARAMS_BYTES, Long.BYTES);
            int shift = 0;
            long result = tryLadder(params, sqEntries, cqEntries, firstStep);
            // Rings count against RLIMIT_MEMLOCK (of all processes of the user) since Linux 6.14.
            while (result == -Errno.ENOMEM && sqEntries >> (shift + 1) >= ENTRIES_MIN) {
                shift++;
                result = tryLadder(params, sqEntries >> shift, cqEntries >> shift, firstStep);
            }
            if (result < 0) {
                throw new IoException(new IoError.Io(VERB, "a ring", 0, 0, (int) -result));
            }
            int fd = (int) result;
            int features = params.get(ValueLayout.JAVA_INT, PARAMS_FEATURES);
            if ((features & FEATURES) != FEATURES) {
                Syscall.call(Syscall.CLOSE, fd, 0, 0, 0);
                String reason =
                        "this kernel's io_uring is too old: features 0x"
                                + Integer.toHexString(features);
                throw new IoException(new IoError.Join(VERB, "a ring", reason));
            }
            MemorySegment copy =
                    MemorySegment.ofArray(new long[PARAMS_BYTES / Long.BYTES]).copyFrom(params);
            return new RingSetup(fd, params.get(ValueLayout.JAVA_INT, PARAMS_FLAGS), copy);
        }
    }

    private static long tryLadder(
            MemorySegment params, int sqEntries, int cqEntries, int firstStep) {
        long result = -Errno.EINVAL;
        for (int step = firstStep; step < LADDER.length && result == -Errno.EINVAL; step++) {
            params.fill((byte) 0);
            params.set(ValueLayout.JAVA_INT, PARAMS_FLAGS, LADDER[step]);
            params.set(ValueLayout.JAVA_INT, PARAMS_CQ_ENTRIES, cqEntries);
            result = Syscall.call(Syscall.IO_URING_SETUP, sqEntries, params.address(), 0, 0);
        }
        return result;
    }

    int param(int offset) {
        return params.get(ValueLayout.JAVA_INT, offset);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The flags that matter, by name, for people. */
    String names() {
        StringBuilder names = new StringBuilder();
        append(names, SETUP_SINGLE_ISSUER, "SINGLE_ISSUER");
        append(names, SETUP_DEFER_TASKRUN, "DEFER_TASKRUN");
        append(names, SETUP_COOP_TASKRUN, "COOP_TASKRUN");
        append(names, SETUP_NO_SQARRAY, "NO_SQARRAY");
        append(names, SETUP_SUBMIT_ALL, "SUBMIT_ALL");
        return names.isEmpty() ? "no setup flags" : names.toString();
    }

    private void append(StringBuilder names, int flag, String name) {
        if (has(flag)) {
            names.append(names.isEmpty() ? "" : " ").append(name);
        }
    }
}
