package site.js0.jdb.proto;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever the interleaving, the channel answers as a bounded queue that is used by one at a time.
 * The receiver waits out a sender between claim and store, as a shard does that asks {@code
 * isEmpty} before it sleeps.
 */
public class ShardChannelLincheckTest {
    private final ShardChannel<Integer> channel = new ShardChannel<>(2);

    /** Sends. */
    @Operation
    public boolean offer(@Param(gen = IntGen.class, conf = "1:9") int element) {
        return channel.offer(element);
    }

    /** Receives; one thread at a time. */
    @Operation(nonParallelGroup = "receiver")
    public @Nullable Integer poll() {
        while (true) {
            final Integer element = channel.poll();
            if (element != null || channel.isEmpty()) {
                return element;
            }
            Thread.onSpinWait();
        }
    }

    /** Closes. */
    @Operation
    public void close() {
        channel.close();
    }

    /** Asks. */
    @Operation
    public boolean closed() {
        return channel.closed();
    }

    @Test
    void modelChecking() {
        new ModelCheckingOptions()
                .iterations(12)
                .invocationsPerIteration(300)
                .threads(3)
                .actorsPerThread(3)
                .check(getClass());
    }

    @Test
    void stress() {
        new StressOptions()
                .iterations(6)
                .invocationsPerIteration(300)
                .threads(3)
                .actorsPerThread(3)
                .check(getClass());
    }
}
