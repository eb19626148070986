package site.js0.jdb.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShardHoldTest {
    private final ShardHold hold = new ShardHold();

    @Test
    void oneHasItAndKnows() throws InterruptedException {
        assertThat(hold.held()).isFalse();
        assertThat(hold.tryAcquire()).isTrue();
        assertThat(hold.held()).isTrue();
        assertThat(hold.busy()).isTrue();
        inAnotherThread(() -> {
            assertThat(hold.held()).isFalse();
            assertThat(hold.tryAcquire()).isFalse();
        });
        hold.release();
        assertThat(hold.held()).isFalse();
        assertThat(hold).hasToString("free");
        inAnotherThread(() -> {
            assertThat(hold.tryAcquire()).isTrue();
            hold.release();
        });
    }

    @Test
    void theShardsThreadTakesAndLetsGo() {
        hold.own();
        hold.acquire();
        assertThat(hold.held()).isTrue();
        hold.release();
        hold.acquire();
        hold.release();
        assertThat(hold.busy()).isFalse();
    }

    @Test
    void reentryIsRefusedAndChangesNothing() {
        hold.own();
        hold.acquire();
        refused(hold::acquire);
        refused(hold::tryAcquire);
        assertThat(hold.held()).isTrue();
        hold.release();
        assertThat(hold.tryAcquire()).isTrue();
        refused(hold::tryAcquire);
        hold.release();
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        JdbException.class,
                        e -> assertThat(e.error()).isInstanceOf(JdbError.Reentrant.class));
    }

    @Test
    void onceTheShardsThreadWantsItNoBorrowerGetsIn() throws InterruptedException {
        assertThat(hold.tryAcquire()).isTrue();
        final AtomicBoolean got = new AtomicBoolean();
        final AtomicBoolean letGo = new AtomicBoolean();
        final Thread owner =
                Thread.ofPlatform()
                        .start(() -> {
                            hold.own();
                            hold.acquire();
                            got.set(true);
                            await().untilTrue(letGo);
                            hold.release();
                        });
        await().until(() -> owner.getState() == Thread.State.WAITING);
        assertThat(hold.toString()).contains("wanted by the shard's thread");
        assertThat(got).isFalse();
        owner.interrupt();
        Thread.sleep(20);
        assertThat(got).as("an interrupt is no hold").isFalse();
        hold.release();
        // At once, before the waiting thread has woken: it is his already.
        assertThat(hold.tryAcquire()).isFalse();
        inAnotherThread(() -> assertThat(hold.tryAcquire()).isFalse());
        await().untilTrue(got);
        assertThat(hold.held()).isFalse();
        assertThat(hold.tryAcquire()).isFalse();
        letGo.set(true);
        owner.join();
        assertThat(hold.tryAcquire()).isTrue();
        hold.release();
    }

    @Test
    void aBorrowerCallsAttentionOnce() {
        assertThat(hold.attention()).isFalse();
        assertThat(hold.tryAcquire()).isTrue();
        hold.callAttention();
        hold.release();
        assertThat(hold.attention()).isTrue();
        hold.own();
        hold.acquire();
        assertThat(hold.takeAttention()).isTrue();
        assertThat(hold.takeAttention()).isFalse();
        hold.release();
        assertThat(hold.attention()).isFalse();
    }

    @Test
    void misuseTripsAnAssertion() {
        assertThatThrownBy(hold::release).isInstanceOf(AssertionError.class);
        assertThatThrownBy(hold::acquire).isInstanceOf(AssertionError.class);
        assertThatThrownBy(hold::callAttention).isInstanceOf(AssertionError.class);
        assertThatThrownBy(hold::takeAttention).isInstanceOf(AssertionError.class);
    }

    private static void inAnotherThread(Runnable run) throws InterruptedException {
        final Throwable[] failure = new Throwable[1];
        final Thread thread =
                Thread.ofPlatform().uncaughtExceptionHandler((t, e) -> failure[0] = e).start(run);
        thread.join();
        assertThat(failure[0]).isNull();
    }
}
