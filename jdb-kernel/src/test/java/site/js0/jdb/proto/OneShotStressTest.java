package site.js0.jdb.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A lost wake-up hangs these; a completion seen too early shows a result that isn't there. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OneShotStressTest {
    private static final int ROUNDS = 30_000;

    private static final class Op {
        final OneShot shot = new OneShot();
        long result;
    }

    @ParameterizedTest
    @CsvSource({
        "false, 0, false",
        "false, 50, false",
        "true, 0, false",
        "true, 50, false",
        "false, 0, true",
        "false, 50, true",
        "true, 0, true"
    })
    void everyCompletionArrivesAndBringsItsResult(boolean virtual, int spins, boolean interrupts)
            throws Exception {
        final ShardChannel<Op> channel = new ShardChannel<>(2);
        final AtomicBoolean stop = new AtomicBoolean();
        final Thread runner = Thread.ofPlatform().start(() -> serve(channel, stop));
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        final Runnable calls =
                () -> {
                    try {
                        call(channel, spins);
                    } catch (Throwable t) {
                        failure.set(t);
                    }
                };
        final Thread caller =
                virtual ? Thread.startVirtualThread(calls) : Thread.ofPlatform().start(calls);
        while (interrupts && caller.isAlive()) {
            caller.interrupt();
            Thread.sleep(0, 50_000);
        }
        caller.join();
        stop.set(true);
        runner.join();
        assertThat(failure.get()).isNull();
    }

    private static void serve(ShardChannel<Op> channel, AtomicBoolean stop) {
        long count = 0;
        while (!stop.get()) {
            final Op op = channel.poll();
            if (op == null) {
                Thread.onSpinWait();
                continue;
            }
            for (int i = 0; i < count % 64; i++) {
                Thread.onSpinWait(); // another moment each time
            }
            op.result = ++count;
            op.shot.complete();
        }
    }

    /**
     * Uses one operation again and again, from a thread whose permits and interrupts come at any
     * time.
     */
    private static void call(ShardChannel<Op> channel, int spins) {
        final Op op = new Op();
        for (long round = 1; round <= ROUNDS; round++) {
            op.shot.reset();
            op.result = 0;
            while (!channel.offer(op)) {
                Thread.onSpinWait();
            }
            if (op.shot.await(spins) == OneShot.INTERRUPTED) {
                op.shot.awaitUninterruptibly(spins);
            }
            assertThat(op.result).isEqualTo(round);
        }
    }
}
