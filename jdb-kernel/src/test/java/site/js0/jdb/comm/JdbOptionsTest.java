package site.js0.jdb.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JdbOptionsTest {
    private static final JdbOptions DEFAULTS = JdbOptions.defaults();

    @Test
    void defaultsFitTheMachine() {
        assertThat(DEFAULTS.memoryBytes()).isPositive().isLessThanOrEqualTo(1L << 30);
        assertThat(DEFAULTS.shardsOrDefault())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(DEFAULTS.vnodesOrDefault()).isEqualTo(DEFAULTS.shardsOrDefault());
        assertThat(DEFAULTS.withShards(3).vnodesOrDefault()).isEqualTo(3);
        assertThat(DEFAULTS.withShards(3).withVnodes(8).vnodesOrDefault()).isEqualTo(8);
        assertThat(DEFAULTS.executorOrDefault()).isSameAs(ForkJoinPool.commonPool());
    }

    @Test
    void eachVerbChangesItsOwnOptionAlone() {
        final Executor executor = Runnable::run;
        final JdbOptions all =
                DEFAULTS.withMemory(1)
                        .withShards(2)
                        .withVnodes(3)
                        .withIoDepth(9)
                        .withDriver(JdbOptions.DriverChoice.NIO)
                        .withBorrow(false)
                        .withInlineValueBytesMax(7)
                        .withWalSegmentBytes(1 << 17)
                        .withPinThreads(true)
                        .withCreateIfMissing(false)
                        .withDebugLeaks(true)
                        .withExecutor(executor);
        assertThat(all)
                .isEqualTo(
                        new JdbOptions(
                                1,
                                2,
                                3,
                                9,
                                JdbOptions.DriverChoice.NIO,
                                false,
                                7,
                                1 << 17,
                                true,
                                false,
                                true,
                                java.util.Optional.of(executor)));
        assertThat(all.executorOrDefault()).isSameAs(executor);
    }

    @Test
    void whatIsOutOfBoundsIsRefusedByName() {
        refused(() -> DEFAULTS.withMemory(0), "memory");
        refused(() -> DEFAULTS.withShards(-1), "shards");
        refused(() -> DEFAULTS.withShards(1025), "shards");
        refused(() -> DEFAULTS.withVnodes(4097), "vnodes");
        refused(() -> DEFAULTS.withIoDepth(7), "ioDepth");
        refused(() -> DEFAULTS.withInlineValueBytesMax(1025), "inlineValueBytesMax");
        refused(() -> DEFAULTS.withWalSegmentBytes(1 << 15), "walSegmentBytes");
        refused(() -> DEFAULTS.withWalSegmentBytes((1 << 20) + 1), "walSegmentBytes");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1048576, 1048576",
        "512m, 536870912",
        "1g, 1073741824",
        "1G, 1073741824",
        "64MiB, 67108864",
        "3kb, 3072",
        "2t, 2199023255552",
        "7b, 7",
        "' 5k ', 5120"
    })
    void sizesAreRead(String text, long bytes) {
        assertThat(JdbOptions.parseBytes("memory", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "g", "-1", "1.5g", "1x", "1 g b", "99999999999t", "9223372036854775808"})
    void whatIsNoSizeIsRefused(String text) {
        refused(() -> JdbOptions.parseBytes("memory", text), "memory");
    }

    private static void refused(ThrowingCallable call, String names) {
        assertThatThrownBy(call).isInstanceOf(JdbException.class).hasMessageContaining(names);
    }
}
