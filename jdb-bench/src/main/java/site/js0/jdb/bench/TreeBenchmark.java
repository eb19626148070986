package site.js0.jdb.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
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
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.MergePages;
import site.js0.jdb.index.MergeSource;
import site.js0.jdb.index.Tree;
import site.js0.jdb.index.TreeCursor;
import site.js0.jdb.index.TreeHit;
import site.js0.jdb.index.TreeMerge;
import site.js0.jdb.index.TreeRoot;
import site.js0.jdb.layout.EntryKind;

/**
 * A tree of a million entries, all resident: 16-byte keys (a table id and 12 random bytes) and
 * 100-byte values. Get and scan per operation, the merge per entry of the tree.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx1g"})
public class TreeBenchmark {
    private static final int ENTRIES = 1_000_000;
    private static final int MERGED = 100_000;
    private static final int KEY = 16;
    private static final int VALUE = 100;
    private static final int SCANNED = 50;
    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** How many neighbours a merged entry has. */
    public enum Spread {
        /** One in ten leaves is touched: 30 entries each. */
        CLUSTERED,
        /** Nearly every leaf is touched: 3 entries each. */
        RANDOM
    }

    @Param public Spread spread = Spread.RANDOM;

    private final MemorySegment keys = Arena.ofAuto().allocate((long) ENTRIES * KEY);

    private final Tree tree = new Tree(new ResidentPages(120_000), TreeRoot.EMPTY);
    private final TreeMerge merge = new TreeMerge(MergePages.of(tree), 256, 0);
    private final TreeHit hit = new TreeHit();
    private final TreeCursor cursor = new TreeCursor(tree, 16);
    private final int[] order = new int[1 << 16];
    private int[] merged = {};
    private int next;
    private long now = 1;

    private final Waiter waiter =
            new Waiter() {
                @Override
                public void resume() {
                    throw new AssertionError("nothing waits");
                }
            };

    /** Entries of {@link #keys} by index, ascending. */
    private final class Source implements MergeSource {
        private final int[] indices;
        private int at;

        Source(int[] indices) {
            this.indices = indices;
        }

        @Override
        public boolean valid() {
            return at < indices.length;
        }

        @Override
        public void advance() {
            at++;
        }

        @Override
        public MemorySegment memory() {
            return keys;
        }

        @Override
        public long keyOffset() {
            return (long) indices[at] * KEY;
        }

        @Override
        public int keyLength() {
            return KEY;
        }

        @Override
        public long timestamp() {
            return now;
        }

        @Override
        public int kind() {
            return EntryKind.VALUE;
        }

        @Override
        public long valueOffset() {
            return 0;
        }

        @Override
        public int valueLength() {
            return VALUE;
        }
    }

    /** A tree that a few random merges have roughened. */
    @Setup(Level.Trial)
    public void fill() {
        final SplittableRandom random = new SplittableRandom(1);
        final long[] sorted = random.longs(ENTRIES).sorted().toArray();
        for (int i = 0; i < ENTRIES; i++) {
            final long at = (long) i * KEY;
            keys.set(BE_INT, at, 1);
            keys.set(BE_LONG, at + 4, sorted[i] ^ Long.MIN_VALUE);
            keys.set(BE_INT, at + 12, i);
        }
        for (int i = 0; i < order.length; i++) {
            order[i] = random.nextInt(ENTRIES);
        }
        final int[] shuffled = new int[ENTRIES];
        for (int i = 0; i < ENTRIES; i++) {
            final int j = random.nextInt(i + 1);
            shuffled[i] = shuffled[j];
            shuffled[j] = i;
        }
        for (int i = 0; i < 4; i++) {
            final int[] part = Arrays.copyOfRange(shuffled, i * ENTRIES / 4, (i + 1) * ENTRIES / 4);
            Arrays.sort(part);
            mergeAll(part);
        }
        merged = new int[MERGED];
        final int group = spread == Spread.RANDOM ? 1 : 30;
        final int stride = ENTRIES / MERGED * group;
        for (int i = 0; i < MERGED; i++) {
            merged[i] = i / group * stride + (group == 1 ? random.nextInt(stride) : i % group);
        }
    }

    private void mergeAll(int[] indices) {
        now++;
        merge.start(new Source(indices), new long[0], now, (memory, offset) -> {});
        int answer;
        do {
            answer = merge.run(64, waiter);
        } while (answer != TreeMerge.DONE);
    }

    /** One lookup of a key that is there. */
    @Benchmark
    public int get() {
        final long at = (long) order[next++ & order.length - 1] * KEY;
        if (tree.get(keys, at, KEY, Tree.NEWEST, hit, waiter) != Tree.FOUND) {
            throw new AssertionError("not found");
        }
        return hit.length;
    }

    /** A seek and fifty entries. */
    @Benchmark
    @OperationsPerInvocation(SCANNED)
    public long scan50() {
        final long at = (long) order[next++ & order.length - 1] * KEY;
        long sum = 0;
        int answer = cursor.seek(keys, at, KEY, TreeCursor.NEWEST, true, true, waiter);
        for (int i = 1; i < SCANNED && answer == TreeCursor.FOUND; i++) {
            sum += cursor.valueOffset() + cursor.keyLength();
            answer = cursor.next(waiter);
        }
        return sum;
    }

    /** Replaces a tenth of the entries; the time is per entry of the tree. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 15)
    @Measurement(iterations = 15)
    @OperationsPerInvocation(ENTRIES)
    public long merge() {
        mergeAll(merged);
        return merge.pagesWritten();
    }
}
