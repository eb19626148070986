package site.js0.jdb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.testkit.SimWorld.BLOCK;
import static site.js0.jdb.testkit.SimWorld.DB;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.testkit.SimWorld.Op;

/**
 * Whatever is done to a file and whenever the world ends, each sector then holds a version that a
 * real disk could have kept: the last one that was promised, or one written since.
 */
class SimDiskPropertyTest {
    private static final int BLOCKS = 6;
    private static final int SECTORS = BLOCK / SimInode.SECTOR_BYTES;

    /**
     * What is known of one block. Versions are the fill bytes of whole-block writes; 0 is what was
     * there first.
     */
    private static final class Block {
        /** Oldest first; the first is promised, the last is what readers see. */
        final List<Integer> completed = new ArrayList<>(List.of(0));

        /** Being written now, or 0. */
        int inFlight;

        void promise(int version) {
            completed.subList(0, completed.indexOf(version)).clear();
        }
    }

    @ParameterizedTest
    @Seeds(80)
    void sectorsAreOfVersionsThatMayHaveSurvived(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        try (SimWorld world = new SimWorld(seed)) {
            IoFile plain = world.open("f", OpenMode.CREATE);
            plain.truncate(BLOCKS * BLOCK);
            world.finish(world.sync(plain));
            world.driver.directory().syncDir(DB);
            IoFile wal = world.driver.open(DB.resolve("f"), OpenMode.WAL, FileRole.LOG);

            Block[] blocks = new Block[BLOCKS];
            for (int i = 0; i < BLOCKS; i++) {
                blocks[i] = new Block();
            }
            int version = 0;
            for (int step = random.nextInt(120); step > 0; step--) {
                switch (random.nextInt(6)) {
                    case 0 -> sync(world, plain, blocks);
                    case 1, 2, 3, 4 -> {
                        int at = random.nextInt(BLOCKS);
                        if (blocks[at].inFlight == 0) {
                            write(world, random.nextInt(5), plain, wal, at, blocks[at], ++version);
                        }
                    }
                    default -> world.driver.await(random.nextInt(200_000));
                }
                if (random.nextBoolean()) {
                    world.driver.submit();
                }
                world.driver.poll(random.nextInt(4));
            }
            checkClone(world, CrashMode.KILL, blocks, seed);
            checkClone(world, CrashMode.POWER_LOSS, blocks, seed);
            CrashMode mode = random.nextBoolean() ? CrashMode.KILL : CrashMode.POWER_LOSS;
            world.crash(mode);
            check(world.disk, mode, blocks, seed);
        }
    }

    private static void write(
            SimWorld world, int how, IoFile plain, IoFile wal, int at, Block block, int version) {
        block.inFlight = version;
        Op op =
                new Op(done -> {
                    assertThat(done.succeeded()).isTrue();
                    block.inFlight = 0;
                    block.completed.add(version);
                    if (how < 2) {
                        block.promise(version);
                    }
                });
        IoFile file = how == 1 ? wal : plain;
        if (how == 0) {
            op.prepareWriteThenSync(file, (long) at * BLOCK, world.block(version), 0, BLOCK);
        } else {
            op.prepareWrite(file, (long) at * BLOCK, world.block(version), 0, BLOCK);
        }
        world.driver.enqueue(op);
    }

    private static void sync(SimWorld world, IoFile file, Block[] blocks) {
        int[] covered = new int[BLOCKS];
        for (int at = 0; at < BLOCKS; at++) {
            covered[at] = blocks[at].completed.getLast();
        }
        Op op =
                new Op(done -> {
                    assertThat(done.succeeded()).isTrue();
                    for (int at = 0; at < BLOCKS; at++) {
                        if (blocks[at].completed.contains(covered[at])) {
                            blocks[at].promise(covered[at]);
                        }
                    }
                });
        op.prepareSyncData(file);
        world.driver.enqueue(op);
    }

    private static void checkClone(SimWorld world, CrashMode mode, Block[] blocks, long seed) {
        long before = world.disk.digest();
        SimDisk clone = world.disk.crashClone(mode, seed);
        check(clone, mode, blocks, seed);
        assertThat(world.disk.digest()).as("a clone changes nothing here").isEqualTo(before);
    }

    private static void check(SimDisk disk, CrashMode mode, Block[] blocks, long seed) {
        byte[] bytes = disk.bytes(DB.resolve("f"));
        assertThat(bytes).hasSize(BLOCKS * BLOCK);
        for (int at = 0; at < BLOCKS; at++) {
            Block block = blocks[at];
            List<Integer> allowed =
                    mode == CrashMode.KILL
                            ? new ArrayList<>(List.of(block.completed.getLast()))
                            : new ArrayList<>(block.completed);
            if (block.inFlight != 0) {
                allowed.add(block.inFlight);
            }
            for (int sector = 0; sector < SECTORS; sector++) {
                int first = at * BLOCK + sector * SimInode.SECTOR_BYTES;
                assertThat((int) bytes[first])
                        .as("seed %d, %s, block %d, sector %d", seed, mode, at, sector)
                        .isIn(allowed);
                for (int i = first; i < first + SimInode.SECTOR_BYTES; i++) {
                    assertThat(bytes[i]).isEqualTo(bytes[first]);
                }
            }
        }
    }
}
