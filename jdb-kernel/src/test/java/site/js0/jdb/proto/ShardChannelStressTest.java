package site.js0.jdb.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Many senders at once: nothing is lost, doubled or reordered, and what a sender wrote before is
 * seen.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShardChannelStressTest {
    /** What is sent: plain fields, so that only the channel can make them seen. */
    private static final class Letter {
        int sender;
        int number;

        Letter(int sender, int number) {
            this.sender = sender;
            this.number = number;
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 100000", "2, 4, 100000", "8, 3, 100000", "1024, 4, 200000"})
    void eachSendersLettersArriveOnceAndInOrder(int capacity, int senders, int each)
            throws Exception {
        final ShardChannel<Letter> channel = new ShardChannel<>(capacity);
        try (ExecutorService threads = Executors.newFixedThreadPool(senders)) {
            final List<Future<?>> sending = new ArrayList<>();
            for (int s = 0; s < senders; s++) {
                final int sender = s;
                sending.add(threads.submit(() -> send(channel, sender, each)));
            }
            final int[] next = new int[senders];
            for (long left = (long) senders * each; left > 0; ) {
                final Letter letter = channel.poll();
                if (letter == null) {
                    failFast(sending);
                    Thread.yield();
                    continue;
                }
                assertThat(letter.number).isEqualTo(next[letter.sender]++);
                left--;
                assertThat(channel.size()).isBetween(0, capacity);
            }
            for (Future<?> f : sending) {
                f.get();
            }
        }
        assertThat(channel.isEmpty()).isTrue();
        assertThat(channel.poll()).isNull();
    }

    private static void send(ShardChannel<Letter> channel, int sender, int each) {
        for (int i = 0; i < each; i++) {
            final Letter letter = new Letter(sender, i);
            while (!channel.offer(letter)) {
                Thread.yield();
            }
        }
    }

    private static void failFast(List<Future<?>> sending)
            throws InterruptedException, ExecutionException {
        for (Future<?> f : sending) {
            if (f.isDone()) {
                f.get();
            }
        }
    }

    @RepeatedTest(300)
    void whatGotInBeforeTheCloseIsThereAndNothingElse() throws Exception {
        final ShardChannel<Letter> channel = new ShardChannel<>(64);
        final int senders = 3;
        try (ExecutorService threads = Executors.newFixedThreadPool(senders)) {
            final List<Future<Integer>> sent = new ArrayList<>();
            for (int s = 0; s < senders; s++) {
                final int sender = s;
                sent.add(threads.submit(() -> sendUntilClosed(channel, sender)));
            }
            int received = 0;
            while (received < 100) {
                received += channel.poll() == null ? 0 : 1;
            }
            channel.close();
            while (!channel.isEmpty()) {
                received += channel.poll() == null ? 0 : 1;
            }
            // From here on nothing may come.
            int accepted = 0;
            for (Future<Integer> f : sent) {
                accepted += f.get();
            }
            assertThat(received).isEqualTo(accepted);
            assertThat(channel.poll()).isNull();
        }
    }

    private static int sendUntilClosed(ShardChannel<Letter> channel, int sender) {
        int accepted = 0;
        while (true) {
            if (channel.offer(new Letter(sender, accepted))) {
                accepted++;
            } else if (channel.closed()) {
                return accepted;
            } else {
                Thread.yield();
            }
        }
    }
}
