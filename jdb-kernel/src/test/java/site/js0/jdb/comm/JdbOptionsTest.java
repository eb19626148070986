package site.js0.jdb.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
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
        changes(o -> o.withMemory(1), JdbOptions::memoryBytes, 1L);
        changes(o -> o.withShards(2), JdbOptions::shards, 2);
        changes(o -> o.withVnodes(3), JdbOptions::vnodes, 3);
        changes(o -> o.withIoDepth(9), JdbOptions::ioDepth, 9);
        changes(
                o -> o.withDriver(JdbOptions.DriverChoice.NIO),
                JdbOptions::driver,
                JdbOptions.DriverChoice.NIO);
        changes(o -> o.withBorrow(false), JdbOptions::borrow, false);
        changes(o -> o.withInlineValueBytesMax(7), JdbOptions::inlineValueBytesMax, 7);
        changes(o -> o.withWalSegmentBytes(1 << 17), JdbOptions::walSegmentBytes, 1 << 17);
        changes(o -> o.withSyncEveryCommit(true), JdbOptions::syncEveryCommit, true);
        changes(o -> o.withPinThreads(true), JdbOptions::pinThreads, true);
        changes(o -> o.withCreateIfMissing(false), JdbOptions::createIfMissing, false);
        changes(o -> o.withDebugLeaks(true), JdbOptions::debugLeaks, true);
        changes(o -> o.withExecutor(executor), JdbOptions::executor, Optional.of(executor));
        assertThat(DEFAULTS.withExecutor(executor).executorOrDefault()).isSameAs(executor);
    }

    /** {@code verb} sets what {@code option} reads, leaves the others, and its receiver too. */
    private static void changes(
            UnaryOperator<JdbOptions> verb, Function<JdbOptions, Object> option, Object value) {
        final List<Object> before = all(DEFAULTS);
        final JdbOptions changed = verb.apply(DEFAULTS);
        assertThat(all(DEFAULTS)).isEqualTo(before);
        assertThat(option.apply(changed)).isEqualTo(value);
        final List<Object> after = all(changed);
        assertThat(
                        IntStream.range(0, after.size())
                                .filter(i -> !after.get(i).equals(before.get(i)))
                                .count())
                .isEqualTo(1);
    }

    private static List<Object> all(JdbOptions o) {
        return List.of(
                o.memoryBytes(),
                o.shards(),
                o.vnodes(),
                o.ioDepth(),
                o.driver(),
                o.borrow(),
                o.inlineValueBytesMax(),
                o.walSegmentBytes(),
                o.syncEveryCommit(),
                o.pinThreads(),
                o.createIfMissing(),
                o.debugLeaks(),
                o.executor());
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
