package site.js0.jdb.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Borrowers and the shard's thread at once, over plain fields that only the hold protects. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShardHoldStressTest {
    private final ShardHold hold = new ShardHold();

    private long first;
    private long second;
    private int inside;

    /** The shard's thread gets its turns though borrowers never pause, and every turn is alone. */
    @ParameterizedTest
    @CsvSource({"1, false, 20000", "3, false, 20000", "4, true, 20000"})
    void everyTurnIsAlone(int borrowers, boolean virtual, int turns) throws Exception {
        final AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService threads =
                virtual
                        ? Executors.newVirtualThreadPerTaskExecutor()
                        : Executors.newCachedThreadPool()) {
            final List<Future<Long>> borrowing = new ArrayList<>();
            for (int b = 0; b < borrowers; b++) {
                borrowing.add(threads.submit(() -> borrow(stop)));
            }
            hold.own();
            for (int i = 0; i < turns; i++) {
                hold.acquire();
                turn();
                hold.release();
                if (i % 16 == 0) {
                    Thread.yield();
                }
            }
            stop.set(true);
            long total = turns;
            for (Future<Long> b : borrowing) {
                total += b.get();
            }
            assertThat(first).isEqualTo(total);
            assertThat(second).isEqualTo(total);
        }
    }

    private long borrow(AtomicBoolean stop) {
        long got = 0;
        while (!stop.get()) {
            if (hold.tryAcquire()) {
                turn();
                hold.release();
                got++;
            } else {
                check(!hold.held());
                Thread.yield();
            }
        }
        return got;
    }

    private void turn() {
        check(inside == 0);
        inside = 1;
        check(hold.held());
        check(second == first);
        first++;
        Thread.onSpinWait();
        second++;
        inside = 0;
    }

    /** Cheaper than AssertJ: the turns are to be short. */
    private static void check(boolean holds) {
        if (!holds) {
            throw new AssertionError("two threads have the hold");
        }
    }

    /** A borrower who lets go while the shard's thread waits doesn't get in again before him. */
    @Test
    void aHoldThatIsWantedIsHandedOver() throws Exception {
        final int rounds = 300;
        final AtomicInteger begun = new AtomicInteger();
        final AtomicInteger seen = new AtomicInteger();
        int barged = 0;
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            final Future<?> owner =
                    threads.submit(() -> {
                        hold.own();
                        for (int i = 1; i <= rounds; i++) {
                            while (begun.get() < i) {
                                Thread.onSpinWait();
                            }
                            hold.acquire();
                            while (seen.get() < i) {
                                Thread.onSpinWait();
                            }
                            hold.release();
                        }
                    });
            for (int i = 1; i <= rounds; i++) {
                while (!hold.tryAcquire()) {
                    Thread.onSpinWait();
                }
                begun.set(i);
                while (!hold.toString().contains("wanted")) {
                    Thread.onSpinWait();
                }
                hold.release();
                if (hold.tryAcquire()) {
                    hold.release();
                    barged++;
                }
                seen.set(i);
            }
            owner.get();
            assertThat(barged).isZero();
        }
    }

    /** The litmus of the parking: a release that meets a thread about to park must wake it. */
    @RepeatedTest(3)
    void aWaitingShardsThreadIsAlwaysWoken() throws Exception {
        final int rounds = 1000;
        final AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            final Future<Long> borrower =
                    threads.submit(() -> {
                        long got = 0;
                        while (!stop.get()) {
                            if (hold.tryAcquire()) {
                                // Longer than the owner spins, more often than not: he parks.
                                for (int i = 0; i < 300 + got % 500; i++) {
                                    Thread.onSpinWait();
                                }
                                got++;
                                hold.release();
                            }
                        }
                        return got;
                    });
            hold.own();
            for (int i = 0; i < rounds; i++) {
                hold.acquire();
                hold.release();
                Thread.onSpinWait();
            }
            stop.set(true);
            assertThat(borrower.get()).isNotNegative();
        }
        assertThat(hold.busy()).isFalse();
    }

    /**
     * What a borrower leaves with the shard's thread is found: the flag is set before the hold is
     * let go.
     */
    @RepeatedTest(3)
    void attentionIsNeverLost() throws Exception {
        final int calls = 2_000;
        final int[] left = new int[1];
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            final Future<?> borrower =
                    threads.submit(() -> {
                        for (int i = 0; i < calls; ) {
                            if (hold.tryAcquire()) {
                                left[0]++;
                                hold.callAttention();
                                hold.release();
                                i++;
                            }
                        }
                    });
            hold.own();
            int found = 0;
            while (found < calls) {
                if (!hold.attention()) {
                    Thread.onSpinWait();
                    continue;
                }
                hold.acquire();
                if (hold.takeAttention()) {
                    assertThat(left[0]).isPositive();
                    found += left[0];
                    left[0] = 0;
                }
                hold.release();
            }
            borrower.get();
            assertThat(found).isEqualTo(calls);
        }
        assertThat(hold.attention()).isFalse();
    }
}
