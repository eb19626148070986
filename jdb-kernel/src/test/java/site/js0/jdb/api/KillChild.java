package site.js0.jdb.api;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import site.js0.jdb.comm.JdbOptions;

/**
 * The process that {@link KillTest} kills: threads write, and say on standard output what was
 * acknowledged, an index a thread. What it says is outside of this process as soon as the write to
 * the pipe returns.
 */
final class KillChild {
    static final int THREADS = 3;
    private static final int BATCH_EVERY = 16;
    private static final int SYNC_EVERY = 64;
    private static final int LARGE_EVERY = 50;

    private KillChild() {}

    public static void main(String[] args) throws Exception {
        Path path = Path.of(args[0]);
        JdbOptions options = options(args[1], Boolean.parseBoolean(args[2]));
        FileOutputStream out = new FileOutputStream(FileDescriptor.out);
        try (Jdb jdb = Jdb.open(path, options)) {
            Table table = jdb.database("kill").table("t");
            Thread[] threads = new Thread[THREADS];
            for (int t = 0; t < THREADS; t++) {
                int writer = t;
                long from = Long.parseLong(args[3 + t]);
                threads[t] =
                        Thread.ofPlatform()
                                .start(() -> {
                                    try {
                                        write(jdb, table, writer, from, out);
                                    } catch (Throwable e) {
                                        e.printStackTrace();
                                        Runtime.getRuntime().halt(3);
                                    }
                                });
            }
            for (Thread t : threads) {
                t.join();
            }
        }
    }

    static JdbOptions options(String driver, boolean borrow) {
        return JdbOptions.defaults()
                .withMemory(24L << 20)
                .withShards(2)
                .withVnodes(2)
                .withDriver(JdbOptions.DriverChoice.valueOf(driver))
                .withBorrow(borrow);
    }

    private static void write(Jdb jdb, Table table, int writer, long from, FileOutputStream out)
            throws IOException {
        byte[] said = new byte[12];
        for (long i = from; ; i++) {
            if (i % BATCH_EVERY == 0) {
                Batch batch = new Batch();
                for (int part = 0; part < 3; part++) {
                    batch.put(table, batchKey(writer, i, part), value(writer, i));
                }
                batch.put(table, key(writer, i), value(writer, i));
                jdb.write(batch);
            } else if (i % SYNC_EVERY == 1) {
                table.putSync(key(writer, i), value(writer, i));
            } else {
                table.put(key(writer, i), value(writer, i));
            }
            ByteBuffer.wrap(said).putInt(writer).putLong(i);
            out.write(said);
        }
    }

    static boolean isBatch(long i) {
        return i % BATCH_EVERY == 0;
    }

    static byte[] key(int writer, long i) {
        return ByteBuffer.allocate(13).put((byte) 'k').putInt(writer).putLong(i).array();
    }

    static byte[] batchKey(int writer, long i, int part) {
        return ByteBuffer.allocate(17)
                .put((byte) 'b')
                .putInt(writer)
                .putLong(i)
                .putInt(part)
                .array();
    }

    static byte[] value(int writer, long i) {
        int length = i % LARGE_EVERY == 3 ? 3000 : (int) (i % 200);
        byte[] v = new byte[length];
        new SplittableRandom(writer * 1_000_003L + i).nextBytes(v);
        return v;
    }
}
