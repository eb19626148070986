package site.js0.jdb.fs.uring;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoOp;

/**
 * The operations that the kernel has, one slot each, and what is known of their requests. Owner:
 * the ring's.
 *
 * <p>A slot's number and generation travel through the kernel as {@code user_data}, so that a
 * completion that is not ours (a bug) is noticed instead of finishing another operation:
 *
 * <pre>
 *  bit  0      part: 0 the transfer, 1 the sync linked behind it
 *  bits 1..31  slot
 *  bits 32..62 generation, counted up each time the slot is freed
 *  bit  63     0; -1 is the wakeup's read
 * </pre>
 */
final class InFlight {
    static final long WAKEUP = -1;
    static final int NO_SLOT = -1;
    static final int TRANSFER = 0;
    static final int SYNC = 1;

    private final @Nullable IoOp[] ops;
    private final int[] generations;
    private final int[] free;
    private int freeCount;

    /** Bytes of the operation moved so far. */
    final long[] done;

    /**
     * Requests of the slot whose completions are awaited: 1, or 2 for a transfer with a sync behind
     * it.
     */
    final int[] awaited;

    /** Results of the present requests, by part. */
    final int[] transferResult;

    final int[] syncResult;

    /** Which parts the present requests have. */
    final boolean[] hasTransfer;

    final boolean[] hasSync;

    /**
     * The kernel may have taken the two linked requests apart; then the sync's success means
     * nothing.
     */
    final boolean[] linkDoubtful;

    /** Set after EAGAIN: the next request is to be run by a kernel thread that may block. */
    final boolean[] blocking;

    InFlight(int slots) {
        ops = new IoOp[slots];
        generations = new int[slots];
        free = new int[slots];
        done = new long[slots];
        awaited = new int[slots];
        transferResult = new int[slots];
        syncResult = new int[slots];
        hasTransfer = new boolean[slots];
        hasSync = new boolean[slots];
        linkDoubtful = new boolean[slots];
        blocking = new boolean[slots];
        for (int slot = slots - 1; slot >= 0; slot--) {
            free[freeCount++] = slot;
        }
    }

    int capacity() {
        return free.length;
    }

    int used() {
        return free.length - freeCount;
    }

    boolean full() {
        return freeCount == 0;
    }

    int take(IoOp op) {
        int slot = free[--freeCount];
        ops[slot] = op;
        done[slot] = 0;
        awaited[slot] = 0;
        linkDoubtful[slot] = false;
        blocking[slot] = false;
        op.driverSlot = slot;
        return slot;
    }

    void free(int slot) {
        IoOp op = op(slot);
        op.driverSlot = NO_SLOT;
        ops[slot] = null;
        generations[slot] = (generations[slot] + 1) & Integer.MAX_VALUE;
        free[freeCount++] = slot;
    }

    /**
     * The kernel took only some of the entries it was handed (it lacked memory). Where it stopped
     * between two linked ones, it runs them side by side.
     */
    void distrustLinks() {
        for (int slot = 0; slot < ops.length; slot++) {
            linkDoubtful[slot] |= awaited[slot] == 2;
        }
    }

    IoOp op(int slot) {
        return Objects.requireNonNull(ops[slot]);
    }

    long userData(int slot, int part) {
        return (long) generations[slot] << 32 | (long) slot << 1 | part;
    }

    static int part(long userData) {
        return (int) userData & 1;
    }

    /** The slot that a completion belongs to. */
    int slot(long userData) {
        int slot = (int) userData >>> 1;
        if (slot >= ops.length
                || ops[slot] == null
                || generations[slot] != (int) (userData >>> 32)) {
            throw new IllegalStateException(
                    "a completion that nobody waits for: user_data 0x"
                            + Long.toHexString(userData));
        }
        return slot;
    }
}
