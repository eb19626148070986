package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every driver's {@link LogTail} promises. */
public abstract class LogTailContractTest extends DriverFixture {
    private static final int BYTES = 64 * BLOCK;

    private LogTail tail(int bytes) {
        return closing(driver.openLogTail(root().resolve("tail"), bytes));
    }

    @Test
    void aNewTailIsZerosOfTheSizeAskedFor() {
        LogTail tail = tail(BYTES);
        assertThat(tail.byteSize()).isEqualTo(BYTES);
        assertThat(driver.directory().size(root().resolve("tail"))).isEqualTo(BYTES);
        MemorySegment in = memory(BYTES).fill((byte) 1);
        tail.load(0, in, 0, BYTES);
        assertThat(in.mismatch(memory(BYTES))).isEqualTo(-1);
        assertThat(tail.file().direct()).isFalse();
        assertThat(tail.file().role()).isEqualTo(FileRole.LOG);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void storesAreLoadedAndSynced(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LogTail tail = tail(BYTES);
        byte[] model = new byte[BYTES];
        MemorySegment source = memory(BLOCK);
        for (int i = 0; i < 2000; i++) {
            int length = random.nextInt(200);
            int at = random.nextInt(BYTES - length);
            int from = random.nextInt(BLOCK - length);
            pattern(source, i);
            tail.store(at, source, from, length);
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, from, model, at, length);
            if (i % 500 == 0) {
                Op op = new Op();
                op.prepareSyncData(tail.file());
                succeed(op);
            }
            if (i % 700 == 0) {
                tail.prefault(at, length);
            }
        }
        MemorySegment in = memory(BYTES);
        tail.load(0, in, 0, BYTES);
        assertThat(in.mismatch(MemorySegment.ofArray(model))).as("seed %d", seed).isEqualTo(-1);
    }

    @Test
    void storesFromTheHeapAreFine() {
        LogTail tail = tail(BYTES);
        byte[] bytes = "a record".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        tail.store(77, MemorySegment.ofArray(bytes), 0, bytes.length);
        byte[] in = new byte[bytes.length];
        tail.load(77, MemorySegment.ofArray(in), 0, in.length);
        assertThat(in).isEqualTo(bytes);
    }

    @Test
    void storesOutsideAreRefused() {
        LogTail tail = tail(BYTES);
        MemorySegment source = memory(BLOCK);
        assertThatThrownBy(() -> tail.store(BYTES - 1, source, 0, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tail.store(-1, source, 0, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tail.store(0, source, BLOCK - 1, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tail.load(BYTES - 1, source, 0, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(driver.directory().size(root().resolve("tail"))).isEqualTo(BYTES);
    }

    @Test
    void anExistingTailOfTheSameSizeKeepsItsBytes() {
        MemorySegment record = pattern(memory(100), 9);
        LogTail first = tail(BYTES); // closed once more after the test
        first.store(5000, record, 0, 100);
        first.close();
        LogTail again = tail(BYTES);
        MemorySegment in = memory(100);
        again.load(5000, in, 0, 100);
        assertThat(in.mismatch(record)).isEqualTo(-1);
    }

    @Test
    void anExistingFileOfAnotherSizeIsMadeAnew() {
        try (LogTail first = driver.openLogTail(root().resolve("tail"), BYTES)) {
            first.store(5000, pattern(memory(100), 9), 0, 100);
        }
        LogTail again = tail(2 * BYTES);
        MemorySegment in = memory(2 * BYTES).fill((byte) 1);
        again.load(0, in, 0, 2 * BYTES);
        assertThat(in.mismatch(memory(2 * BYTES))).isEqualTo(-1);
    }

    @Test
    void aTailNeedsASize() {
        assertThatThrownBy(() -> driver.openLogTail(root().resolve("tail"), 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTailNeedsAFile() {
        driver.directory().mkdir(root().resolve("tail"));
        assertThatThrownBy(() -> driver.openLogTail(root().resolve("tail"), BYTES))
                .isInstanceOf(IoException.class);
    }
}
