package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A process that writes is killed ({@code SIGKILL}) again and again; all that it said to be
 * acknowledged is there after reopening. {@code -Djdb.kill.cycles=N} for more cycles.
 */
class KillTest {
    private static final int CYCLES = Integer.getInteger("jdb.kill.cycles", 2);

    @TempDir Path temp;

    @ParameterizedTest
    @CsvSource({"AUTO,true", "AUTO,false", "NIO,true", "NIO,false"})
    void whatWasAcknowledgedSurvivesKill(String driver, boolean borrow) throws Exception {
        long[] acknowledged = new long[KillChild.THREADS];
        java.util.Arrays.fill(acknowledged, -1);
        SplittableRandom random = new SplittableRandom(7);
        Path db = temp.resolve("db");
        long slowest = 0;
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            long[] before = acknowledged.clone();
            killOnce(db, driver, borrow, acknowledged, random.nextInt(300, 2000));
            long start = System.nanoTime();
            try (Jdb jdb = Jdb.open(db, KillChild.options(driver, borrow))) {
                slowest = Math.max(slowest, System.nanoTime() - start);
                Table table = jdb.database("kill").table("t");
                for (int t = 0; t < KillChild.THREADS; t++) {
                    for (long i = 0; i <= acknowledged[t]; i++) {
                        // All of this cycle, and every seventh of the older ones.
                        if (i > before[t] || (i + cycle) % 7 == 0) {
                            check(table, t, i);
                        }
                    }
                    checkBatchIsWholeOrNot(table, t, acknowledged[t] + 1);
                }
            }
        }
        System.out.printf(
                "%s borrow=%s: %d kills, %d acknowledged, slowest reopening %d ms%n",
                driver,
                borrow,
                CYCLES,
                java.util.Arrays.stream(acknowledged).sum(),
                slowest / 1_000_000);
    }

    private static void check(Table table, int writer, long i) {
        assertThat(table.get(KillChild.key(writer, i)))
                .as("writer %d, write %d", writer, i)
                .isEqualTo(KillChild.value(writer, i));
        if (KillChild.isBatch(i)) {
            for (int part = 0; part < 3; part++) {
                assertThat(table.get(KillChild.batchKey(writer, i, part)))
                        .as("writer %d, batch %d, part %d", writer, i, part)
                        .isEqualTo(KillChild.value(writer, i));
            }
        }
    }

    /** The write under way when the process died. */
    private static void checkBatchIsWholeOrNot(Table table, int writer, long i) {
        if (KillChild.isBatch(i)) {
            boolean there = table.get(KillChild.key(writer, i)) != null;
            for (int part = 0; part < 3; part++) {
                assertThat(table.get(KillChild.batchKey(writer, i, part)) != null)
                        .as("writer %d, unacknowledged batch %d, part %d", writer, i, part)
                        .isEqualTo(there);
            }
        }
    }

    private static void killOnce(
            Path db, String driver, boolean borrow, long[] acknowledged, int millis)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                KillChild.class.getName(),
                                db.toString(),
                                driver,
                                Boolean.toString(borrow)));
        for (long a : acknowledged) {
            command.add(Long.toString(a + 1));
        }
        Process child = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        try (DataInputStream in = new DataInputStream(child.getInputStream())) {
            Thread killer = null;
            try {
                while (true) {
                    int writer = in.readInt();
                    long i = in.readLong();
                    assertThat(i).isEqualTo(acknowledged[writer] + 1);
                    acknowledged[writer] = i;
                    if (killer == null) {
                        killer =
                                Thread.ofPlatform()
                                        .start(() -> {
                                            try {
                                                TimeUnit.MILLISECONDS.sleep(millis);
                                            } catch (InterruptedException e) {
                                                Thread.currentThread().interrupt();
                                            }
                                            // Not Process.destroyForcibly: that closes the pipe.
                                            child.toHandle().destroyForcibly();
                                        });
                    }
                }
            } catch (EOFException e) {
                // Its death closed the pipe; all it said has been read.
            }
            if (killer == null) {
                throw new AssertionError("the child acknowledged nothing");
            }
            killer.join();
        }
        assertThat(child.waitFor()).as("ended by SIGKILL").isEqualTo(128 + 9);
    }
}
