package site.js0.jdb.fs.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.linux.Syscall;

/**
 * How other threads end the owner's sleep: one state word, and an eventfd that the ring reads while
 * the owner sleeps.
 *
 * <pre>
 *   AWAKE    --wakeup-->   NOTIFIED    no system call: the owner will look before it sleeps
 *   AWAKE    --mayFallAsleep--> SLEEPING
 *   NOTIFIED --mayFallAsleep--> AWAKE  the owner does not sleep
 *   SLEEPING --wakeup-->   NOTIFIED    and this thread, the only one, writes the eventfd
 *   SLEEPING, NOTIFIED --awake--> AWAKE
 *   any      --close-->    CLOSED
 * </pre>
 *
 * <p>No wakeup is lost. All moves of the word are atomic, so each wakeup is either before the
 * owner's move to SLEEPING, or after it. Before: the word is NOTIFIED, and the owner's move fails.
 * After: the wakeup finds SLEEPING (or NOTIFIED: then another wakeup found it), and writes the
 * eventfd. An eventfd remembers: whether the ring's read of it was armed earlier, or is armed by
 * the very system call that the owner goes to sleep in, that read completes, and a completion ends
 * the sleep. A write that comes after the owner awoke for another reason ends one later sleep
 * early, which is allowed.
 */
final class Wakeup {
    private static final int AWAKE = 0;
    private static final int NOTIFIED = 1;
    private static final int SLEEPING = 2;
    private static final int CLOSED = 3;

    private static final int EFD_CLOEXEC = Syscall.O_CLOEXEC;

    private final AtomicInteger state = new AtomicInteger(AWAKE);

    /**
     * Threads between their look at the word and their write to the eventfd: it is closed only when
     * there are none.
     */
    private final AtomicInteger writers = new AtomicInteger();

    private final int eventFd;

    /** What the ring's read puts the eventfd's count into. */
    private final MemorySegment count;

    /** The number 1: what is added to the eventfd's count. */
    private final MemorySegment one;

    /** For errno; of the writer that found no other. */
    private final MemorySegment capture;

    private boolean armed;

    Wakeup(Arena arena) {
        capture = arena.allocate(Syscall.CAPTURE);
        count = arena.allocate(Long.BYTES, Long.BYTES);
        one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
        long result = Syscall.call(Syscall.EVENTFD2, 0, EFD_CLOEXEC, 0, 0);
        if (result < 0) {
            throw new IoException(new IoError.Io("eventfd", "the ring", 0, 0, (int) -result));
        }
        eventFd = (int) result;
    }

    /** Any thread. */
    void wakeup() {
        while (true) {
            switch (state.get()) {
                case AWAKE -> {
                    if (state.compareAndSet(AWAKE, NOTIFIED)) {
                        return;
                    }
                }
                case SLEEPING -> {
                    boolean alone = writers.incrementAndGet() == 1;
                    try {
                        if (state.compareAndSet(SLEEPING, NOTIFIED)) {
                            write(alone);
                            return;
                        }
                    } finally {
                        writers.decrementAndGet();
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private void write(boolean alone) {
        long result;
        do {
            result = tryWrite(alone);
        } while (result == -Errno.EINTR);
        if (result < 0) {
            throw new IoException(new IoError.Io("wakeup", "the ring", 0, 0, (int) -result));
        }
    }

    /** Allocates nothing, but where two threads are in here, which is rare. */
    private long tryWrite(boolean alone) {
        return alone
                ? Syscall.invoke(
                        capture, Syscall.WRITE, eventFd, one.address(), Long.BYTES, 0, 0, 0)
                : Syscall.call(Syscall.WRITE, eventFd, one.address(), Long.BYTES, 0);
    }

    /**
     * Owner: false when a wakeup came since the last {@link #awake()}, which is used up by this.
     */
    boolean mayFallAsleep() {
        if (state.compareAndSet(AWAKE, SLEEPING)) {
            return true;
        }
        state.compareAndSet(NOTIFIED, AWAKE);
        return false;
    }

    /**
     * Owner: after the sleep, or when it found a reason not to sleep; uses up wakeups that came
     * meanwhile.
     */
    void awake() {
        state.set(AWAKE);
    }

    /** Owner: pushes the ring's read of the eventfd unless it stands already; the ring has room. */
    void arm(Ring ring, long userData) {
        if (!armed) {
            ring.push(Abi.OP_READ, 0, eventFd, 0, count.address(), Long.BYTES, 0, userData, 0);
            armed = true;
        }
    }

    boolean armed() {
        return armed;
    }

    /** Owner: the ring's read has completed. */
    void disarmed() {
        armed = false;
    }

    /**
     * First half of closing: no thread writes any more, and the ring's read, if armed, completes
     * now.
     */
    void stop() {
        state.set(CLOSED);
        while (writers.get() != 0) {
            LockSupport.parkNanos(10_000);
        }
        write(false);
    }

    void close() {
        Syscall.call(Syscall.CLOSE, eventFd, 0, 0, 0);
    }
}
