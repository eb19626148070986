package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buckets, percentiles and rates. What drivers count is in the contract tests. */
class IoMetricsTest {
    private final IoMetrics metrics = new IoMetrics();

    private static final class Sync extends DriverFixture.Op {
        Sync() {
            prepareSyncAll(new NoFile());
        }
    }

    /** A file of a role, and nothing else. */
    private record NoFile() implements IoFile {
        @Override
        public java.nio.file.Path path() {
            return java.nio.file.Path.of("none");
        }

        @Override
        public OpenMode mode() {
            return OpenMode.READ;
        }

        @Override
        public FileRole role() {
            return FileRole.META;
        }

        @Override
        public boolean direct() {
            return false;
        }

        @Override
        public int alignment() {
            return 1;
        }

        @Override
        public long size() {
            return 0;
        }

        @Override
        public void truncate(long bytes) {}

        @Override
        public void preallocate(long offset, long length) {}

        @Override
        public void close() {}
    }

    @Test
    void bucketsFollowOneAnotherWithoutGaps() {
        assertThat(LatencyBuckets.of(0)).isZero();
        assertThat(LatencyBuckets.of(-5)).isZero();
        for (int bucket = 0; bucket < LatencyBuckets.COUNT; bucket++) {
            long low = LatencyBuckets.lowNanos(bucket);
            long high = LatencyBuckets.highNanos(bucket);
            assertThat(LatencyBuckets.of(low)).isEqualTo(bucket);
            assertThat(LatencyBuckets.of(high)).isEqualTo(bucket);
            assertThat(high - low).as("width of bucket %d", bucket).isLessThanOrEqualTo(low / 8);
            if (bucket + 1 < LatencyBuckets.COUNT) {
                assertThat(LatencyBuckets.lowNanos(bucket + 1)).isEqualTo(high + 1);
            }
        }
        assertThat(LatencyBuckets.of(Long.MAX_VALUE)).isEqualTo(LatencyBuckets.COUNT - 1);
        assertThat(LatencyBuckets.highNanos(LatencyBuckets.COUNT - 1))
                .isGreaterThan(60_000_000_000L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void percentilesAreAtMostAnEighthTooHigh(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] nanos = new long[1000];
        Sync op = new Sync();
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = random.nextLong(1L << random.nextInt(1, 36));
            metrics.record(op, 0, i % 10 == 0, nanos[i]);
        }
        Arrays.sort(nanos);
        IoMetrics.Snapshot snapshot = metrics.snapshot(7);
        for (double percentile : new double[] {0, 1, 50, 90, 99, 99.9, 100}) {
            long exact = nanos[Math.max(1, (int) Math.ceil(nanos.length * percentile / 100)) - 1];
            assertThat(snapshot.percentileNanos(FileRole.META, IoMetrics.Verb.SYNC, percentile))
                    .as("seed %d, percentile %s", seed, percentile)
                    .isBetween(exact, exact + exact / 8 + 1);
        }
        assertThat(snapshot.count(FileRole.META, IoMetrics.Verb.SYNC)).isEqualTo(1000);
        assertThat(snapshot.errors(FileRole.META, IoMetrics.Verb.SYNC)).isEqualTo(100);
        assertThat(snapshot.meanNanos(FileRole.META, IoMetrics.Verb.SYNC))
                .isEqualTo((double) Arrays.stream(nanos).sum() / 1000);
        assertThat(snapshot.toString())
                .contains("META")
                .contains("1000 ops")
                .doesNotContain("PAGES");
    }

    @Test
    void nothingHasNoPercentilesAndNoRates() {
        IoMetrics.Snapshot empty = metrics.snapshot(0);
        assertThat(empty.percentileNanos(FileRole.LOG, IoMetrics.Verb.READ, 99)).isZero();
        assertThat(empty.meanNanos(FileRole.LOG, IoMetrics.Verb.READ)).isZero();
        assertThat(empty.toString()).isEmpty();
        assertThatThrownBy(() -> empty.perSecond(FileRole.LOG, IoMetrics.Verb.READ))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> empty.percentileNanos(FileRole.LOG, IoMetrics.Verb.READ, 101))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ratesAreOverTheSpan() {
        Sync op = new Sync();
        metrics.record(op, 0, false, 10);
        IoMetrics.Snapshot before = metrics.snapshot(1_000_000_000L);
        for (int i = 0; i < 30; i++) {
            metrics.record(op, 0, false, 10);
        }
        IoMetrics.Snapshot span = metrics.snapshot(4_000_000_000L).since(before);
        assertThat(span.perSecond(FileRole.META, IoMetrics.Verb.SYNC)).isEqualTo(10);
        assertThat(span.count(FileRole.META, IoMetrics.Verb.SYNC)).isEqualTo(30);
    }
}
