package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link IoDriver} promises of its operations: each verb, its failures, its bytes. */
public abstract class IoDriverContractTest extends DriverFixture {
    @Test
    void whatWasWrittenIsRead() {
        IoFile file = create("f");
        MemorySegment out = pattern(memory(3 * BLOCK), 5);
        Op op = new Op();
        op.prepareWrite(file, BLOCK, out, 0, 3 * BLOCK);
        assertThat(succeed(op).transferred()).isEqualTo(3 * BLOCK);
        assertThat(file.size()).isEqualTo(4 * BLOCK);

        MemorySegment in = memory(4 * BLOCK);
        op.prepareRead(file, BLOCK, in, BLOCK, 3 * BLOCK);
        succeed(op);
        assertThat(in.asSlice(0, BLOCK).mismatch(memory(BLOCK))).isEqualTo(-1);
        assertThat(in.asSlice(BLOCK, 3 * BLOCK).mismatch(out)).isEqualTo(-1);
    }

    @Test
    void aHoleReadsAsZeros() {
        IoFile file = create("f");
        file.truncate(4 * BLOCK);
        MemorySegment in = memory(BLOCK).fill((byte) 9);
        Op op = new Op();
        op.prepareRead(file, 2 * BLOCK, in, 0, BLOCK);
        succeed(op);
        assertThat(in.mismatch(memory(BLOCK))).isEqualTo(-1);
    }

    @Test
    void aReadBeyondTheEndIsShort() {
        IoFile file = written("f", 2, 0);
        MemorySegment in = memory(4 * BLOCK);
        Op op = new Op();
        op.prepareRead(file, BLOCK, in, 0, 3 * BLOCK);
        run(op);
        assertThat(op.succeeded()).isFalse();
        assertThat(op.transferred()).isEqualTo(BLOCK);
        assertThat(op.failure().error())
                .isEqualTo(new IoError.ShortRead(file.path().toString(), BLOCK, 3 * BLOCK, BLOCK));
        assertPattern(in.asSlice(0, BLOCK), 1);
    }

    @Test
    void aReadOfAFileThatEndsInsideABlockIsShort() {
        IoFile file = written("f", 3, 0);
        file.truncate(BLOCK + 1000);
        MemorySegment in = memory(3 * BLOCK);
        Op op = new Op();
        op.prepareRead(file, 0, in, 0, 3 * BLOCK);
        run(op);
        assertThat(op.transferred()).isEqualTo(BLOCK + 1000);
        assertThat(op.failure().error())
                .isEqualTo(
                        new IoError.ShortRead(file.path().toString(), 0, 3 * BLOCK, BLOCK + 1000));
        op.prepareReadScattered(file, 0, in, new long[] {2 * BLOCK, 0}, 2, BLOCK);
        run(op);
        assertThat(op.transferred()).isEqualTo(BLOCK + 1000);
        assertPattern(in.asSlice(2 * BLOCK, BLOCK), 0);
    }

    @Test
    void aReadAtTheEndFindsNothing() {
        IoFile file = written("f", 1, 0);
        Op op = new Op();
        op.prepareRead(file, BLOCK, memory(BLOCK), 0, BLOCK);
        run(op);
        assertThat(op.transferred()).isZero();
        assertThat(op.failure().error()).isInstanceOf(IoError.ShortRead.class);
    }

    @Test
    void nothingIsMovedWell() {
        IoFile file = written("f", 1, 0);
        MemorySegment memory = memory(BLOCK);
        Op op = new Op();
        op.prepareRead(file, 0, memory, 0, 0);
        succeed(op);
        op.prepareWrite(file, 0, memory, 0, 0);
        succeed(op);
        op.prepareWriteThenSync(file, 0, memory, 0, 0);
        succeed(op);
        op.prepareReadScattered(file, 0, memory, new long[0], 0, BLOCK);
        succeed(op);
        op.prepareWriteGathered(file, 0, memory, new long[0], 0, BLOCK);
        succeed(op);
        assertThat(file.size()).isEqualTo(BLOCK);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 1023, 1024, 1025, 2600})
    void scatteredUnitsGoWhereTheyBelong(int units) {
        IoFile file = create("f");
        MemorySegment out = memory((long) units * BLOCK);
        long[] backwards = new long[units];
        for (int i = 0; i < units; i++) {
            backwards[i] = (long) (units - 1 - i) * BLOCK;
            pattern(out.asSlice(backwards[i], BLOCK), i);
        }
        Op op = new Op();
        op.prepareWriteGathered(file, 0, out, backwards, units, BLOCK);
        assertThat(succeed(op).transferred()).isEqualTo((long) units * BLOCK);

        MemorySegment in = memory((long) units * BLOCK);
        op.prepareRead(file, 0, in, 0, units * BLOCK);
        succeed(op);
        MemorySegment expected = memory(BLOCK);
        for (int i = 0; i < units; i++) {
            assertThat(in.asSlice((long) i * BLOCK, BLOCK).mismatch(pattern(expected, i)))
                    .as("unit %d", i)
                    .isEqualTo(-1);
        }
        in.fill((byte) 0);
        op.prepareReadScattered(file, 0, in, backwards, units, BLOCK);
        succeed(op);
        assertThat(in.mismatch(out)).isEqualTo(-1);
    }

    @Test
    void aScatteredReadBeyondTheEndIsShort() {
        IoFile file = written("f", 3, 0);
        MemorySegment in = memory(8 * BLOCK);
        Op op = new Op();
        op.prepareReadScattered(file, BLOCK, in, new long[] {6 * BLOCK, 3 * BLOCK, 0}, 3, BLOCK);
        run(op);
        assertThat(op.transferred()).isEqualTo(2 * BLOCK);
        assertPattern(in.asSlice(6 * BLOCK, BLOCK), 1);
        assertPattern(in.asSlice(3 * BLOCK, BLOCK), 2);
    }

    @Test
    void writesAreSyncedBehindThem() {
        IoFile file = create("f");
        List<Op> ops = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Op op = new Op();
            op.prepareWriteThenSync(file, (long) i * BLOCK, pattern(memory(BLOCK), i), 0, BLOCK);
            driver.enqueue(op);
            ops.add(op);
        }
        drainAll();
        assertThat(ops)
                .allMatch(op -> op.completions == 1 && op.succeeded() && op.transferred() == BLOCK);
        MemorySegment in = memory(BLOCK);
        for (int i = 0; i < 40; i++) {
            Op op = new Op();
            op.prepareRead(file, (long) i * BLOCK, in, 0, BLOCK);
            succeed(op);
            assertPattern(in, i);
        }
    }

    @Test
    void syncsSucceed() {
        IoFile file = written("f", 1, 0);
        Op op = new Op();
        op.prepareSyncData(file);
        succeed(op);
        op.prepareSyncAll(file);
        assertThat(succeed(op).transferred()).isZero();
    }

    @Test
    void aReadOnlyFileRefusesWrites() {
        written("f", 1, 3);
        IoFile file = closing(driver.open(root().resolve("f"), OpenMode.READ, FileRole.PAGES));
        Op op = new Op();
        op.prepareWrite(file, 0, memory(BLOCK), 0, BLOCK);
        run(op);
        assertThat(op.succeeded()).isFalse();
        assertThat(op.failure().error()).isInstanceOf(IoError.Io.class);
        op.prepareWriteThenSync(file, 0, memory(BLOCK), 0, BLOCK);
        run(op);
        assertThat(op.succeeded()).isFalse();
        assertThat(op.failure().errno())
                .as("the write's error, not the cancelled sync's")
                .isNotEqualTo(Errno.ECANCELED);
        MemorySegment in = memory(BLOCK);
        op.prepareRead(file, 0, in, 0, BLOCK);
        succeed(op);
        assertPattern(in, 3);
    }

    @Test
    void misalignedOperationsAreNotTaken() {
        IoFile file = written("f", 4, 0);
        if (!file.direct()) {
            return;
        }
        int off = file.alignment() / 2;
        MemorySegment memory = memory(8 * BLOCK);
        Op op = new Op();
        op.prepareRead(file, off, memory, 0, BLOCK);
        assertMisaligned(op);
        op.prepareWrite(file, 0, memory, off, BLOCK);
        assertMisaligned(op);
        op.prepareWriteThenSync(file, 0, memory, 0, BLOCK + off);
        assertMisaligned(op);
        op.prepareReadScattered(file, 0, memory, new long[] {0, 2 * BLOCK + off}, 2, BLOCK);
        assertMisaligned(op);
        op.prepareWriteGathered(file, 0, memory, new long[] {0, 2 * BLOCK}, 2, BLOCK + off);
        assertMisaligned(op);
        assertThat(driver.inFlight()).isZero();
        op.prepareRead(file, 0, memory, 0, BLOCK); // the operation is ours again
        succeed(op);
    }

    private void assertMisaligned(Op op) {
        assertThatThrownBy(() -> driver.enqueue(op))
                .isInstanceOfSatisfying(
                        IoException.class,
                        e -> assertThat(e.error()).isInstanceOf(IoError.Alignment.class));
        assertThat(op.completions).isZero();
    }

    @Test
    void buffersMayBeAnnounced() {
        MemorySegment announced = memory(64 * BLOCK);
        try (IoDriver other = open(options())) {
            other.registerBuffers(
                    announced.asSlice(0, 32 * BLOCK), announced.asSlice(40 * BLOCK, 8 * BLOCK));
            assertThat(other.describe()).contains(other.name());
            try (IoFile file = other.open(root().resolve("g"), OpenMode.CREATE, FileRole.OTHER)) {
                for (int at :
                        new int[] {
                            0, 31, 32, 36, 40, 47, 48
                        }) { // inside, at the seams, and outside
                    Op op = new Op();
                    op.prepareWrite(
                            file,
                            (long) at * BLOCK,
                            pattern(announced.asSlice((long) at * BLOCK, BLOCK), at),
                            0,
                            BLOCK);
                    other.enqueue(op);
                    other.submit();
                    while (op.completions == 0) {
                        other.await(-1);
                        other.poll(1);
                    }
                    assertThat(op.succeeded()).isTrue();
                }
                MemorySegment in = memory(49 * BLOCK);
                Op op = new Op();
                op.prepareRead(file, 0, in, 0, 49 * BLOCK);
                other.enqueue(op);
                while (op.completions == 0) {
                    other.await(-1);
                    other.poll(1);
                }
                assertPattern(in.asSlice(36 * BLOCK, BLOCK), 36);
                assertPattern(in.asSlice(47 * BLOCK, BLOCK), 47);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OpenMode.class)
    void modesOpenWhatTheyPromise(OpenMode mode) {
        assertThat(driver.directory().exists(root().resolve("missing"))).isFalse();
        boolean creates =
                mode == OpenMode.CREATE || mode == OpenMode.OPEN_OR_CREATE || mode == OpenMode.WAL;
        if (creates) {
            closing(driver.open(root().resolve("missing"), mode, FileRole.LOG));
            assertThat(driver.directory().size(root().resolve("missing"))).isZero();
        } else {
            assertErrno(
                    Errno.ENOENT, () -> driver.open(root().resolve("missing"), mode, FileRole.LOG));
        }
        written("there", 2, 1);
        if (mode == OpenMode.CREATE) {
            assertErrno(
                    Errno.EEXIST, () -> driver.open(root().resolve("there"), mode, FileRole.LOG));
            return;
        }
        IoFile file = closing(driver.open(root().resolve("there"), mode, FileRole.VALUES));
        assertThat(file.mode()).isEqualTo(mode);
        assertThat(file.role()).isEqualTo(FileRole.VALUES);
        assertThat(file.path()).isEqualTo(root().resolve("there"));
        assertThat(file.size()).isEqualTo(2 * BLOCK);
        assertThat(file.alignment()).isEqualTo(file.direct() ? Math.max(2, file.alignment()) : 1);
        if (mode == OpenMode.READ_BUFFERED) {
            assertThat(file.direct()).isFalse();
        }
        MemorySegment in = memory(BLOCK);
        Op op = new Op();
        op.prepareRead(file, BLOCK, in, 0, BLOCK);
        succeed(op);
        assertPattern(in, 2);
    }

    protected static void assertErrno(
            int errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        IoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void aDirectoryIsNoFile() {
        driver.directory().mkdir(root().resolve("d"));
        assertThatThrownBy(() -> driver.open(root().resolve("d"), OpenMode.READ, FileRole.OTHER))
                .isInstanceOf(IoException.class);
        assertThatThrownBy(() ->
                        driver.open(root().resolve("d"), OpenMode.OPEN_OR_CREATE, FileRole.OTHER))
                .isInstanceOf(IoException.class);
    }

    @Test
    void sizesChangeAsAsked() {
        IoFile file = create("f");
        assertThat(file.size()).isZero();
        file.preallocate(0, 10 * BLOCK);
        assertThat(file.size()).isEqualTo(10 * BLOCK);
        file.preallocate(0, BLOCK);
        assertThat(file.size()).as("preallocating never shrinks").isEqualTo(10 * BLOCK);
        file.truncate(3 * BLOCK);
        assertThat(file.size()).isEqualTo(3 * BLOCK);
        file.truncate(5 * BLOCK);
        assertThat(file.size()).isEqualTo(5 * BLOCK);
    }

    @Test
    void aLogTailsFileIsReadBuffered() {
        try (LogTail tail = driver.openLogTail(root().resolve("tail"), 4 * BLOCK)) {
            tail.store(100, pattern(memory(50), 7), 0, 50);
        }
        IoFile file =
                closing(driver.open(root().resolve("tail"), OpenMode.READ_BUFFERED, FileRole.LOG));
        MemorySegment in = memory(50);
        Op op = new Op();
        op.prepareRead(file, 100, in, 0, 50);
        succeed(op);
        assertPattern(in, 7);
    }

    /** A file and a byte array get the same random operations, many at once, and stay the same. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aFileBehavesAsAnArrayOfBytes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int blocks = 64;
        IoFile file = written("f", blocks, 0);
        byte[] model = new byte[blocks * BLOCK];
        readAll(file, blocks).asByteBuffer().get(model);
        MemorySegment memory = memory((long) blocks * BLOCK);
        if (random.nextBoolean()) {
            driver.registerBuffers(memory);
        }
        for (int round = 0; round < 30; round++) {
            String where = "seed " + seed + " round " + round;
            List<Op> ops = new ArrayList<>();
            // Disjoint extents of random length, each its own operation at its own place in memory.
            for (int block = random.nextInt(3); block < blocks; ) {
                int count = Math.min(blocks - block, 1 + random.nextInt(6));
                ops.add(randomOp(random, file, memory, model, block, count));
                block += count + random.nextInt(2);
            }
            for (Op op : ops) {
                driver.enqueue(op);
                if (random.nextInt(4) == 0) {
                    driver.submit();
                }
                if (random.nextInt(6) == 0) {
                    driver.poll(random.nextInt(5));
                }
            }
            drainAll();
            assertThat(ops).as(where).allMatch(op -> op.completions == 1 && op.succeeded());
            byte[] found = new byte[model.length];
            readAll(file, blocks).asByteBuffer().get(found);
            assertThat(Arrays.mismatch(found, model)).as(where).isEqualTo(-1);
        }
    }

    private Op randomOp(
            SplittableRandom random,
            IoFile file,
            MemorySegment memory,
            byte[] model,
            int block,
            int count) {
        long offset = (long) block * BLOCK;
        long[] units = new long[count];
        boolean reversed = random.nextBoolean();
        for (int i = 0; i < count; i++) {
            units[i] = offset + (long) (reversed ? count - 1 - i : i) * BLOCK;
        }
        int kind = random.nextInt(5);
        if (kind < 3) {
            for (int i = 0; i < count; i++) {
                long from = kind == 2 ? units[i] : offset + (long) i * BLOCK;
                MemorySegment unit = pattern(memory.asSlice(from, BLOCK), random.nextInt());
                MemorySegment.copy(
                        unit, 0, MemorySegment.ofArray(model), offset + (long) i * BLOCK, BLOCK);
            }
        }
        Op op = new Op();
        switch (kind) {
            case 0 -> op.prepareWrite(file, offset, memory, offset, count * BLOCK);
            case 1 -> op.prepareWriteThenSync(file, offset, memory, offset, count * BLOCK);
            case 2 -> op.prepareWriteGathered(file, offset, memory, units, count, BLOCK);
            case 3 -> op.prepareRead(file, offset, memory, offset, count * BLOCK);
            default -> op.prepareReadScattered(file, offset, memory, units, count, BLOCK);
        }
        return op;
    }

    private MemorySegment readAll(IoFile file, int blocks) {
        MemorySegment in = Arena.ofAuto().allocate((long) blocks * BLOCK, BLOCK);
        Op op = new Op();
        op.prepareRead(file, 0, in, 0, blocks * BLOCK);
        succeed(op);
        return in;
    }
}
