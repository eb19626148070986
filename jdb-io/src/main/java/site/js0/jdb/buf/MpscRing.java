package site.js0.jdb.buf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Bounded queue that any thread may add to and one takes from. Lock-free, allocates nothing.
 *
 * <p>After Vyukov's bounded queue: each slot carries a sequence number that says whose turn it is.
 *
 * <pre>
 *  sequence of slot i   meaning
 *            t          free for the producer that gets ticket t (t mod capacity = i)
 *            t + 1      holds the item of ticket t
 *            t + capacity  taken; free for the next lap
 * </pre>
 *
 * <p>Memory order. (1) A producer's release store of the sequence, {@code t + 1}, pairs with the
 * consumer's acquire load: the item, and all the producer wrote before, is visible to the consumer.
 * (2) The consumer's release store, {@code t + capacity}, pairs with the next producer's acquire
 * load: the slot was read and cleared before it is written again. (3) The tickets themselves only
 * need to be unique: their CAS orders nothing that (1) and (2) do not.
 */
final class MpscRing<E> {
    private static final VarHandle SEQUENCE = MethodHandles.arrayElementVarHandle(long[].class);

    /**
     * Longs between two cursors: a cache line, and its neighbour that the prefetcher brings along.
     */
    private static final int APART = 16;

    private static final int TAIL = APART;

    private final int capacity;
    private final int mask;
    private final @Nullable Object[] items;
    private final long[] sequences;

    /** {@code cursors[TAIL]} is the next ticket; alone on its cache lines. */
    private final long[] cursors = new long[2 * APART + 1];

    /** Consumer only. */
    private long head;

    /** Rounds {@code capacity} up to a power of two, at least 2. */
    MpscRing(int capacity) {
        if (capacity < 1 || capacity > 1 << 30) {
            throw new IllegalArgumentException("capacity must be 1 to 2^30, was " + capacity);
        }
        this.capacity = capacity < 2 ? 2 : Integer.highestOneBit(capacity - 1) << 1;
        this.mask = this.capacity - 1;
        this.items = new @Nullable Object[this.capacity];
        this.sequences = new long[this.capacity];
        for (int i = 0; i < this.capacity; i++) {
            sequences[i] = i;
        }
        VarHandle.releaseFence(); // published with the ring itself
    }

    int capacity() {
        return capacity;
    }

    /** Any thread. False when full. */
    boolean offer(E item) {
        long ticket = (long) SEQUENCE.getOpaque(cursors, TAIL);
        while (true) {
            int slot = (int) ticket & mask;
            long turn = (long) SEQUENCE.getAcquire(sequences, slot) - ticket;
            if (turn == 0) {
                if (SEQUENCE.weakCompareAndSetPlain(cursors, TAIL, ticket, ticket + 1)) {
                    items[slot] = item;
                    SEQUENCE.setRelease(sequences, slot, ticket + 1);
                    return true;
                }
            } else if (turn < 0) {
                return false; // a lap behind: the consumer has not freed it
            }
            ticket = (long) SEQUENCE.getOpaque(cursors, TAIL);
        }
    }

    /** One thread at a time. Null when empty, or when the oldest item is still being written. */
    @SuppressWarnings("unchecked") // only offer(E) puts items in
    @Nullable E poll() {
        int slot = (int) head & mask;
        if ((long) SEQUENCE.getAcquire(sequences, slot) != head + 1) {
            return null;
        }
        E item = (E) items[slot];
        items[slot] = null;
        SEQUENCE.setRelease(sequences, slot, head + capacity);
        head++;
        return item;
    }
}
