package site.js0.jdb.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.comm.SystemClock;
import site.js0.jdb.fs.nio.NioDriver;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.wal.SyncGate;
import site.js0.jdb.wal.Wal;
import site.js0.jdb.wal.WalConfig;
import site.js0.jdb.wal.WalReplay;

/**
 * What a record costs. {@code append}: checksum, copy and store into a prepared segment, each page
 * of which is stored to for the first time. {@code sustained}: a single writer that never rests,
 * with the log's upkeep (segments are prepared, synced when full, trimmed, used again); it waits
 * for those.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
public class WalAppendBenchmark {
    private static final int TURN_EVERY = 256;
    private static final int RECORDS = 50_000;
    private static final int SEGMENT_BYTES = 64 << 20;

    /** Payload bytes. */
    @Param({"128", "1024"})
    public int bytes;

    /** Where the log lies: {@code memory} (/dev/shm) or {@code disk} (the temporary directory). */
    @Param({"memory", "disk"})
    public String place = "memory";

    private @Nullable Path directory;
    private @Nullable NioDriver io;
    private @Nullable Wal wal;
    private MemorySegment payload = MemorySegment.NULL;
    private int untilTurn;

    /** Opens an empty log in a directory of its own. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
        Path parent =
                Path.of("memory".equals(place) ? "/dev/shm" : System.getProperty("java.io.tmpdir"));
        directory = Files.createTempDirectory(parent, "jdb-wal-bench");
        payload = Arena.ofAuto().allocate(bytes);
        io = new NioDriver();
        WalConfig config = new WalConfig(directory, 1, 2, 0, SEGMENT_BYTES, 1, 4, 100_000_000);
        try (WalReplay replay = WalReplay.open(io, config, 1)) {
            while (replay.next()) {}
            wal =
                    Wal.start(
                            io,
                            Hold.ALWAYS,
                            new SystemClock(),
                            config,
                            SyncGate.OPEN,
                            replay.end(),
                            1,
                            1);
        }
        sustained();
    }

    /** Records into one segment, without a turn in between. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OperationsPerInvocation(RECORDS)
    @Warmup(iterations = 10)
    @Measurement(iterations = 10)
    public long append() {
        Wal log = Objects.requireNonNull(wal);
        long lsn = 0;
        for (int i = 0; i < RECORDS; i++) {
            lsn = log.append(LogRecordKind.BATCH, payload, 0, bytes);
        }
        return lsn;
    }

    /** One record, and the turns that go with it. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @Warmup(iterations = 2, time = 1)
    @Measurement(iterations = 3, time = 1)
    public long sustained() {
        Wal log = Objects.requireNonNull(wal);
        if (--untilTurn <= 0) {
            turn(log);
        }
        long lsn;
        while ((lsn = log.append(LogRecordKind.BATCH, payload, 0, bytes)) == Wal.NO_ROOM) {
            turn(log);
        }
        return lsn;
    }

    private void turn(Wal log) {
        NioDriver driver = Objects.requireNonNull(io);
        untilTurn = TURN_EVERY;
        log.trimTo(log.durableLsn() + 1);
        int work = log.service();
        driver.submit();
        work += driver.poll(8);
        if (work == 0) {
            Thread.onSpinWait();
        }
    }

    /** Closes and deletes the log. */
    @TearDown(Level.Iteration)
    public void close() throws IOException {
        Objects.requireNonNull(wal).close();
        Objects.requireNonNull(io).close();
        List<Path> files;
        try (var all = Files.walk(Objects.requireNonNull(directory))) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path p : files) {
            Files.delete(p);
        }
    }
}
