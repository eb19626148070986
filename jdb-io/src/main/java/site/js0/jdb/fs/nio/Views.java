package site.js0.jdb.fs.nio;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Byte buffers over the few large segments that operations point into, so that a transfer makes no
 * new objects. One per worker: the buffers' positions are the worker's.
 *
 * <p>A byte buffer addresses 2 GiB at most; a larger segment is seen through windows of 1 GiB, and
 * the rare transfer that lies across two windows through a slice of its own.
 */
final class Views {
    private static final long WINDOW_BYTES = 1L << 30;
    private static final int SLOTS = 8;

    private final @Nullable MemorySegment[] segments = new MemorySegment[SLOTS];
    private final long[] starts = new long[SLOTS];
    private final @Nullable ByteBuffer[] views = new ByteBuffer[SLOTS];
    private int hand;

    /**
     * The bytes {@code [offset, offset + length)} of {@code segment}, between position and limit.
     */
    ByteBuffer of(MemorySegment segment, long offset, int length) {
        long start =
                segment.byteSize() <= Integer.MAX_VALUE ? 0 : offset / WINDOW_BYTES * WINDOW_BYTES;
        long end =
                start == 0 && segment.byteSize() <= Integer.MAX_VALUE
                        ? segment.byteSize()
                        : Math.min(segment.byteSize(), start + WINDOW_BYTES);
        if (offset + length > end) {
            return segment.asSlice(offset, length).asByteBuffer();
        }
        ByteBuffer view = windowAt(segment, start, end);
        int at = (int) (offset - start);
        view.limit(at + length).position(at);
        return view;
    }

    @SuppressWarnings("MemorySegmentReferenceEquality") // equals() compares addresses, and no more
    private ByteBuffer windowAt(MemorySegment segment, long start, long end) {
        for (int i = 0; i < SLOTS; i++) {
            ByteBuffer view = views[i];
            // The same object: equal segments may differ in length and life time.
            if (view != null && starts[i] == start && segments[i] == segment) {
                return view.clear();
            }
        }
        ByteBuffer view = segment.asSlice(start, end - start).asByteBuffer();
        segments[hand] = segment;
        starts[hand] = start;
        views[hand] = view;
        hand = (hand + 1) % SLOTS;
        return view;
    }
}
