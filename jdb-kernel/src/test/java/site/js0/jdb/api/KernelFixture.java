package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;

/** The ways in which every test of the whole kernel is run, and short names for what tests do. */
final class KernelFixture {
    private KernelFixture() {}

    /** A way to run the kernel. */
    record Way(String name, JdbOptions options) {
        @Override
        public String toString() {
            return name;
        }

        Jdb open(Path path) {
            return Jdb.open(path, options);
        }
    }

    static final long MEMORY = 16L << 20;

    /** Drivers, borrowing and shard counts; little memory, so that merges and evictions happen. */
    static Stream<Way> ways() {
        JdbOptions small = JdbOptions.defaults().withMemory(MEMORY).withShards(2).withVnodes(3);
        return Stream.of(
                new Way("uring, borrowing", small.withDriver(JdbOptions.DriverChoice.AUTO)),
                new Way(
                        "uring, channel only",
                        small.withDriver(JdbOptions.DriverChoice.AUTO).withBorrow(false)),
                new Way("nio, borrowing", small.withDriver(JdbOptions.DriverChoice.NIO)),
                new Way(
                        "nio, one shard, channel only",
                        small.withDriver(JdbOptions.DriverChoice.NIO)
                                .withShards(1)
                                .withVnodes(1)
                                .withBorrow(false)));
    }

    static byte[] b(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String s(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static byte[] key(long i) {
        return ByteBuffer.allocate(8).putLong(i).array();
    }

    static List<String> rows(Table table, ScanRange range) {
        List<String> rows = new ArrayList<>();
        try (Scan scan = table.scan(range)) {
            while (scan.next()) {
                rows.add(s(scan.key()) + "=" + s(scan.value()));
            }
        }
        return rows;
    }

    /** Runs {@code call}, which must throw a {@link JdbException} with an error of this kind. */
    static <E extends JdbError> E refusal(Class<E> kind, ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).as("expected %s", kind.getSimpleName()).isInstanceOf(JdbException.class);
        JdbError error = ((JdbException) thrown).error();
        assertThat(error).as(error.message()).isInstanceOf(kind);
        return kind.cast(error);
    }

    /** The stage must end, and with a {@link JdbException} with an error of this kind. */
    static <E extends JdbError> E failure(Class<E> kind, CompletionStage<?> stage) {
        return refusal(
                kind,
                () -> {
                    try {
                        stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
                    } catch (ExecutionException e) {
                        throw e.getCause();
                    }
                });
    }

    /** A command that starts {@code main} in a JVM of its own, after {@code prefix}. */
    static List<String> childCommand(List<String> prefix, Class<?> main, String... args) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName()));
        command.addAll(List.of(args));
        return command;
    }
}
