package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.b;
import static site.js0.jdb.api.KernelFixture.key;
import static site.js0.jdb.api.KernelFixture.refusal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.JdbOptions.DriverChoice;

/**
 * A file system that takes no more: writers hear it, what was acknowledged stays, and writing goes
 * on once there is room.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FullDiskTest {
    private static final int ROWS_MAX = 1_000_000;

    @TempDir Path temp;

    private static JdbOptions options(DriverChoice driver) {
        return HolderChild.OPTIONS.withDriver(driver);
    }

    /** Small values fill log and trees, large ones the value log; every seventh is large. */
    private static byte[] value(long i, int bytes) {
        byte[] value = new byte[bytes + (i % 7 == 0 ? 3000 : 0)];
        new SplittableRandom(i).nextBytes(value);
        return value;
    }

    /** Writes until it is refused; answers how many rows were taken. */
    private static int fill(Table t, int from, int bytes) {
        for (int i = from; i < ROWS_MAX; i++) {
            JdbError error = put(t, i, bytes);
            if (error != null) {
                assertThat(error.message()).contains("no space left");
                assertThat(error).isInstanceOf(JdbError.DiskFull.class);
                return i;
            }
        }
        throw new AssertionError("a disk that is never full");
    }

    private static @Nullable JdbError put(Table t, int i, int bytes) {
        try {
            t.put(key(i), value(i, bytes));
            return null;
        } catch (JdbException e) {
            return e.error();
        }
    }

    private static void check(Table t, int rows, int bytes) {
        for (int i = 0; i < rows; i++) {
            assertThat(t.get(key(i))).as("row %d of %d", i, rows).isEqualTo(value(i, bytes));
        }
    }

    @ParameterizedTest
    @CsvSource({"AUTO, 300", "NIO, 300"})
    void writersHearItAndGoOnWhenThereIsRoom(DriverChoice driver, int bytes) throws Exception {
        try (LoopDisk disk = LoopDisk.make(temp, 64)) {
            Path db = disk.path().resolve("db");
            disk.path().resolve("lost+found").toFile().delete();
            int rows;
            try (Jdb jdb = Jdb.open(db, options(driver))) {
                Table t = jdb.database("d").table("t");
                t.put(key(0), value(0, bytes)); // the value log has its first file
                Path filler = disk.fill(6 << 20);
                rows = fill(t, 1, bytes);
                // Again and again: bounded in time, and nothing breaks.
                for (int i = 0; i < 20; i++) {
                    JdbError error = put(t, rows, bytes);
                    assertThat(error == null || error instanceof JdbError.DiskFull)
                            .as(String.valueOf(error))
                            .isTrue();
                    if (error == null) {
                        rows++;
                    }
                }
                check(t, rows, bytes);
                Files.delete(filler);
                rows = goOn(t, rows, bytes);
                check(t, rows, bytes);
                disk.fill(2 << 20);
                rows = fill(t, rows, bytes);
                check(t, rows, bytes);
            }
            // Closed on a full disk, and opened on one: works, or is refused where replay has to
            // merge, and nothing is harmed.
            try (Jdb jdb = Jdb.open(db, options(driver).withCreateIfMissing(false))) {
                check(jdb.database("d").existingTable(b("t")), rows, bytes);
            } catch (JdbException e) {
                assertThat(e.error()).isInstanceOf(JdbError.DiskFull.class);
            }
            Files.delete(disk.path().resolve("filler"));
            try (Jdb jdb = Jdb.open(db, options(driver).withCreateIfMissing(false))) {
                Table t = jdb.database("d").existingTable(b("t"));
                check(t, rows, bytes);
                rows = goOn(t, rows, bytes);
                jdb.settle();
                check(t, rows, bytes);
            }
        }
    }

    /** Space is noticed within a moment; then a thousand rows more. */
    private static int goOn(Table t, int rows, int bytes) {
        int taken = rows;
        while (taken < rows + 1000) {
            JdbError error = put(t, taken, bytes);
            if (error == null) {
                taken++;
            } else {
                assertThat(error).isInstanceOf(JdbError.DiskFull.class);
                Thread.yield();
            }
        }
        return taken;
    }

    /** Making a database where there is no room for one. */
    @ParameterizedTest
    @EnumSource(names = {"AUTO", "NIO"})
    void noRoomForANewOne(DriverChoice driver) throws Exception {
        try (LoopDisk disk = LoopDisk.make(temp, 32)) {
            Path db = disk.path().resolve("db");
            Path filler = disk.fill(64 << 10);
            refusal(
                    JdbError.DiskFull.class,
                    () -> {
                        try (Jdb jdb = Jdb.open(db, options(driver))) {
                            jdb.database("d").table("t").put(b("k"), b("v"));
                        }
                    });
            Files.delete(filler);
            try (Jdb jdb = Jdb.open(db, options(driver))) {
                Table t = jdb.database("d").table("t");
                t.put(b("k"), b("v"));
                assertThat(t.get(b("k"))).isEqualTo(b("v"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "NIO"})
    void aReadOnlyFileSystem(DriverChoice driver) throws Exception {
        try (LoopDisk disk = LoopDisk.make(temp, 32)) {
            Path db = disk.path().resolve("db");
            try (Jdb jdb = Jdb.open(db, options(driver))) {
                jdb.database("d").table("t").put(b("k"), b("v"));
            }
            disk.readOnly(true);
            assertThat(refusal(JdbError.Io.class, () -> Jdb.open(db, options(driver))).message())
                    .containsIgnoringCase("read-only file system")
                    .contains(db.toString());
            Path other = disk.path().resolve("other");
            assertThat(refusal(JdbError.Io.class, () -> Jdb.open(other, options(driver))).message())
                    .containsIgnoringCase("read-only file system")
                    .contains(other.toString());
            disk.readOnly(false);
            try (Jdb jdb = Jdb.open(db, options(driver))) {
                assertThat(jdb.database("d").table("t").get(b("k"))).isEqualTo(b("v"));
            }
        }
    }
}
