package site.js0.jdb.fs.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import site.js0.jdb.fs.IoOp;

/**
 * Native memory for the iovecs of scattered requests, allocated once.
 *
 * <p>The kernel copies a request's iovecs when it takes the request (IORING_FEAT_SUBMIT_STABLE,
 * which the ring demands): so this is a stack of entries that is emptied whenever everything pushed
 * has been taken. Owner: the ring's.
 *
 * <p>Units that lie side by side in memory become one entry.
 */
final class Iovecs {
    /** UIO_MAXIOV: more entries in one request are refused. */
    static final int PER_REQUEST_MAX = 1024;

    private static final int CAPACITY = 4 * PER_REQUEST_MAX;
    private static final int BYTES = 16;

    private final MemorySegment memory;
    private int used;

    private int builtFirst;
    private int builtCount;
    private int builtBytes;

    Iovecs(Arena arena) {
        memory = arena.allocate((long) CAPACITY * BYTES, Long.BYTES);
    }

    /** All that was pushed has been taken by the kernel. */
    void reset() {
        used = 0;
    }

    /** Whether {@link #build} may be called; else submit first. */
    boolean hasRoom() {
        return used + PER_REQUEST_MAX <= CAPACITY;
    }

    boolean inUse() {
        return used > 0;
    }

    /**
     * Builds the entries for the bytes of {@code op} from {@code done} on, as many as one request
     * can take.
     */
    void build(IoOp op, long done) {
        assert hasRoom();
        int unitBytes = op.unitBytes();
        int unit = (int) (done / unitBytes);
        int skip = (int) (done % unitBytes);
        long base = op.buffer().address();
        int count = 0;
        int bytes = 0;
        long start = 0;
        long end = -1;
        for (; unit < op.unitCount(); unit++, skip = 0) {
            long address = base + op.unitOffset(unit) + skip;
            if (address != end) {
                if (count == PER_REQUEST_MAX) {
                    break;
                }
                if (count > 0) {
                    set(count - 1, start, end - start);
                }
                start = address;
                end = address;
                count++;
            }
            end += unitBytes - skip;
            bytes += unitBytes - skip;
        }
        set(count - 1, start, end - start);
        builtFirst = used;
        builtCount = count;
        builtBytes = bytes;
    }

    private void set(int index, long address, long bytes) {
        long at = (long) (used + index) * BYTES;
        memory.set(ValueLayout.JAVA_LONG, at, address);
        memory.set(ValueLayout.JAVA_LONG, at + 8, bytes);
    }

    /** Address of the entries built last. */
    long address() {
        return memory.address() + (long) builtFirst * BYTES;
    }

    /** How many entries were built. */
    int count() {
        return builtCount;
    }

    /** Bytes that the entries cover; less than asked for when they were too many. */
    int bytes() {
        return builtBytes;
    }

    /** Where the first entry points to. */
    long firstAddress() {
        return memory.get(ValueLayout.JAVA_LONG, (long) builtFirst * BYTES);
    }

    /**
     * The lowest and one past the highest address of the entries, for a search among registered
     * buffers.
     */
    long lowest() {
        long lowest = Long.MAX_VALUE;
        for (int i = 0; i < builtCount; i++) {
            lowest =
                    Math.min(
                            lowest,
                            memory.get(ValueLayout.JAVA_LONG, (long) (builtFirst + i) * BYTES));
        }
        return lowest;
    }

    long highest() {
        long highest = 0;
        for (int i = 0; i < builtCount; i++) {
            long at = (long) (builtFirst + i) * BYTES;
            highest =
                    Math.max(
                            highest,
                            memory.get(ValueLayout.JAVA_LONG, at)
                                    + memory.get(ValueLayout.JAVA_LONG, at + 8));
        }
        return highest;
    }

    /**
     * Keeps the entries built last until {@link #reset()}; without this the next {@link #build}
     * overwrites them.
     */
    void keep() {
        used = builtFirst + builtCount;
    }
}
