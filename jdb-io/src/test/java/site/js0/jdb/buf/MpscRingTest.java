package site.js0.jdb.buf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MpscRingTest {
    @Test
    void capacityIsAPowerOfTwo() {
        assertThat(new MpscRing<>(1).capacity()).isEqualTo(2);
        assertThat(new MpscRing<>(5).capacity()).isEqualTo(8);
        assertThat(new MpscRing<>(8).capacity()).isEqualTo(8);
        assertThatThrownBy(() -> new MpscRing<>(0)).isInstanceOf(IllegalArgumentException.class);
    }

    /** One thread, against a queue of the JDK. */
    @Test
    void isABoundedQueue() {
        for (long seed = 1; seed <= 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            MpscRing<Integer> ring = new MpscRing<>(1 << random.nextInt(1, 5));
            ArrayDeque<Integer> model = new ArrayDeque<>();
            for (int i = 0; i < 1_000; i++) {
                if (random.nextBoolean()) {
                    boolean fits = model.size() < ring.capacity();
                    assertThat(ring.offer(i)).as("seed %d", seed).isEqualTo(fits);
                    if (fits) {
                        model.add(i);
                    }
                } else {
                    assertThat(ring.poll()).as("seed %d", seed).isEqualTo(model.poll());
                }
            }
        }
    }

    /** Each producer's items arrive once and in its order, whole. */
    @Test
    void nothingIsLostDoubledOrTorn() throws InterruptedException {
        int producers = 3;
        int each = 20_000;
        MpscRing<long[]> ring = new MpscRing<>(16);
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            int producer = p;
            Thread thread =
                    new Thread(() -> {
                        for (long i = 1; i <= each; i++) {
                            long[] item = {
                                producer, i
                            }; // plain writes, published by the ring alone
                            while (!ring.offer(item)) {
                                Thread.yield();
                            }
                        }
                    });
            thread.start();
            threads.add(thread);
        }
        long[] last = new long[producers];
        for (int taken = 0; taken < producers * each; ) {
            long[] item = ring.poll();
            if (item == null) {
                Thread.yield();
                continue;
            }
            assertThat(item[1]).isEqualTo(++last[(int) item[0]]);
            taken++;
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(ring.poll()).isNull();
    }
}
