package site.js0.jdb.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardChannelTest {
    private final ShardChannel<String> channel = new ShardChannel<>(4);

    @Test
    void whatIsSentArrivesInOrder() {
        assertThat(channel.isEmpty()).isTrue();
        assertThat(channel.poll()).isNull();
        assertThat(channel.offer("a")).isTrue();
        assertThat(channel.offer("b")).isTrue();
        assertThat(channel.isEmpty()).isFalse();
        assertThat(channel.size()).isEqualTo(2);
        assertThat(channel.poll()).isEqualTo("a");
        assertThat(channel.poll()).isEqualTo("b");
        assertThat(channel.poll()).isNull();
        assertThat(channel.isEmpty()).isTrue();
    }

    @Test
    void fullItRefusesUntilOneIsTakenRoundAfterRound() {
        for (int round = 0; round < 1000; round++) {
            for (int i = 0; i < 4; i++) {
                assertThat(channel.offer(round + "." + i)).isTrue();
            }
            assertThat(channel.offer("too much")).isFalse();
            assertThat(channel.size()).isEqualTo(channel.capacity());
            assertThat(channel.poll()).isEqualTo(round + ".0");
            assertThat(channel.offer(round + ".4")).isTrue();
            assertThat(channel.offer("too much")).isFalse();
            final List<String> rest = new ArrayList<>();
            assertThat(channel.drain(rest::add, 100)).isEqualTo(4);
            assertThat(rest)
                    .containsExactly(round + ".1", round + ".2", round + ".3", round + ".4");
        }
    }

    @Test
    void offerAndPollAllocateNothing() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        turnOver(100_000);
        final long before = threads.getCurrentThreadAllocatedBytes();
        turnOver(100_000);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("bytes for 100000 times offer and poll")
                .isLessThan(10_000);
    }

    private void turnOver(int times) {
        for (int i = 0; i < times; i++) {
            if (!channel.offer("a") || channel.poll() == null) {
                throw new AssertionError("one at a time has room");
            }
        }
    }

    @Test
    void drainStopsAtItsLimitAndGoesOnAfterAFailure() {
        channel.offer("a");
        channel.offer("b");
        channel.offer("c");
        final List<String> taken = new ArrayList<>();
        assertThat(channel.drain(taken::add, 1)).isEqualTo(1);
        assertThatThrownBy(() ->
                        channel.drain(
                                s -> {
                                    throw new IllegalStateException(s);
                                },
                                9))
                .hasMessage("b");
        assertThat(channel.drain(taken::add, 9)).isEqualTo(1);
        assertThat(taken).containsExactly("a", "c");
    }

    @Test
    void closedItRefusesAndKeepsWhatItHas() {
        channel.offer("a");
        assertThat(channel.closed()).isFalse();
        channel.close();
        channel.close();
        assertThat(channel.closed()).isTrue();
        assertThat(channel.offer("b")).isFalse();
        assertThat(channel.size()).isEqualTo(1);
        assertThat(channel.poll()).isEqualTo("a");
        assertThat(channel.poll()).isNull();
        assertThat(channel.isEmpty()).isTrue();
        assertThat(channel).hasToString("channel 0/4 closed");
    }

    @Test
    void takenElementsAreNotHeldOn() {
        // The slot is what a stuck reference would sit in: full again needs every slot empty.
        for (int i = 0; i < 9; i++) {
            channel.offer("x");
            channel.poll();
        }
        for (int i = 0; i < 4; i++) {
            assertThat(channel.offer("y")).isTrue();
        }
    }

    @Test
    void capacityIsAPowerOfTwo() {
        assertThatThrownBy(() -> new ShardChannel<>(3))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ShardChannel<>(1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ShardChannel<>(1 << 21))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
