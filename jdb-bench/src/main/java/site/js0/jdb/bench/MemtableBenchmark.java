package site.js0.jdb.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.tablet.Memtable;
import site.js0.jdb.tablet.MemtableCursor;
import site.js0.jdb.tablet.MemtableHit;

/**
 * A million entries of 16-byte keys (and the table id) and 100-byte values: each figure is per
 * entry. Beside it a TreeMap of byte arrays, for scale.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx3g", "-Xms3g"})
public class MemtableBenchmark {
    private static final int ENTRIES = 1_000_000;
    private static final int KEY = 20;
    private static final int VALUE = 100;
    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** How keys are made. */
    public enum Keys {
        /** 16 random bytes. */
        RANDOM,
        /** {@code user:00000001234} in random order: 16 bytes of which few tell keys apart. */
        USER
    }

    @Param public Keys keys = Keys.RANDOM;

    private final MemorySegment region = Arena.ofAuto().allocate(256L << 20, 2 << 20);
    private final MemorySegment staged = Arena.ofAuto().allocate((long) ENTRIES * KEY);
    private final MemorySegment value = Arena.ofAuto().allocate(VALUE);
    private final MemtableHit hit = new MemtableHit();
    private final Memtable filled =
            new Memtable(Arena.ofAuto().allocate(256L << 20, 2 << 20), Hold.ALWAYS);
    private final Memtable empty = new Memtable(region, Hold.ALWAYS);
    private final MemtableCursor cursor = new MemtableCursor(filled);
    private int[] order = {};

    /** Makes the keys, and a table that holds them. */
    @Setup(Level.Trial)
    public void fill() {
        final SplittableRandom random = new SplittableRandom(1);
        order = random.ints(ENTRIES, 0, ENTRIES).toArray();
        final int[] shuffled = new int[ENTRIES];
        for (int i = 0; i < ENTRIES; i++) {
            final int j = random.nextInt(i + 1);
            shuffled[i] = shuffled[j];
            shuffled[j] = i;
        }
        for (int i = 0; i < ENTRIES; i++) {
            final long at = (long) i * KEY;
            staged.set(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), at, 1);
            if (keys == Keys.RANDOM) {
                staged.set(BE_LONG, at + 4, random.nextLong());
                staged.set(BE_LONG, at + 12, random.nextLong());
            } else {
                final byte[] text =
                        String.format("user:%011d", shuffled[i])
                                .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
                MemorySegment.copy(text, 0, staged, ValueLayout.JAVA_BYTE, at + 4, 16);
            }
        }
        insertAll(filled);
    }

    private void insertAll(Memtable table) {
        for (int i = 0; i < ENTRIES; i++) {
            if (!table.put(staged, (long) i * KEY, KEY, 1 + i, EntryKind.VALUE, value, 0, VALUE)) {
                throw new IllegalStateException("full");
            }
        }
    }

    /** Puts all keys in random order into an empty table. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long insertRandom() {
        empty.clear();
        insertAll(empty);
        return empty.bytesUsed();
    }

    /** Puts ascending keys into an empty table. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long insertAscending() {
        empty.clear();
        final MemorySegment key = staged.asSlice(0, KEY);
        final long first = key.get(BE_LONG, 12);
        for (int i = 0; i < ENTRIES; i++) {
            key.set(BE_LONG, 12, i);
            empty.put(key, 0, KEY, 1 + i, EntryKind.VALUE, value, 0, VALUE);
        }
        key.set(BE_LONG, 12, first);
        return empty.bytesUsed();
    }

    /** Looks all keys up in random order. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long find() {
        long sum = 0;
        for (int i = 0; i < ENTRIES; i++) {
            sum += filled.find(staged, (long) order[i] * KEY, KEY, Long.MAX_VALUE, hit);
            sum += filled.memory().get(ValueLayout.JAVA_BYTE, hit.valueOffset());
        }
        if (sum < ENTRIES) {
            throw new IllegalStateException("not found");
        }
        return sum;
    }

    /** Walks all entries in order, with a look at each key and value. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long iterate() {
        long sum = 0;
        final MemorySegment memory = filled.memory();
        for (boolean on = cursor.seekFirst(); on; on = cursor.next()) {
            sum +=
                    memory.get(BE_LONG, cursor.keyOffset() + 4)
                            + memory.get(BE_LONG, cursor.valueOffset());
        }
        return sum;
    }

    /** The same into a TreeMap of byte arrays. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public Object insertRandomTreeMap() {
        final TreeMap<byte[], byte[]> map = new TreeMap<>(Arrays::compareUnsigned);
        for (int i = 0; i < ENTRIES; i++) {
            final byte[] key = staged.asSlice((long) i * KEY, KEY).toArray(ValueLayout.JAVA_BYTE);
            map.put(key, value.toArray(ValueLayout.JAVA_BYTE));
        }
        return map;
    }

    /** A filled TreeMap. */
    @State(Scope.Thread)
    public static class Model {
        private final TreeMap<byte[], byte[]> map = new TreeMap<>(Arrays::compareUnsigned);
        private final byte[][] wanted = new byte[ENTRIES][];

        /** Fills it as the table is filled. */
        @Setup(Level.Trial)
        public void fill(MemtableBenchmark benchmark) {
            for (int i = 0; i < ENTRIES; i++) {
                final byte[] key =
                        benchmark
                                .staged
                                .asSlice((long) i * KEY, KEY)
                                .toArray(ValueLayout.JAVA_BYTE);
                map.put(key, benchmark.value.toArray(ValueLayout.JAVA_BYTE));
                wanted[i] = key.clone();
            }
        }
    }

    /** Looks all keys up in a TreeMap. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long findTreeMap(Model model) {
        long sum = 0;
        for (int i = 0; i < ENTRIES; i++) {
            sum += Objects.requireNonNull(model.map.get(model.wanted[order[i]])).length;
        }
        return sum;
    }
}
