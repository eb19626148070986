package site.js0.jdb.fs.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Errno;

/**
 * {@code syscall(2)} and the numbers and flags that differ between processors. Any thread.
 *
 * <p>Every call answers what the kernel answered: a value {@code >= 0}, or {@code -errno}.
 * Arguments are 64-bit registers; addresses are passed as numbers, so the caller keeps the memory
 * alive until the call returns.
 *
 * <p>One handle for all calls keeps start-up short (linking one costs about a millisecond) and
 * gives musl and glibc the same behaviour. It is linked on first use: {@link #unavailable()} says
 * why not, if it could not be.
 */
public final class Syscall {
    /** Bytes of the memory that {@link #invoke} leaves errno in. */
    public static final StructLayout CAPTURE = Linker.Option.captureStateLayout();

    private static final VarHandle ERRNO =
            CAPTURE.varHandle(java.lang.foreign.MemoryLayout.PathElement.groupElement("errno"));

    private static final boolean ARM =
            System.getProperty("os.arch").toLowerCase(Locale.ROOT).equals("aarch64");
    private static final boolean X86 =
            System.getProperty("os.arch").toLowerCase(Locale.ROOT).equals("amd64");

    // Numbers: arch/x86/entry/syscalls/syscall_64.tbl and uapi/asm-generic/unistd.h.
    public static final long READ = ARM ? 63 : 0;
    public static final long WRITE = ARM ? 64 : 1;
    public static final long OPENAT = ARM ? 56 : 257;
    public static final long CLOSE = ARM ? 57 : 3;
    public static final long FTRUNCATE = ARM ? 46 : 77;
    public static final long FALLOCATE = ARM ? 47 : 285;
    public static final long FSYNC = ARM ? 82 : 74;
    public static final long FDATASYNC = ARM ? 83 : 75;
    public static final long PREAD64 = ARM ? 67 : 17;
    public static final long PWRITE64 = ARM ? 68 : 18;
    public static final long FADVISE64 = ARM ? 223 : 221;
    public static final long MMAP = ARM ? 222 : 9;
    public static final long MUNMAP = ARM ? 215 : 11;
    public static final long MADVISE = ARM ? 233 : 28;
    public static final long UNLINKAT = ARM ? 35 : 263;
    public static final long RENAMEAT2 = ARM ? 276 : 316;
    public static final long MKDIRAT = ARM ? 34 : 258;
    public static final long GETDENTS64 = ARM ? 61 : 217;
    public static final long STATX = ARM ? 291 : 332;
    public static final long EVENTFD2 = ARM ? 19 : 290;
    public static final long PIPE2 = ARM ? 59 : 293;
    public static final long SCHED_SETAFFINITY = ARM ? 122 : 203;
    public static final long SCHED_GETAFFINITY = ARM ? 123 : 204;
    public static final long PRCTL = ARM ? 167 : 157;
    public static final long IO_URING_SETUP = 425;
    public static final long IO_URING_ENTER = 426;
    public static final long IO_URING_REGISTER = 427;

    // Flags of open(2); the values that differ are those of asm/fcntl.h.
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_DSYNC = 0x1000;
    public static final int O_DIRECT = ARM ? 0x10000 : 0x4000;
    public static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
    public static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
    public static final int O_CLOEXEC = 0x80000;
    public static final int AT_FDCWD = -100;

    private Syscall() {}

    /** Null when system calls can be made from here, else the reason why not, for people. */
    public static @Nullable String unavailable() {
        return Link.REASON;
    }

    /**
     * The raw call, for callers with their own {@code capture} memory ({@link #CAPTURE}, one per
     * thread): allocates nothing.
     */
    public static long invoke(
            MemorySegment capture, long number, long a, long b, long c, long d, long e, long f) {
        long result;
        try {
            result = (long) Link.SYSCALL.invokeExact(capture, number, a, b, c, d, e, f);
        } catch (RuntimeException | Error x) {
            throw x;
        } catch (Throwable x) {
            throw new AssertionError("a downcall threw a checked exception", x);
        }
        return result == -1 ? -(long) (int) ERRNO.get(capture, 0L) : result;
    }

    /** The call with memory of its own for errno; for calls that are not hot. */
    public static long call(long number, long a, long b, long c, long d, long e, long f) {
        try (Arena arena = Arena.ofConfined()) {
            return invoke(arena.allocate(CAPTURE), number, a, b, c, d, e, f);
        }
    }

    /** As {@link #call(long, long, long, long, long, long, long)}. */
    public static long call(long number, long a, long b, long c, long d) {
        return call(number, a, b, c, d, 0, 0);
    }

    /**
     * As {@link #call(long, long, long, long, long, long, long)}, and again while a signal
     * interrupts it.
     */
    public static long callRestarting(long number, long a, long b, long c, long d) {
        long result;
        do {
            result = call(number, a, b, c, d, 0, 0);
        } while (result == -Errno.EINTR);
        return result;
    }

    /**
     * Linked on first use; a class of its own so that merely naming a constant above links nothing.
     */
    private static final class Link {
        static final MethodHandle SYSCALL;
        static final @Nullable String REASON;

        static {
            MethodHandle handle = null;
            String reason = null;
            if (!System.getProperty("os.name").equals("Linux")) {
                reason = "not Linux but " + System.getProperty("os.name");
            } else if (!ARM && !X86) {
                reason =
                        "system call numbers of "
                                + System.getProperty("os.arch")
                                + " are not known here";
            } else {
                try {
                    handle = link();
                } catch (IllegalCallerException
                        | UnsatisfiedLinkError
                        | UnsupportedOperationException e) {
                    reason = "native access is not possible: " + e.getMessage();
                }
            }
            SYSCALL = handle == null ? missing(String.valueOf(reason)) : handle;
            REASON = reason;
        }

        private static MethodHandle link() {
            Linker linker = Linker.nativeLinker();
            MemorySegment symbol =
                    linker.defaultLookup()
                            .find("syscall")
                            .orElseThrow(() -> new UnsatisfiedLinkError("libc has no syscall()"));
            ValueLayout.OfLong register = ValueLayout.JAVA_LONG;
            return linker.downcallHandle(
                    symbol,
                    FunctionDescriptor.of(
                            register, register, register, register, register, register, register,
                            register),
                    Linker.Option.firstVariadicArg(1),
                    Linker.Option.captureCallState("errno"));
        }

        private static MethodHandle missing(String reason) {
            var type =
                    java.lang.invoke.MethodType.methodType(
                            long.class,
                            MemorySegment.class,
                            long.class,
                            long.class,
                            long.class,
                            long.class,
                            long.class,
                            long.class,
                            long.class);
            MethodHandle thrower =
                    java.lang.invoke.MethodHandles.throwException(
                            long.class, UnsupportedOperationException.class);
            return java.lang.invoke.MethodHandles.dropArguments(
                    thrower.bindTo(new UnsupportedOperationException(reason)),
                    0,
                    type.parameterList());
        }
    }
}
