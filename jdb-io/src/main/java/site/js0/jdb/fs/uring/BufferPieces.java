package site.js0.jdb.fs.uring;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Memory cut into numbered pieces: which piece an address lies in. Pieces begin at multiples of
 * their size, but for the first of each segment. Owner: the ring's.
 */
final class BufferPieces {
    /** No piece. */
    static final int NONE = -1;

    private final int shift;

    /** The segments by ascending address, and the number of each one's first piece. */
    private final long[] starts;

    private final long[] ends;
    private final int[] firsts;
    private final int count;
    private final long bytes;

    /** The segment found last. */
    private int last;

    /** Cuts {@code segments}, empty ones left out, into pieces of {@code 1 << shift} bytes. */
    BufferPieces(MemorySegment[] segments, int shift) {
        MemorySegment[] sorted =
                Arrays.stream(segments)
                        .filter(s -> s.byteSize() > 0)
                        .sorted(Comparator.comparingLong(MemorySegment::address))
                        .toArray(MemorySegment[]::new);
        this.shift = shift;
        starts = new long[sorted.length];
        ends = new long[sorted.length];
        firsts = new int[sorted.length];
        long pieces = 0;
        long sum = 0;
        for (int i = 0; i < sorted.length; i++) {
            starts[i] = sorted[i].address();
            ends[i] = starts[i] + sorted[i].byteSize();
            firsts[i] = Math.toIntExact(pieces);
            pieces += ((ends[i] - 1) >>> shift) - (starts[i] >>> shift) + 1;
            sum += sorted[i].byteSize();
        }
        count = Math.toIntExact(pieces);
        bytes = sum;
    }

    int count() {
        return count;
    }

    /** Bytes of all pieces together. */
    long bytes() {
        return bytes;
    }

    /** The piece that holds all of {@code [address, address + length)}, or {@link #NONE}. */
    int of(long address, long length) {
        int segment = last;
        if (segment >= starts.length || address < starts[segment] || address >= ends[segment]) {
            segment = lastNotAbove(address);
            if (segment == NONE) {
                return NONE;
            }
            last = segment;
        }
        long end = address + length;
        long number = address >>> shift;
        if (end > ends[segment] || (end - 1) >>> shift != number) {
            return NONE;
        }
        return firsts[segment] + (int) (number - (starts[segment] >>> shift));
    }

    /** The last segment that begins at or below {@code address}. */
    private int lastNotAbove(long address) {
        int at = Arrays.binarySearch(starts, address);
        return at >= 0 ? at : -at - 2; // -1 is NONE
    }

    long start(int piece) {
        int segment = segmentOf(piece);
        long number = (starts[segment] >>> shift) + piece - firsts[segment];
        return Math.max(number << shift, starts[segment]);
    }

    long end(int piece) {
        int segment = segmentOf(piece);
        long number = (starts[segment] >>> shift) + piece - firsts[segment];
        return Math.min((number + 1) << shift, ends[segment]);
    }

    private int segmentOf(int piece) {
        int segment = firsts.length - 1;
        while (firsts[segment] > piece) {
            segment--;
        }
        return segment;
    }
}
