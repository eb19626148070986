package site.js0.jdb.cli.bench;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One thread's share of a workload: a loop of operations, each of them timed and each value
 * checked. Owner: the thread that runs it; {@link #done} may be read by any. The loop allocates
 * nothing of its own.
 */
final class KvWorker implements Runnable {
    private static final long LATENCY_NANOS_MAX = 3_600_000_000_000L;
    private static final int REPORT_EVERY = 1024;

    private final Workload workload;
    private final KvEngine.Client client;
    private final KeySpace keys;
    private final Values values;
    private final long stored;
    private final boolean sync;
    private final int scanRows;
    private final long ops;
    private final long first;
    private final @Nullable Permutation order;
    private final BooleanSupplier stop;
    private final long[] intervalEnds;

    private final byte[] key;
    private final byte[] value;
    private final byte[] foundKey;
    private final byte[] foundValue;
    private long random;

    final Histogram latency = new Histogram(LATENCY_NANOS_MAX, 3);
    long userBytes;
    long errors;
    String firstError = "";
    long startNanos;
    long endNanos;
    private final AtomicLong done = new AtomicLong();

    /**
     * @param stored how many keys the store has, or will have
     * @param ops how many operations are this worker's
     * @param first the number of its first key, for fills
     * @param order in which a fill takes dense keys; null for that of numbers
     * @param stop asked now and then: true ends it early
     */
    KvWorker(
            Workload workload,
            KvEngine.Client client,
            KeySpace keys,
            Values values,
            KvPlan plan,
            long stored,
            long ops,
            long first,
            @Nullable Permutation order,
            long seed,
            BooleanSupplier stop) {
        this.workload = workload;
        this.client = client;
        this.keys = keys;
        this.values = values;
        this.stored = stored;
        this.sync = plan.sync() || workload == Workload.FILLSYNC;
        this.scanRows = plan.scanRows();
        this.ops = ops;
        this.first = first;
        this.order = order;
        this.stop = stop;
        this.intervalEnds = new long[plan.intervals()];
        this.key = new byte[plan.keyBytes()];
        this.foundKey = new byte[plan.keyBytes() + 1]; // one more, so that a longer key is noticed
        this.value = new byte[plan.valueBytes()];
        this.foundValue = new byte[plan.valueBytes() + 1];
        this.random = Mix.mix(seed) | 1;
    }

    /** Operations finished so far. */
    long done() {
        return done.getOpaque();
    }

    /**
     * When each part of the work was finished, as {@link System#nanoTime}; empty when none were
     * asked for.
     */
    long[] intervalEnds() {
        return intervalEnds;
    }

    @Override
    public void run() {
        startNanos = System.nanoTime();
        try {
            if (workload == Workload.READSEQ) {
                readAll();
            } else {
                loop();
            }
        } catch (RuntimeException e) {
            // An operation that fails ends this worker and is counted; the others go on.
            error("exception: " + e);
        }
        endNanos = System.nanoTime();
    }

    private void loop() {
        long last = System.nanoTime();
        long nextReport = REPORT_EVERY;
        int interval = 0;
        long intervalEnd =
                intervalEnds.length == 0 ? Long.MAX_VALUE : Math.max(1, ops / intervalEnds.length);
        for (long i = 0; i < ops; ) {
            operation(i);
            long now = System.nanoTime();
            latency.recordValue(Math.min(now - last, LATENCY_NANOS_MAX));
            last = now;
            i++;
            if (i >= nextReport) {
                done.setOpaque(i);
                nextReport = i + REPORT_EVERY;
                if (stop.getAsBoolean()) {
                    break;
                }
            }
            if (i == intervalEnd) {
                intervalEnds[interval++] = now;
                intervalEnd =
                        interval == intervalEnds.length
                                ? Long.MAX_VALUE
                                : interval == intervalEnds.length - 1
                                        ? ops
                                        : ops / intervalEnds.length * (interval + 1);
            }
        }
        done.setOpaque(latency.getTotalCount());
    }

    private void operation(long i) {
        switch (workload) {
            case FILLSEQ -> put(first + i, 0);
            case FILLRANDOM, FILLSYNC ->
                    put(order == null ? first + i : order.applyBelow(first + i, stored), 0);
            case OVERWRITE -> put(chosen(), i + 1);
            case READRANDOM, READWHILEWRITING -> get(chosen());
            case READMISSING -> getMissing(nextRandom() >>> 1);
            case SEEKRANDOM -> seek(chosen());
            case READSEQ -> throw new AssertionError("has a loop of its own");
        }
    }

    private void put(long number, long version) {
        keys.write(number, key);
        values.write(key, version, value);
        if (sync) {
            client.putSync(key, value);
        } else {
            client.put(key, value);
        }
        userBytes += key.length + value.length;
    }

    private void get(long number) {
        keys.write(number, key);
        int length = client.get(key, foundValue);
        if (length < 0) {
            error("a key that was put is not there: number " + number);
        } else if (!values.isRight(key, foundValue, length)) {
            error("a wrong value: number " + number + ", " + length + " bytes");
        }
        userBytes += key.length + Math.max(0, length);
    }

    private void getMissing(long number) {
        keys.writeMissing(number, stored, key);
        if (client.get(key, foundValue) >= 0) {
            error("a key that was never put is there: number " + number);
        }
        userBytes += key.length;
    }

    private void seek(long number) {
        keys.write(number, key);
        try (KvEngine.Cursor cursor = client.seek(key, scanRows)) {
            for (int row = 0; row < scanRows && cursor.next(); row++) {
                int keyLength = cursor.key(foundKey);
                int order =
                        Arrays.compareUnsigned(
                                foundKey,
                                0,
                                Math.min(keyLength, foundKey.length),
                                key,
                                0,
                                key.length);
                if (row == 0 ? order != 0 : order <= 0) {
                    error(
                            row == 0
                                    ? "a seek did not find its key: number " + number
                                    : "rows are out of order");
                }
                checkRow(cursor, keyLength);
            }
        }
    }

    /** All rows in order; an operation is a row. */
    private void readAll() {
        Arrays.fill(key, (byte) 0);
        long rows = 0;
        long last = System.nanoTime();
        try (KvEngine.Cursor cursor = client.seek(key, Long.MAX_VALUE)) {
            while (cursor.next()) {
                int keyLength = cursor.key(foundKey);
                if (rows > 0
                        && Arrays.compareUnsigned(foundKey, 0, keys.keyBytes(), key, 0, key.length)
                                <= 0) {
                    error("rows are out of order");
                }
                checkRow(cursor, keyLength);
                rows++;
                long now = System.nanoTime();
                latency.recordValue(Math.min(now - last, LATENCY_NANOS_MAX));
                last = now;
                if (rows % REPORT_EVERY == 0) {
                    done.setOpaque(rows);
                }
            }
        }
        done.setOpaque(rows);
        if (rows != stored) {
            error("expected " + stored + " rows, read " + rows);
        }
    }

    /** Checks length of key and content of value, and makes the key the one that was found. */
    private void checkRow(KvEngine.Cursor cursor, int keyLength) {
        if (keyLength != key.length) {
            error("a key of " + keyLength + " bytes");
            return;
        }
        System.arraycopy(foundKey, 0, key, 0, key.length);
        int length = cursor.value(foundValue);
        if (!values.isRight(key, foundValue, length)) {
            error("a wrong value behind a seek, " + length + " bytes");
        }
        userBytes += keyLength + length;
    }

    private long chosen() {
        return Mix.below(nextRandom(), stored);
    }

    private long nextRandom() {
        random = Mix.xorshift(random);
        return Mix.mix(random);
    }

    private void error(String what) {
        if (errors++ == 0) {
            firstError = what;
        }
    }
}
