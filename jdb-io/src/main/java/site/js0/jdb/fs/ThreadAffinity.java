package site.js0.jdb.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import site.js0.jdb.fs.linux.Syscall;

/** Ties the calling thread to processors, where the system lets it. For platform threads only. */
public final class ThreadAffinity {
    /** cpu_set_t of the kernel, long enough for 8192 processors. */
    private static final int MASK_BYTES = 1024;

    private ThreadAffinity() {}

    /**
     * The processors that the calling thread may run on, ascending; empty when the system does not
     * say.
     */
    public static List<Integer> allowed() {
        List<Integer> allowed = new ArrayList<>();
        if (Syscall.unavailable() == null) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
                long bytes =
                        Syscall.call(Syscall.SCHED_GETAFFINITY, 0, MASK_BYTES, mask.address(), 0);
                for (long cpu = 0; cpu < bytes * Byte.SIZE; cpu++) {
                    if ((mask.getAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE)
                                            >>> (cpu % Long.SIZE)
                                    & 1)
                            != 0) {
                        allowed.add((int) cpu);
                    }
                }
            }
        }
        return allowed;
    }

    /**
     * Lets the calling thread run on processor {@code cpu} only.
     *
     * @return false when the system refuses or can't; the thread then runs where it did
     */
    public static boolean pin(int cpu) {
        return allow(List.of(cpu));
    }

    /**
     * Lets the calling thread run on these processors only: what {@link #allowed} answered another
     * thread, for one that was started by a thread that is pinned and has inherited that.
     *
     * @return false when the system refuses or can't, or there are none
     */
    public static boolean allow(List<Integer> cpus) {
        if (cpus.isEmpty() || Syscall.unavailable() != null) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            for (int cpu : cpus) {
                if (cpu < 0 || cpu >= MASK_BYTES * Byte.SIZE) {
                    return false;
                }
                long word = mask.getAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE);
                mask.setAtIndex(
                        ValueLayout.JAVA_LONG, cpu / Long.SIZE, word | 1L << (cpu % Long.SIZE));
            }
            return Syscall.call(Syscall.SCHED_SETAFFINITY, 0, MASK_BYTES, mask.address(), 0) == 0;
        }
    }
}
