package site.js0.jdb.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import site.js0.jdb.fs.linux.Syscall;

/**
 * A JVM of its own for {@link RestrictedTest}: takes system calls away from itself, opens a driver,
 * writes and reads, and prints what the driver says of itself.
 *
 * <p>Arguments: directory, kind of driver, errno that io_uring_setup shall answer (0: leave it
 * alone).
 */
final class RestrictedChild {
    private static final int BLOCK = 4096;

    private RestrictedChild() {}

    public static void main(String[] args) {
        int errno = Integer.parseInt(args[2]);
        if (errno != 0) {
            forbid(Syscall.IO_URING_SETUP, errno);
        }
        DriverOptions options =
                DriverOptions.defaults().withKind(DriverOptions.Kind.parse(args[1]));
        try (IoDriver driver = Drivers.open(options);
                Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(1024 * BLOCK, 512 * BLOCK);
            driver.registerBuffers(memory);
            writeAndRead(driver, memory, Path.of(args[0]).resolve("f"));
            try (IoDriver second = Drivers.open(options)) {
                System.out.println("second: " + second.name());
            }
            System.out.println(driver.describe());
        } catch (IoException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }

    private static void writeAndRead(IoDriver driver, MemorySegment memory, Path path) {
        DriverFixture.Op op = new DriverFixture.Op();
        try (IoFile file = driver.open(path, OpenMode.CREATE, FileRole.OTHER)) {
            DriverFixture.pattern(memory.asSlice(0, BLOCK), 1);
            op.prepareWriteThenSync(file, 0, memory, 0, BLOCK);
            run(driver, op);
            op.prepareRead(file, 0, memory, BLOCK, BLOCK);
            run(driver, op);
        }
        boolean same = memory.asSlice(0, BLOCK).mismatch(memory.asSlice(BLOCK, BLOCK)) == -1;
        System.out.println(same ? "bytes are the same" : "bytes differ");
    }

    private static void run(IoDriver driver, DriverFixture.Op op) {
        int before = op.completions;
        driver.enqueue(op);
        while (op.completions == before) {
            driver.await(-1);
            driver.poll(1);
        }
        if (!op.succeeded()) {
            throw op.failure();
        }
    }

    /**
     * A seccomp filter on this thread, as container runtimes install it: {@code call} fails, the
     * rest goes through.
     */
    private static void forbid(long call, int errno) {
        int prSetNoNewPrivs = 38;
        int prSetSeccomp = 22;
        int modeFilter = 2;
        int retErrno = 0x0005_0000;
        int retAllow = 0x7FFF_0000;
        int load = 0x20; // BPF_LD | BPF_W | BPF_ABS
        int jumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
        int ret = 0x06; // BPF_RET | BPF_K
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(4 * 8, 8);
            instruction(program, 0, load, 0, 0, 0); // seccomp_data.nr
            instruction(program, 1, jumpEqual, 0, 1, (int) call);
            instruction(program, 2, ret, 0, 0, retErrno | errno);
            instruction(program, 3, ret, 0, 0, retAllow);
            MemorySegment header = arena.allocate(16, 8); // struct sock_fprog
            header.set(ValueLayout.JAVA_SHORT, 0, (short) 4);
            header.set(ValueLayout.ADDRESS, 8, program);
            check(Syscall.call(Syscall.PRCTL, prSetNoNewPrivs, 1, 0, 0));
            check(Syscall.call(Syscall.PRCTL, prSetSeccomp, modeFilter, header.address(), 0));
        }
    }

    private static void instruction(
            MemorySegment program, int index, int code, int ifTrue, int ifFalse, int k) {
        long at = index * 8L;
        program.set(ValueLayout.JAVA_SHORT, at, (short) code);
        program.set(ValueLayout.JAVA_BYTE, at + 2, (byte) ifTrue);
        program.set(ValueLayout.JAVA_BYTE, at + 3, (byte) ifFalse);
        program.set(ValueLayout.JAVA_INT, at + 4, k);
    }

    private static void check(long result) {
        if (result < 0) {
            throw new IllegalStateException("prctl: " + Errno.describe((int) -result));
        }
    }
}
