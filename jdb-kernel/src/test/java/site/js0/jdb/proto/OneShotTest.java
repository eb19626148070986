package site.js0.jdb.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OneShotTest {
    private final OneShot shot = new OneShot();

    @Test
    void completedBeforeTheWaitNobodyWaits() {
        shot.reset();
        assertThat(shot.completed()).isFalse();
        shot.complete();
        assertThat(shot.completed()).isTrue();
        assertThat(shot.await(0)).isEqualTo(OneShot.COMPLETED);
        shot.awaitUninterruptibly(0);
        assertThat(shot).hasToString("done");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aParkedThreadIsWoken(boolean virtual) throws InterruptedException {
        final AtomicInteger answer = new AtomicInteger(-1);
        final Thread waiter = start(virtual, () -> answer.set(shot.await(0)));
        await().until(() -> waiter.getState() == Thread.State.WAITING);
        assertThat(shot.toString()).startsWith("running, awaited by");
        shot.complete();
        waiter.join();
        assertThat(answer).hasValue(OneShot.COMPLETED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptEndsTheWaitButNotTheOperation(boolean virtual) throws InterruptedException {
        final AtomicInteger step = new AtomicInteger();
        final Thread waiter =
                start(
                        virtual,
                        () -> {
                            assertThat(shot.await(0)).isEqualTo(OneShot.INTERRUPTED);
                            assertThat(Thread.currentThread().isInterrupted()).isFalse();
                            step.set(1);
                            shot.awaitUninterruptibly(0);
                            step.set(
                                    shot.completed() && Thread.currentThread().isInterrupted()
                                            ? 2
                                            : 3);
                        });
        await().until(() -> waiter.getState() == Thread.State.WAITING);
        waiter.interrupt();
        await().until(() -> step.get() == 1 && waiter.getState() == Thread.State.WAITING);
        waiter.interrupt();
        Thread.sleep(20);
        assertThat(step).as("not before the completion").hasValue(1);
        shot.complete();
        waiter.join();
        assertThat(step).hasValue(2);
    }

    @Test
    void aCompletedOperationWinsOverAnInterrupt() {
        shot.complete();
        Thread.currentThread().interrupt();
        assertThat(shot.await(0)).isEqualTo(OneShot.COMPLETED);
        shot.awaitUninterruptibly(0);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void completingTwiceIsAMistake() {
        shot.complete();
        assertThatThrownBy(shot::complete).isInstanceOf(AssertionError.class);
        shot.reset();
        shot.complete();
    }

    private static Thread start(boolean virtual, Runnable run) {
        return virtual ? Thread.startVirtualThread(run) : Thread.ofPlatform().start(run);
    }
}
