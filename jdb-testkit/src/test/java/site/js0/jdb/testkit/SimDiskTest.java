package site.js0.jdb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static site.js0.jdb.testkit.SimWorld.BLOCK;
import static site.js0.jdb.testkit.SimWorld.DB;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.testkit.SimWorld.Op;

/** What the simulated world keeps and what it loses. */
class SimDiskTest {
    private static final int SEEDS = 60;

    private static byte[] filled(int fill) {
        byte[] bytes = new byte[BLOCK];
        java.util.Arrays.fill(bytes, (byte) fill);
        return bytes;
    }

    @Test
    void syncedBytesSurvivePowerLossAndUnsyncedOnesMayNot() {
        Set<String> fates = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            try (SimWorld world = new SimWorld(seed)) {
                IoFile file = world.open("f", OpenMode.CREATE);
                world.driver.directory().syncDir(DB);
                world.finish(world.writeThenSync(file, 0, 1));
                world.finish(world.write(file, 1, 2));
                world.crash(CrashMode.POWER_LOSS);
                byte[] bytes = world.bytes("f");
                assertThat(bytes).as("seed %d", seed).startsWith(filled(1));
                fates.add(fateOfSecondBlock(bytes, seed));
            }
        }
        assertThat(fates).containsExactlyInAnyOrder("lost", "kept", "torn", "zeros");
    }

    private static String fateOfSecondBlock(byte[] bytes, int seed) {
        if (bytes.length == BLOCK) {
            return "lost";
        }
        int kept = 0;
        for (int at = BLOCK; at < bytes.length; at += SimInode.SECTOR_BYTES) {
            assertThat(bytes[at]).as("seed %d", seed).isIn((byte) 0, (byte) 2);
            for (int i = at; i < at + SimInode.SECTOR_BYTES; i++) {
                assertThat(bytes[i]).as("a sector is whole, seed %d", seed).isEqualTo(bytes[at]);
            }
            kept += bytes[at] == 2 ? 1 : 0;
        }
        return kept == 0 ? "zeros" : kept == BLOCK / SimInode.SECTOR_BYTES ? "kept" : "torn";
    }

    @Test
    void killKeepsWhatCompletedAndSomeOfWhatWasInFlight() {
        Set<Integer> inFlightKept = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            try (SimWorld world = new SimWorld(seed)) {
                IoFile file = world.open("f", OpenMode.CREATE);
                world.finish(world.write(file, 0, 1));
                world.write(file, 1, 2);
                world.driver.submit();
                world.crash(CrashMode.KILL);
                byte[] bytes = world.bytes("f");
                assertThat(bytes).as("seed %d", seed).startsWith(filled(1));
                int kept = 0;
                for (int at = BLOCK; at < bytes.length; at += SimInode.SECTOR_BYTES) {
                    kept += bytes[at] == 2 ? 1 : 0;
                }
                inFlightKept.add(kept);
            }
        }
        assertThat(inFlightKept).contains(0, BLOCK / SimInode.SECTOR_BYTES).hasSizeGreaterThan(3);
    }

    @Test
    void killIsNoSync() {
        boolean lost = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            try (SimWorld world = new SimWorld(seed)) {
                IoFile file = world.open("f", OpenMode.CREATE);
                world.driver.directory().syncDir(DB);
                world.finish(world.write(file, 0, 1));
                world.crash(CrashMode.KILL);
                world.crash(CrashMode.POWER_LOSS);
                lost |= world.bytes("f").length == 0;
            }
        }
        assertThat(lost).isTrue();
    }

    @Test
    void walFileIsDurableOnCompletion() {
        for (int seed = 0; seed < SEEDS; seed++) {
            try (SimWorld world = new SimWorld(seed)) {
                IoFile plain = world.open("f", OpenMode.CREATE);
                IoFile wal = world.open("f", OpenMode.WAL);
                world.driver.directory().syncDir(DB);
                world.finish(world.write(plain, 0, 1)); // not durable, and older than what follows
                world.finish(world.write(wal, 0, 2));
                world.finish(world.write(wal, 1, 3));
                world.crash(CrashMode.POWER_LOSS);
                assertThat(world.bytes("f"))
                        .as("seed %d", seed)
                        .startsWith(filled(2))
                        .endsWith(filled(3));
            }
        }
    }

    @Test
    void syncCoversOnlyWhatHadCompletedBeforeIt() {
        boolean lost = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            try (SimWorld world = new SimWorld(seed)) {
                IoFile file = world.open("f", OpenMode.CREATE);
                world.driver.directory().syncDir(DB);
                Op write = world.write(file, 0, 1);
                Op sync = world.sync(file);
                world.finish(write);
                world.finish(sync);
                world.crash(CrashMode.POWER_LOSS);
                lost |= world.bytes("f").length == 0;
            }
        }
        assertThat(lost).isTrue();
    }

    @Test
    void failedSyncLosesWhatALaterSyncDoesNotBringBack() {
        boolean lost = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            try (SimWorld world = new SimWorld(seed)) {
                IoFile file = world.open("f", OpenMode.CREATE);
                world.driver.directory().syncDir(DB);
                world.finish(world.write(file, 0, 1));
                world.disk.faults().failNth(1, a -> a.verb() == Faults.Verb.SYNC, Errno.EIO);
                Op failed = world.finish(world.sync(file));
                assertThat(failed.succeeded()).isFalse();
                assertThat(failed.failure().errno()).isEqualTo(Errno.EIO);
                assertThat(world.finish(world.sync(file)).succeeded()).isTrue();
                assertThat(world.bytes("f")).as("still seen").isEqualTo(filled(1));
                world.crash(CrashMode.POWER_LOSS);
                lost |= world.bytes("f").length == 0;
            }
        }
        assertThat(lost).isTrue();
    }

    @Test
    void storesSurviveKillAndPagesOfThemPowerLoss() {
        Set<Integer> prefixes = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            try (SimWorld world = new SimWorld(seed)) {
                LogTail tail = world.driver.openLogTail(DB.resolve("log"), 4 * BLOCK);
                world.driver.directory().syncDir(DB);
                for (int i = 0; i < 8; i++) {
                    tail.store(i * 64L, world.block(i + 1), 0, 64);
                }
                SimDisk killed = world.disk.crashClone(CrashMode.KILL, seed);
                assertThat(killed.digest()).isEqualTo(world.disk.digest());
                world.crash(CrashMode.POWER_LOSS);
                byte[] bytes = world.bytes("log");
                assertThat(bytes).hasSize(4 * BLOCK);
                int kept = 0;
                while (kept < 8 && bytes[kept * 64] == kept + 1) {
                    kept++;
                }
                prefixes.add(kept);
                assertThat(bytes[kept * 64]).as("seed %d: a prefix of the stores", seed).isZero();
            }
        }
        assertThat(prefixes).contains(0, 8).hasSizeGreaterThan(4);
    }

    @Test
    void nameIsDurableOnceItsDirectoryIsSynced() {
        Set<Set<String>> seen = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            try (SimWorld world = new SimWorld(seed)) {
                world.finish(world.writeThenSync(world.open("old", OpenMode.CREATE), 0, 1));
                world.driver.directory().syncDir(DB);
                world.finish(world.writeThenSync(world.open("new", OpenMode.CREATE), 0, 2));
                world.driver.directory().rename(DB.resolve("new"), DB.resolve("old"));
                world.open("other", OpenMode.CREATE).close();
                world.crash(CrashMode.POWER_LOSS);
                assertThat(world.bytes("old"))
                        .as("a rename is atomic, seed %d", seed)
                        .satisfiesAnyOf(
                                b -> assertThat(b).isEqualTo(filled(1)),
                                b -> assertThat(b).isEqualTo(filled(2)));
                Set<String> names = new HashSet<>();
                world.driver.directory().ls(DB).forEach(e -> names.add(e.name()));
                seen.add(names);
            }
        }
        assertThat(seen).contains(Set.of("old"), Set.of("old", "other"), Set.of("old", "new"));
    }

    @Test
    void deadProcessHearsOfIt() {
        try (SimWorld world = new SimWorld(1)) {
            IoFile file = world.open("f", OpenMode.CREATE);
            var dead = world.driver;
            world.crash(CrashMode.KILL);
            assertThatThrownBy(file::size).isInstanceOf(SimCrash.class);
            assertThatThrownBy(() -> dead.poll(1)).isInstanceOf(SimCrash.class);
            assertThatThrownBy(() -> dead.directory().exists(DB)).isInstanceOf(SimCrash.class);
            file.close();
            dead.close();
            assertThat(world.driver.directory().exists(DB.resolve("f"))).isTrue();
        }
    }

    @Test
    void crashCanBePlannedAtEveryEvent() {
        long events;
        try (SimWorld world = new SimWorld(1)) {
            long before = world.disk.events();
            createWriteSync(world);
            events = world.disk.events() - before;
        }
        assertThat(events).isEqualTo(4);
        for (long n = 1; n <= events; n++) {
            try (SimWorld world = new SimWorld(1)) {
                world.disk.crashAtEvent(n, CrashMode.POWER_LOSS);
                assertThatThrownBy(() -> createWriteSync(world)).isInstanceOf(SimCrash.class);
            }
        }
    }

    private static void createWriteSync(SimWorld world) {
        IoFile file = world.open("f", OpenMode.CREATE);
        world.finish(world.writeThenSync(file, 0, 1));
        world.driver.directory().syncDir(DB);
    }

    @Test
    void fullDiskRefusesNewBlocksAndTakesOldOnes() {
        try (SimWorld world = new SimWorld(1)) {
            world.disk.withCapacity(2 * BLOCK);
            IoFile file = world.open("f", OpenMode.CREATE);
            IoFile hog = world.open("hog", OpenMode.CREATE);
            world.finish(world.write(file, 0, 1));
            world.finish(world.write(hog, 0, 1));
            Op full = world.finish(world.write(file, 1, 2));
            assertThat(full.failure().errno()).isEqualTo(Errno.ENOSPC);
            assertThat(world.finish(world.write(file, 0, 3)).succeeded()).isTrue();
            world.driver.directory().remove(DB.resolve("hog"));
            assertThat(world.finish(world.write(file, 1, 2)).succeeded())
                    .as("a removed file keeps its blocks while it is open")
                    .isFalse();
            hog.close();
            assertThat(world.finish(world.write(file, 1, 2)).succeeded()).isTrue();
        }
    }

    @Test
    void memoryOfAWriteMustNotChangeInFlight() {
        try (SimWorld world = new SimWorld(1)) {
            IoFile file = world.open("f", OpenMode.CREATE);
            MemorySegment block = world.block(1);
            Op op = new Op();
            op.prepareWrite(file, 0, block, 0, BLOCK);
            world.driver.enqueue(op);
            block.fill((byte) 2);
            assertThatThrownBy(() -> world.finish(op))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("changed while it was in flight");
        }
    }

    @Test
    void specialFilesAreRefused() {
        try (SimWorld world = new SimWorld(1)) {
            world.disk.plant(DB.resolve("link"), site.js0.jdb.fs.Directory.EntryKind.SYMLINK);
            assertThatThrownBy(() -> world.open("link", OpenMode.OPEN_OR_CREATE))
                    .isInstanceOfSatisfying(
                            IoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ELOOP));
        }
    }

    @Test
    void lostAndMisdirectedWritesReportSuccess() {
        try (SimWorld world = new SimWorld(1)) {
            IoFile file = world.open("f", OpenMode.CREATE);
            world.finish(world.write(file, 0, 1));
            world.finish(world.write(file, 1, 1));
            world.disk.faults().add(a -> a.offset() == 0, new Faults.Effect.Lost(), 1, 1);
            world.disk
                    .faults()
                    .add(a -> a.offset() == BLOCK, new Faults.Effect.Misdirected(BLOCK), 1, 1);
            assertThat(world.finish(world.write(file, 0, 7)).succeeded()).isTrue();
            assertThat(world.finish(world.write(file, 1, 8)).succeeded()).isTrue();
            assertThat(world.disk.faults().struck()).isEqualTo(2);
            byte[] bytes = world.bytes("f");
            assertThat(bytes).hasSize(3 * BLOCK).endsWith(filled(8));
            assertThat(bytes[0]).isEqualTo((byte) 1);
            assertThat(bytes[BLOCK]).isEqualTo((byte) 1);
        }
    }

    @Test
    void sameSeedSameWorld() {
        Set<Long> digests = new HashSet<>();
        for (int seed = 0; seed < 8; seed++) {
            long once = chaos(seed);
            assertThat(chaos(seed)).as("seed %d", seed).isEqualTo(once);
            digests.add(once);
        }
        assertThat(digests).as("and seeds matter").hasSizeGreaterThan(1);
    }

    private static long chaos(int seed) {
        try (SimWorld world = new SimWorld(seed)) {
            for (int life = 0; life < 3; life++) {
                IoFile file = world.open("f", OpenMode.OPEN_OR_CREATE);
                Op last = new Op();
                for (int i = 0; i < 50; i++) {
                    last = i % 5 == 4 ? world.sync(file) : world.write(file, i % 7, i);
                    world.driver.submit();
                    world.driver.poll(2);
                }
                world.finish(last);
                world.crash(life == 1 ? CrashMode.POWER_LOSS : CrashMode.KILL);
            }
            return world.disk.digest() * 31 + world.disk.clock().monotonicNanos();
        }
    }
}
