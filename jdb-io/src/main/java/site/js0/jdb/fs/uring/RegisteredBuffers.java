package site.js0.jdb.fs.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Comparator;
import site.js0.jdb.fs.Errno;

/**
 * Memory that the kernel has pinned once, so that requests in it need not pin and unpin their pages
 * each time (0.4 us).
 *
 * <p>The kernel takes pieces of at most 1 GiB; larger segments are split, and a request across the
 * seam goes unregistered. Registering is all or nothing, and anew each time it grows. Owner: the
 * ring's.
 */
final class RegisteredBuffers {
    /** No registered buffer holds this memory. */
    static final int NONE = -1;

    private static final long PIECE_BYTES_MAX = 1L << 30;
    private static final int PIECES_MAX = 16_384;
    private static final int IOVEC_BYTES = 16;

    private final Ring ring;

    /** Pieces by ascending address; a piece's place here is its number in the kernel. */
    private long[] starts = {};

    private long[] ends = {};
    private long bytes;
    private int last;
    private String refusal = "";

    RegisteredBuffers(Ring ring) {
        this.ring = ring;
    }

    /**
     * Registers more memory; what is refused stays unregistered, and {@link #describe()} says why.
     */
    void add(MemorySegment... segments) {
        Piece[] pieces = piecesWith(segments);
        if (pieces.length > PIECES_MAX) {
            refusal = "more than " + PIECES_MAX + " pieces";
            return;
        }
        if (starts.length > 0) {
            ring.register(Abi.UNREGISTER_BUFFERS, 0, 0);
        }
        long result = register(pieces);
        if (result < 0) {
            refusal = Errno.describe((int) -result);
            starts = new long[0];
            ends = new long[0];
            bytes = 0;
            return;
        }
        refusal = "";
        starts = Arrays.stream(pieces).mapToLong(Piece::start).toArray();
        ends = Arrays.stream(pieces).mapToLong(Piece::end).toArray();
        bytes = Arrays.stream(pieces).mapToLong(p -> p.end() - p.start()).sum();
        last = 0;
    }

    private record Piece(long start, long end) {}

    private Piece[] piecesWith(MemorySegment... segments) {
        java.util.List<Piece> pieces = new java.util.ArrayList<>();
        for (int i = 0; i < starts.length; i++) {
            pieces.add(new Piece(starts[i], ends[i]));
        }
        for (MemorySegment segment : segments) {
            if (!segment.isNative()) {
                throw new IllegalArgumentException(
                        "only native memory can be registered: " + segment);
            }
            long end = segment.address() + segment.byteSize();
            for (long at = segment.address(); at < end; at += PIECE_BYTES_MAX) {
                pieces.add(new Piece(at, Math.min(end, at + PIECE_BYTES_MAX)));
            }
        }
        pieces.sort(Comparator.comparingLong(Piece::start));
        return pieces.toArray(Piece[]::new);
    }

    private long register(Piece[] pieces) {
        if (pieces.length == 0) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment iovecs = arena.allocate((long) IOVEC_BYTES * pieces.length, Long.BYTES);
            for (int i = 0; i < pieces.length; i++) {
                iovecs.setAtIndex(ValueLayout.JAVA_LONG, 2L * i, pieces[i].start());
                iovecs.setAtIndex(
                        ValueLayout.JAVA_LONG, 2L * i + 1, pieces[i].end() - pieces[i].start());
            }
            return ring.register(Abi.REGISTER_BUFFERS, iovecs.address(), pieces.length);
        }
    }

    /**
     * The number of the buffer that holds all of {@code [address, address + length)}, or {@link
     * #NONE}.
     */
    int find(long address, long length) {
        long[] from = starts;
        int near = last;
        if (near >= from.length || address < from[near] || address >= ends[near]) {
            int low = 0;
            int high = from.length - 1;
            near = NONE;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                if (from[middle] <= address) {
                    near = middle;
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            if (near == NONE) {
                return NONE;
            }
            last = near;
        }
        return address + length <= ends[near] ? near : NONE;
    }

    /** For people. */
    String describe() {
        if (!refusal.isEmpty()) {
            return "buffers not registered: " + refusal;
        }
        return starts.length == 0
                ? "no registered buffers"
                : "registered buffers " + starts.length + " (" + (bytes >> 20) + " MiB)";
    }
}
