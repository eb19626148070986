package site.js0.jdb.fs.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;
import site.js0.jdb.fs.Errno;

/**
 * Memory that the kernel has pinned once, so that requests in it need not pin and unpin their pages
 * each time (0.4 us).
 *
 * <p>Pinning makes memory resident, and a GiB of it takes up to seconds. So the kernel gets an
 * empty table (Linux 5.19), and each piece of the memory its place there when the first request
 * lies in it: opening costs nothing, and what is never used never becomes resident. Whoever touches
 * a piece first pays for its zeroing, as without registering. Pieces have 2 MiB, which is a huge
 * page, or more where the table has too few places. A request across the seam of two goes
 * unregistered. Older kernels get everything at once, in pieces of 1 GiB.
 *
 * <p>What the kernel refuses to pin stays unregistered and is not asked for again, and {@link
 * #describe()} says why. When it lacks memory or the right to pin more (ENOMEM, RLIMIT_MEMLOCK),
 * nothing more is asked for. Owner: the ring's.
 *
 * <p>Source: uapi/linux/io_uring.h for the structures, io_uring/rsrc.c for the limits. The kernel
 * fills an empty place without waiting for requests in flight.
 */
final class RegisteredBuffers {
    /** No registered buffer holds this memory. */
    static final int NONE = BufferPieces.NONE;

    /** Places that the kernel's table can have (IORING_MAX_REG_BUFFERS). */
    static final int PIECES_MAX = 16_384;

    private static final int SHIFT_MIN = 21;

    /** The kernel takes no larger buffer than 1 GiB. */
    private static final int SHIFT_MAX = 30;

    // What a place in the table is for the piece of the same number.
    private static final byte EMPTY = 0;
    private static final byte FILLED = 1;
    private static final byte REFUSED = 2;

    /** Of struct io_uring_rsrc_register and struct io_uring_rsrc_update2. */
    private static final int RSRC_BYTES = 32;

    private static final int IOVEC_BYTES = 16;

    private final Ring ring;
    private final boolean sparseWanted;

    /** struct io_uring_rsrc_update2, then one iovec. */
    private final MemorySegment update;

    private MemorySegment[] segments = {};
    private BufferPieces pieces = new BufferPieces(segments, SHIFT_MAX);
    private byte[] places = {};
    private boolean exhausted;
    private long registeredBytes;
    private String refusal = "";

    /** {@code sparseWanted}: false does as on an older kernel. {@code arena}: the ring's. */
    RegisteredBuffers(Ring ring, boolean sparseWanted, Arena arena) {
        this.ring = ring;
        this.sparseWanted = sparseWanted;
        this.update = arena.allocate(RSRC_BYTES + IOVEC_BYTES, Long.BYTES);
    }

    /** Takes more memory. The table is made anew, and what was registered comes again when used. */
    void add(MemorySegment... more) {
        for (MemorySegment segment : more) {
            if (!segment.isNative()) {
                throw new IllegalArgumentException(
                        "only native memory can be registered: " + segment);
            }
        }
        if (places.length > 0) {
            ring.register(Abi.UNREGISTER_BUFFERS, 0, 0);
        }
        segments =
                Stream.concat(Arrays.stream(segments), Arrays.stream(more))
                        .toArray(MemorySegment[]::new);
        refusal = "";
        registeredBytes = 0;
        exhausted = false;
        long result = sparseWanted ? makeEmptyTable() : -Errno.EINVAL;
        if (result == -Errno.EINVAL) { // the kernel knows no empty tables
            result = registerAll();
        }
        if (result < 0) {
            refuse(result);
            places = new byte[0];
        }
    }

    private long makeEmptyTable() {
        int shift = SHIFT_MIN;
        cut(shift);
        while (pieces.count() > PIECES_MAX && shift < SHIFT_MAX) {
            cut(++shift);
        }
        if (pieces.count() == 0 || pieces.count() > PIECES_MAX) {
            return pieces.count() == 0 ? 0 : -Errno.EINVAL;
        }
        MemorySegment register = update.fill((byte) 0);
        register.set(ValueLayout.JAVA_INT, Abi.RSRC_REGISTER_NR, pieces.count());
        register.set(ValueLayout.JAVA_INT, Abi.RSRC_REGISTER_FLAGS, Abi.RSRC_REGISTER_SPARSE);
        return ring.register(Abi.REGISTER_BUFFERS2, register.address(), RSRC_BYTES);
    }

    private long registerAll() {
        cut(SHIFT_MAX);
        if (pieces.count() == 0) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment iovecs = arena.allocate((long) IOVEC_BYTES * pieces.count(), Long.BYTES);
            for (int i = 0; i < pieces.count(); i++) {
                setIovec(iovecs, (long) IOVEC_BYTES * i, i);
            }
            long result = ring.register(Abi.REGISTER_BUFFERS, iovecs.address(), pieces.count());
            if (result >= 0) {
                Arrays.fill(places, FILLED);
                registeredBytes = pieces.bytes();
            }
            return result;
        }
    }

    private void cut(int shift) {
        pieces = new BufferPieces(segments, shift);
        places = new byte[pieces.count()];
    }

    private void setIovec(MemorySegment to, long at, int piece) {
        long start = pieces.start(piece);
        to.set(ValueLayout.JAVA_LONG, at, start);
        to.set(ValueLayout.JAVA_LONG, at + 8, pieces.end(piece) - start);
    }

    /**
     * The number of the registered buffer that holds all of {@code [address, address + length)}, or
     * {@link #NONE}. Registers it first if nobody has asked for it before.
     */
    int find(long address, long length) {
        if (places.length == 0) {
            return NONE;
        }
        int piece = pieces.of(address, length);
        if (piece == NONE || places[piece] == FILLED) {
            return piece;
        }
        return places[piece] == EMPTY && !exhausted && fill(piece) ? piece : NONE;
    }

    private boolean fill(int piece) {
        MemorySegment to = update.fill((byte) 0);
        to.set(ValueLayout.JAVA_INT, Abi.RSRC_UPDATE_OFFSET, piece);
        to.set(ValueLayout.JAVA_LONG, Abi.RSRC_UPDATE_DATA, update.address() + RSRC_BYTES);
        to.set(ValueLayout.JAVA_INT, Abi.RSRC_UPDATE_NR, 1);
        setIovec(to, RSRC_BYTES, piece);
        long result = ring.register(Abi.REGISTER_BUFFERS_UPDATE, to.address(), RSRC_BYTES);
        if (result != 1) {
            places[piece] = REFUSED;
            refuse(result);
            return false;
        }
        places[piece] = FILLED;
        registeredBytes += pieces.end(piece) - pieces.start(piece);
        return true;
    }

    private void refuse(long result) {
        int errno = (int) -result;
        refusal = Errno.describe(errno);
        exhausted = errno == Errno.ENOMEM;
    }

    /** For people. Any thread: what it says may be a moment old. */
    String describe() {
        if (!refusal.isEmpty() && registeredBytes == 0) {
            return "buffers not registered: " + refusal;
        }
        if (places.length == 0) {
            return "no registered buffers";
        }
        return "registered buffers "
                + (registeredBytes >> 20)
                + " of "
                + (pieces.bytes() >> 20)
                + " MiB in "
                + places.length
                + (places.length == 1 ? " piece" : " pieces")
                + (refusal.isEmpty() ? "" : ", more not registered: " + refusal);
    }
}
