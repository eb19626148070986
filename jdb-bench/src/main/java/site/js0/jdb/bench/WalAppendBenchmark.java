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
 * What one record costs: checksum, copy and store into the page cache, and the log's upkeep
 * (segments are prepared, synced when full, and trimmed) spread over all.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class WalAppendBenchmark {
    private static final int TURN_EVERY = 256;

    /** Payload bytes. */
    @Param({"128", "1024"})
    public int bytes;

    private @Nullable Path directory;
    private @Nullable NioDriver io;
    private @Nullable Wal wal;
    private MemorySegment payload = MemorySegment.NULL;
    private int untilTurn;

    /** Opens an empty log in a directory of its own. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
        directory = Files.createTempDirectory("jdb-wal-bench");
        payload = Arena.ofAuto().allocate(bytes);
        io = new NioDriver();
        WalConfig config = new WalConfig(directory, 1, 2, 0, 64 << 20, 2, 4, 100_000_000);
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
        while (append() == Wal.NO_ROOM) {}
    }

    /** One record. */
    @Benchmark
    public long append() {
        Wal log = Objects.requireNonNull(wal);
        long lsn = log.append(LogRecordKind.BATCH, payload, 0, bytes);
        if (--untilTurn <= 0 || lsn == Wal.NO_ROOM) {
            untilTurn = TURN_EVERY;
            turn(log);
        }
        return lsn;
    }

    private void turn(Wal log) {
        NioDriver driver = Objects.requireNonNull(io);
        log.trimTo(log.durableLsn() + 1);
        log.service();
        driver.submit();
        driver.poll(8);
    }

    /** Closes and deletes the log. */
    @TearDown(Level.Iteration)
    public void close() throws IOException {
        System.out.print(Objects.requireNonNull(wal).stats() + " ");
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
