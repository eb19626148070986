package site.js0.jdb.api;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.linux.Syscall;

/**
 * A process with fewer rights: perhaps forbids itself io_uring, then works with a database and
 * prints what that says of its driver. Arguments: path, errno that io_uring_setup shall answer (0:
 * leave it alone).
 */
final class RestrictedChild {
    private static final int ROWS = 3000;

    private RestrictedChild() {}

    public static void main(String[] args) {
        int errno = Integer.parseInt(args[1]);
        if (errno != 0) {
            forbidIoUring(errno);
        }
        Path path = Path.of(args[0]);
        for (int round = 0; round < 2; round++) {
            try (Jdb jdb = Jdb.open(path, HolderChild.OPTIONS.withShards(2))) {
                Table t = jdb.database("d").table("t");
                for (int i = 0; i < ROWS; i++) {
                    t.put(KernelFixture.key(i), HolderChild.value(i));
                }
                jdb.settle();
                for (int i = 0; i < ROWS; i++) {
                    if (!java.util.Arrays.equals(
                            t.get(KernelFixture.key(i)), HolderChild.value(i))) {
                        throw new IllegalStateException("row " + i + " is another");
                    }
                }
                System.out.println("works with " + jdb.stats().info().get("driver"));
                System.out.println(jdb.stats().info().get("driver.description"));
            }
        }
    }

    /** A seccomp filter, as container runtimes install it, for the threads to come. */
    private static void forbidIoUring(int errno) {
        long[] program = {
            0x20, // load the number of the system call
            0x15L | 1L << 24 | Syscall.IO_URING_SETUP << 32, // if it is not this one, skip one
            0x06L | (0x0005_0000L | errno) << 32, // answer errno
            0x06L | 0x7FFF_0000L << 32 // allow
        };
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filter = arena.allocateFrom(ValueLayout.JAVA_LONG, program);
            MemorySegment header = arena.allocate(16, 8); // struct sock_fprog
            header.set(ValueLayout.JAVA_SHORT, 0, (short) program.length);
            header.set(ValueLayout.ADDRESS, 8, filter);
            check(Syscall.call(Syscall.PRCTL, 38, 1, 0, 0)); // PR_SET_NO_NEW_PRIVS
            check(Syscall.call(Syscall.PRCTL, 22, 2, header.address(), 0)); // PR_SET_SECCOMP
        }
    }

    private static void check(long result) {
        if (result < 0) {
            throw new IllegalStateException("prctl: " + Errno.describe((int) -result));
        }
    }
}
