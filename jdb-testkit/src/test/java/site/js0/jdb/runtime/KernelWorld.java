package site.js0.jdb.runtime;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.api.Batch;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Table;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.MemoryBudget;
import site.js0.jdb.comm.Routing;
import site.js0.jdb.testkit.CrashMode;
import site.js0.jdb.testkit.SimCrash;
import site.js0.jdb.testkit.SimDisk;

/**
 * The whole kernel in one thread on a simulated disk, beside a naive model: one client writes at
 * random, the world crashes somewhere, the database is opened again and must show a state that it
 * promised.
 *
 * <p>What is promised, per shard, for a history of writes of which some were acknowledged and some
 * of those synced: after a kill everything acknowledged is there; after power loss a prefix of the
 * shard's history with all that was synced; in both cases a batch over two shards is there on both
 * or on neither.
 */
final class KernelWorld {
    private static final Path DIR = Path.of("/db");
    private static final int KEYS = 60;
    private static final int BURST_PUTS = 100;
    private static final int BURST_VALUE_BYTES = 1000;
    private static final int TABLE_ID = 1;

    /** One atomic step of the history: which keys got which values (null: deleted). */
    private record Step(Map<Integer, byte @Nullable []> writes) {}

    private final SplittableRandom random;
    private final SimDisk disk;
    private final int shards;
    private final int vnodes;
    private final boolean borrow;
    private final boolean syncEveryCommit;

    /** The least memory there can be, and bursts that fill it: recovery freezes memtables, too. */
    private final boolean tight;

    /** All steps that may be in the database, in the order of their calls. */
    private final List<Step> history = new ArrayList<>();

    /** By shard: steps below this index have been acknowledged, or synced. */
    private final int[] acknowledged;

    private final int[] synced;
    private int counter;
    private @Nullable Jdb jdb;
    private @Nullable Table table;

    // What the histories went through, for the test's own check that they were worth it.
    int crashes;
    long merges;
    long checkpoints;
    long crossShard;
    long blobs;

    KernelWorld(long seed) {
        this.random = new SplittableRandom(seed);
        this.disk = SimDisk.seeded(random.nextLong());
        this.disk.mkdirs(Path.of("/"));
        this.shards = 1 + random.nextInt(3);
        this.vnodes = shards + random.nextInt(2);
        this.borrow = random.nextBoolean();
        this.syncEveryCommit = random.nextInt(4) == 0;
        this.tight = random.nextInt(3) == 0;
        this.acknowledged = new int[shards];
        this.synced = new int[shards];
    }

    /** Time that passes a nanosecond a look, besides what the disk takes. */
    private final class TickingClock implements Clock {
        @Override
        public long wallNanos() {
            return disk.clock().wallNanos();
        }

        @Override
        public long monotonicNanos() {
            disk.clock().advance(1);
            return disk.clock().monotonicNanos();
        }
    }

    private void open() {
        JdbOptions options =
                JdbOptions.defaults()
                        .withMemory(
                                tight ? MemoryBudget.bytesMin(shards, vnodes) : shards * (6L << 20))
                        .withShards(shards)
                        .withVnodes(vnodes)
                        .withBorrow(borrow)
                        .withSyncEveryCommit(syncEveryCommit)
                        .withWalSegmentBytes(64 << 10)
                        .withExecutor(Runnable::run);
        World world =
                new World(
                        disk::driver,
                        new TickingClock(),
                        () -> new UUID(random.nextLong(), random.nextLong()),
                        false,
                        false);
        Jdb opened = Kernel.open(DIR, options, world);
        jdb = opened;
        table = opened.database("d").table("t");
    }

    /** Some crashes and reopenings. */
    void run(int rounds, int stepsPerRound) {
        for (int round = 0; round < rounds; round++) {
            CrashMode mode = random.nextBoolean() ? CrashMode.KILL : CrashMode.POWER_LOSS;
            // Now and then while opening, else somewhere in the middle of the work.
            long events = random.nextInt(5) == 0 ? random.nextInt(60) : random.nextInt(2500);
            disk.crashAtEvent(1 + events, mode);
            boolean crashed = false;
            try {
                open();
                check(0);
                for (int i = 0; i < stepsPerRound; i++) {
                    step();
                }
            } catch (Throwable t) {
                if (!isCrash(t)) {
                    throw t;
                }
                crashed = true;
            }
            if (!crashed) {
                disk.crash(mode);
            }
            crashes++;
            note();
            if (mode == CrashMode.POWER_LOSS) {
                System.arraycopy(synced, 0, acknowledged, 0, shards);
            }
        }
        open();
        check(0);
        Objects.requireNonNull(jdb).close();
        open();
        check(0);
        Objects.requireNonNull(jdb).close();
    }

    private static boolean isCrash(Throwable t) {
        for (Throwable c = t; c != null; c = c.getCause()) {
            if (c instanceof SimCrash) {
                return true;
            }
        }
        return false;
    }

    private void note() {
        // Counters die with the world they counted in; what was reached is asked for while it
        // lives.
        jdb = null;
        table = null;
    }

    private Table table() {
        return Objects.requireNonNull(table);
    }

    private static byte[] key(int k) {
        return ByteBuffer.allocate(5 + k % 7).put((byte) (k / 8)).putInt(k).array();
    }

    private int shardOf(int k) {
        return Routing.shard(Routing.vnode(TABLE_ID, key(k), vnodes), shards);
    }

    private byte[] value() {
        counter++;
        int length =
                switch (random.nextInt(10)) {
                    case 0 -> 4;
                    case 1 -> 1024;
                    case 2 -> 1025 + random.nextInt(9000);
                    default -> 4 + random.nextInt(300);
                };
        byte[] v = new byte[length];
        ByteBuffer.wrap(v).putInt(counter);
        for (int i = 4; i < length; i++) {
            v[i] = (byte) (counter * 31 + i);
        }
        return v;
    }

    private void step() {
        Jdb db = Objects.requireNonNull(jdb);
        if (tight && random.nextInt(4) == 0) {
            burst();
        }
        int what = random.nextInt(100);
        int k = random.nextInt(KEYS);
        if (what < 45) {
            byte[] v = value();
            int at = begin(Map.of(k, v));
            table().put(key(k), v);
            acknowledge(at, false);
        } else if (what < 55) {
            Map<Integer, byte @Nullable []> writes = new HashMap<>();
            writes.put(k, null);
            int at = begin(writes);
            table().delete(key(k));
            acknowledge(at, false);
        } else if (what < 62) {
            byte[] v = value();
            int at = begin(Map.of(k, v));
            table().putSync(key(k), v);
            acknowledge(at, true);
        } else if (what < 80) {
            batch(db, random.nextInt(4) == 0);
        } else if (what < 84) {
            db.flush();
            for (int s = 0; s < shards; s++) {
                synced[s] = acknowledged[s];
            }
        } else if (what < 88) {
            db.settle();
            for (int s = 0; s < shards; s++) {
                synced[s] = acknowledged[s];
            }
            merges = Math.max(merges, db.stats().total("tablet.merges"));
            checkpoints = Math.max(checkpoints, db.stats().total("tablet.checkpoints"));
            crossShard = Math.max(crossShard, db.stats().total("tablet.crossShardCommits"));
            blobs = Math.max(blobs, db.stats().total("vlog.blobsWritten"));
        } else if (what < 94) {
            byte[] expected = model(history.size()).get(k);
            equal(expected, table().get(key(k)), "get of key " + k);
        } else if (what < 97) {
            check(0);
        } else {
            boolean there = model(history.size()).containsKey(k);
            Map<Integer, byte @Nullable []> writes = new HashMap<>();
            writes.put(k, null);
            int at = begin(writes);
            if (table().remove(key(k)) != there) {
                throw new AssertionError("remove of key " + k + " did not answer " + there);
            }
            acknowledge(at, false);
        }
    }

    /** Much of a memtable at once. */
    private void burst() {
        for (int i = 0; i < BURST_PUTS; i++) {
            int k = random.nextInt(KEYS);
            byte[] v = Arrays.copyOf(value(), BURST_VALUE_BYTES);
            int at = begin(Map.of(k, v));
            table().put(key(k), v);
            acknowledge(at, false);
        }
    }

    private void batch(Jdb db, boolean sync) {
        Map<Integer, byte @Nullable []> writes = new HashMap<>();
        Batch batch = new Batch();
        int n = 1 + random.nextInt(6);
        for (int i = 0; i < n; i++) {
            int k = random.nextInt(KEYS);
            if (random.nextInt(4) == 0) {
                batch.delete(table(), key(k));
                writes.put(k, null);
            } else {
                byte[] v = value();
                batch.put(table(), key(k), v);
                writes.put(k, v);
            }
        }
        int at = begin(writes);
        if (sync) {
            db.writeSync(batch);
        } else {
            db.write(batch);
        }
        acknowledge(at, sync);
    }

    private int begin(Map<Integer, byte @Nullable []> writes) {
        history.add(new Step(writes));
        return history.size();
    }

    private void acknowledge(int at, boolean sync) {
        for (int s = 0; s < shards; s++) {
            acknowledged[s] = at;
            if ((sync || syncEveryCommit) && touches(history.get(at - 1), s)) {
                synced[s] = at;
            }
        }
    }

    private boolean touches(Step step, int shard) {
        return step.writes.keySet().stream().anyMatch(k -> shardOf(k) == shard);
    }

    private Map<Integer, byte[]> model(int steps) {
        Map<Integer, byte[]> m = new TreeMap<>();
        for (Step step : history.subList(0, steps)) {
            apply(m, step, -1);
        }
        return m;
    }

    private void apply(Map<Integer, byte[]> m, Step step, int shard) {
        step.writes.forEach((k, v) -> {
            if (shard < 0 || shardOf(k) == shard) {
                if (v == null) {
                    m.remove(k);
                } else {
                    m.put(k, v);
                }
            }
        });
    }

    /**
     * Reads everything and finds, for every shard, up to which step its history is there; cuts the
     * history accordingly.
     */
    private void check(int unused) {
        Map<Integer, byte[]> found = read();
        List<List<Integer>> cuts = new ArrayList<>();
        for (int s = 0; s < shards; s++) {
            cuts.add(cutsOf(s, found));
            if (cuts.get(s).isEmpty()) {
                throw new AssertionError(
                        "shard "
                                + s
                                + " shows no prefix of its history of "
                                + history.size()
                                + " steps that has all of the first "
                                + acknowledged[s]
                                + describe(s, found));
            }
        }
        int[] chosen = new int[shards];
        if (!choose(cuts, chosen, 0)) {
            throw new AssertionError("a batch is there in part: possible cuts by shard " + cuts);
        }
        forget(chosen);
    }

    private Map<Integer, byte[]> read() {
        Map<Integer, byte[]> byKey = new HashMap<>();
        Map<ByteBuffer, Integer> names = new HashMap<>();
        for (int k = 0; k < KEYS; k++) {
            names.put(ByteBuffer.wrap(key(k)), k);
        }
        byte[] before = null;
        try (Scan scan = table().scan(ScanRange.all())) {
            while (scan.next()) {
                byte[] key = scan.key();
                if (before != null && Arrays.compareUnsigned(before, key) >= 0) {
                    throw new AssertionError("a scan out of order");
                }
                before = key;
                Integer k = names.get(ByteBuffer.wrap(key));
                if (k == null) {
                    throw new AssertionError("a key that nobody wrote: " + Arrays.toString(key));
                }
                byKey.put(k, scan.value());
            }
        }
        for (int k = 0; k < KEYS; k++) {
            equal(byKey.get(k), table().get(key(k)), "get of key " + k + " and its row in a scan");
        }
        return byKey;
    }

    private List<Integer> cutsOf(int shard, Map<Integer, byte[]> found) {
        Map<Integer, byte[]> m = new HashMap<>();
        List<Integer> cuts = new ArrayList<>();
        for (int i = 0; i <= history.size(); i++) {
            if (i > 0) {
                apply(m, history.get(i - 1), shard);
            }
            if (i >= acknowledged[shard] && same(m, found, shard)) {
                cuts.add(i);
            }
        }
        return cuts;
    }

    private boolean same(Map<Integer, byte[]> m, Map<Integer, byte[]> found, int shard) {
        for (int k = 0; k < KEYS; k++) {
            if (shardOf(k) == shard && !Arrays.equals(m.get(k), found.get(k))) {
                return false;
            }
        }
        return true;
    }

    private String describe(int shard, Map<Integer, byte[]> found) {
        Map<Integer, byte[]> m = new HashMap<>();
        for (int i = 0; i < acknowledged[shard]; i++) {
            apply(m, history.get(i), shard);
        }
        StringBuilder b = new StringBuilder();
        for (int k = 0; k < KEYS; k++) {
            if (shardOf(k) == shard && !Arrays.equals(m.get(k), found.get(k))) {
                b.append("; key ").append(k).append(" found ").append(version(found.get(k)));
                b.append(" for ").append(version(m.get(k)));
            }
        }
        return b.toString();
    }

    private static String version(byte @Nullable [] v) {
        return v == null
                ? "nothing"
                : "#" + ByteBuffer.wrap(v).getInt() + " of " + v.length + " bytes";
    }

    /**
     * Finds a cut for every shard so that every step over several shards is on all of its sides or
     * on none.
     */
    private boolean choose(List<List<Integer>> cuts, int[] chosen, int shard) {
        if (shard == shards) {
            return isAtomic(chosen);
        }
        for (int cut : cuts.get(shard)) {
            chosen[shard] = cut;
            if (choose(cuts, chosen, shard + 1)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAtomic(int[] chosen) {
        for (int i = 0; i < history.size(); i++) {
            int in = 0;
            int out = 0;
            for (int s = 0; s < shards; s++) {
                if (touches(history.get(i), s)) {
                    if (i < chosen[s]) {
                        in++;
                    } else {
                        out++;
                    }
                }
            }
            if (in > 0 && out > 0) {
                return false;
            }
        }
        return true;
    }

    /** What is not there never happened: later histories are built on what was found. */
    private void forget(int[] chosen) {
        for (int i = history.size() - 1; i >= 0; i--) {
            Step step = history.get(i);
            int at = i;
            boolean lost = true;
            for (int s = 0; s < shards; s++) {
                if (touches(step, s) && at < chosen[s]) {
                    lost = false;
                }
            }
            if (lost) {
                history.remove(i);
                for (int s = 0; s < shards; s++) {
                    if (synced[s] > i) {
                        synced[s]--;
                    }
                }
            }
        }
        Arrays.fill(acknowledged, history.size());
    }

    private static void equal(byte @Nullable [] expected, byte @Nullable [] found, String what) {
        if (!Arrays.equals(expected, found)) {
            throw new AssertionError(
                    what + ": expected " + version(expected) + ", found " + version(found));
        }
    }
}
