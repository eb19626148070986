package site.js0.jdb.proto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way into a shard: a bounded queue of references, any number of senders, one receiver. Nobody
 * waits in it and nothing is allocated: full, it refuses.
 *
 * <p>Senders call {@link #offer} from any thread. The receiver, one thread at a time (the shard's,
 * under the hold), calls {@link #poll} or {@link #drain}. What a sender wrote before {@code offer}
 * the receiver sees after {@code poll}. The elements of one sender arrive in his order.
 *
 * <p>Closing it is for good: once {@link #close} has returned, no further element gets in, and all
 * that got in are there for the receiver to answer.
 *
 * @param <T> what is sent
 */
public final class ShardChannel<T> {
    /*
     * A ring of slots and three counters that only grow; slot i serves the positions p with p mod capacity == i.
     *
     *   tail   the next position a sender will claim; its top bit says closed       senders CAS
     *   head   the next position the receiver will take                             receiver writes, all read
     *   limit  senders may claim positions below it: a head seen earlier + capacity  senders write, all read
     *
     * offer: claims position t by CAS(tail, t, t + 1), having seen t < limit, then stores the element (release).
     * poll:  loads the slot (acquire). Null: empty, or its sender has claimed but not stored yet. Otherwise empties the
     *        slot (plain), then moves head on (release).
     *
     * 1. An element is published by the release store into its slot, which the receiver's acquire load reads.
     * 2. A slot is never overwritten: a sender claims t only with t < h + capacity for a head h that it, or the sender who
     *    wrote limit, loaded (acquire; limit is passed on by release and acquire). That head was stored (release) after
     *    the receiver had emptied slot t - capacity, so the emptying comes before the new element's store.
     * 3. limit may be behind, which costs a look at head, but never ahead: it only ever is some head + capacity, and head
     *    never goes back. That two senders may write it in either order does no harm.
     * 4. close sets the top bit of tail by an atomic OR. A claim is a CAS on the very same word, hence before it (then its
     *    element will be stored and counted) or after it (then it fails and the sender sees the bit).
     * 5. isEmpty compares the counters, not the slot: between claim and store it says false, so that a receiver who is
     *    about to sleep looks again and does not miss what is being stored. A sender wakes the receiver after offer has
     *    returned; who sleeps must announce that before his last look at isEmpty, with a full fence between (the driver's
     *    await and wakeup do that).
     *
     * The counters lie 128 bytes apart: senders' and receiver's lines do not disturb each other (adjacent lines are
     * fetched in pairs).
     */
    private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(long[].class);

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

    private static final int LINES = 128 / Long.BYTES;
    private static final int TAIL = LINES;
    private static final int LIMIT = 2 * LINES;
    private static final int HEAD = 3 * LINES;

    private static final long CLOSED = Long.MIN_VALUE;

    /** The largest capacity. */
    public static final int CAPACITY_MAX = 1 << 20;

    private final long[] counters = new long[4 * LINES];
    private final @Nullable Object[] slots;
    private final int mask;

    /**
     * An empty channel.
     *
     * @param capacity how many elements may wait: a power of two, 2 to {@link #CAPACITY_MAX}
     */
    public ShardChannel(int capacity) {
        if (capacity < 2 || capacity > CAPACITY_MAX || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(
                    "capacity " + capacity + " is no power of two from 2 to 2^20");
        }
        slots = new @Nullable Object[capacity];
        mask = capacity - 1;
        counters[LIMIT] = capacity;
    }

    /** How many elements may wait. */
    public int capacity() {
        return mask + 1;
    }

    /**
     * Sends {@code element}. Any thread; lock-free.
     *
     * @return false when full, or {@link #closed}; it was not sent then
     */
    public boolean offer(T element) {
        assert element != null;
        long tail = (long) COUNTER.getAcquire(counters, TAIL);
        while (true) {
            if (tail < 0) {
                return false; // closed
            }
            if (tail >= (long) COUNTER.getAcquire(counters, LIMIT) && !raiseLimit(tail)) {
                return false; // full
            }
            final long witness = (long) COUNTER.compareAndExchange(counters, TAIL, tail, tail + 1);
            if (witness == tail) {
                break;
            }
            tail = witness;
        }
        SLOT.setRelease(slots, (int) tail & mask, element); // pairs with poll
        return true;
    }

    /**
     * True when position {@code tail} is free by now; tells the other senders how far they may go.
     */
    private boolean raiseLimit(long tail) {
        final long limit =
                (long) COUNTER.getAcquire(counters, HEAD)
                        + capacity(); // pairs with the receiver's release
        if (tail >= limit) {
            return false;
        }
        COUNTER.setRelease(counters, LIMIT, limit);
        return true;
    }

    /**
     * Takes the next element. Receiver only.
     *
     * @return null when there is none, or when its sender hasn't finished: {@link #isEmpty} tells
     */
    @SuppressWarnings("unchecked") // only offer stores
    public @Nullable T poll() {
        final long head = (long) COUNTER.get(counters, HEAD); // nobody else writes it
        final int slot = (int) head & mask;
        final Object element = SLOT.getAcquire(slots, slot); // pairs with offer
        if (element == null) {
            return null;
        }
        SLOT.set(slots, slot, null);
        COUNTER.setRelease(counters, HEAD, head + 1); // pairs with raiseLimit
        return (T) element;
    }

    /**
     * Hands up to {@code max} elements to {@code receiver}; an element it fails on is gone.
     * Receiver only.
     *
     * @return how many
     */
    public int drain(Consumer<? super T> receiver, int max) {
        int taken = 0;
        while (taken < max) {
            final T element = poll();
            if (element == null) {
                break;
            }
            taken++;
            receiver.accept(element);
        }
        return taken;
    }

    /**
     * False when an element is there or is just being put in. Exact for the receiver, a guess for
     * others.
     */
    public boolean isEmpty() {
        return size() == 0;
    }

    /**
     * How many elements wait, those just being put in with them; a guess while others send or
     * receive.
     */
    public int size() {
        final long head =
                (long)
                        COUNTER.getVolatile(
                                counters, HEAD); // first: it only grows, so size isn't negative
        final long tail = (long) COUNTER.getVolatile(counters, TAIL) & ~CLOSED;
        return (int) Math.clamp(tail - head, 0L, capacity());
    }

    /** Refuses all further elements. Any thread, any number of times. */
    public void close() {
        final long before = (long) COUNTER.getAndBitwiseOr(counters, TAIL, CLOSED);
        assert (before & ~CLOSED) >= 0;
    }

    /** True after {@link #close}. */
    public boolean closed() {
        return (long) COUNTER.getVolatile(counters, TAIL) < 0;
    }

    @Override
    public String toString() {
        return "channel " + size() + "/" + capacity() + (closed() ? " closed" : "");
    }
}
