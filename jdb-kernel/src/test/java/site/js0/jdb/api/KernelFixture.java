package site.js0.jdb.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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
        List<String> rows = new java.util.ArrayList<>();
        try (Scan scan = table.scan(range)) {
            while (scan.next()) {
                rows.add(s(scan.key()) + "=" + s(scan.value()));
            }
        }
        return rows;
    }
}
