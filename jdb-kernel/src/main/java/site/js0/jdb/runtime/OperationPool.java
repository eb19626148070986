package site.js0.jdb.runtime;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Keeps finished operations (or sets of them) for their next use, so that a call in steady state
 * allocates nothing. A fixed number of slots, chosen by thread; a taken slot means a new object, a
 * full one lets the old object go. Any thread.
 */
final class OperationPool<T> {
    private static final int SLOTS = 64;

    /**
     * Slots lie apart, so that two threads' slots do not share a cache line (16 references of 4
     * bytes).
     */
    private static final int STRIDE = 16;

    private final AtomicReferenceArray<T> slots = new AtomicReferenceArray<>(SLOTS * STRIDE);
    private final Supplier<T> factory;

    OperationPool(Supplier<T> factory) {
        this.factory = factory;
    }

    T take() {
        T kept = slots.getAndSet(slot(), null);
        return kept != null ? kept : factory.get();
    }

    /** Only for an operation that is finished and that nobody else refers to. */
    void give(T operation) {
        slots.setRelease(slot(), operation);
    }

    private static int slot() {
        long id = Thread.currentThread().threadId() * 0x9E3779B97F4A7C15L;
        return (int) (id >>> 58) * STRIDE;
    }
}
