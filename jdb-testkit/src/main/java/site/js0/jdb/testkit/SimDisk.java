package site.js0.jdb.testkit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;

/**
 * A disk, an operating system's cache in front of it, and time: one world in memory, determined by
 * a seed and by the calls made on it.
 *
 * <p>{@link #driver()} makes a driver per shard; all of them see the same files, and die together
 * in {@link #crash}. A new driver then sees what survived.
 *
 * <p>Owner: one thread. Nothing here sleeps: time passes when drivers are polled or wait.
 *
 * <pre>{@code
 * SimDisk disk = SimDisk.seeded(42);
 * disk.mkdirs(Path.of("/db"));
 * IoDriver driver = disk.driver();
 * ...                                  // work, some of it synced
 * disk.crash(CrashMode.POWER_LOSS);    // the driver throws SimCrash from now on
 * IoDriver again = disk.driver();      // recover
 * }</pre>
 */
public final class SimDisk {
    private final SplittableRandom random;
    private final ManualClock clock;
    private final Faults faults = new Faults();
    private final SimTree tree;
    private final List<SimDriver> drivers = new ArrayList<>();
    private final IdentityHashMap<SimInode, Integer> opened = new IdentityHashMap<>();
    private long inodeNumber;
    private long capacityBytes = Long.MAX_VALUE;
    private long latencyNanosMin = 10_000;
    private long latencyNanosMax = 1_000_000;
    private int life;
    private long events;
    private long crashAt = Long.MAX_VALUE;
    private CrashMode crashMode = CrashMode.KILL;

    private SimDisk(long seed, ManualClock clock, SimTree tree) {
        this.random = new SplittableRandom(seed);
        this.clock = clock;
        this.tree = tree;
    }

    /** An empty disk with a root directory. */
    public static SimDisk seeded(long seed) {
        return new SimDisk(seed, new ManualClock(), new SimTree());
    }

    /** The world's time: give it to whatever takes a {@link site.js0.jdb.comm.Clock}. */
    public ManualClock clock() {
        return clock;
    }

    /** What shall go wrong. */
    public Faults faults() {
        return faults;
    }

    /** A driver of the present life; crashes end it. */
    public IoDriver driver() {
        SimDriver driver = new SimDriver(this, random.split());
        drivers.add(driver);
        return driver;
    }

    /** Blocks beyond this cannot be had: ENOSPC. */
    public SimDisk withCapacity(long bytes) {
        this.capacityBytes = bytes;
        return this;
    }

    /** How long requests take, each its own time in this range; 0 and 0: until the next poll. */
    public SimDisk withLatency(long nanosMin, long nanosMax) {
        if (nanosMin < 0 || nanosMax < nanosMin) {
            throw new IllegalArgumentException(
                    "a range of latencies, was " + nanosMin + " to " + nanosMax);
        }
        this.latencyNanosMin = nanosMin;
        this.latencyNanosMax = nanosMax;
        return this;
    }

    // ---- crashes

    /**
     * Ends the process: all drivers, files and tails of this life throw {@link SimCrash} from now
     * on.
     */
    public void crash(CrashMode mode) {
        for (SimDriver driver : drivers) {
            driver.strikeInFlight(null, random);
        }
        drivers.clear();
        opened.clear();
        life++;
        crashAt = Long.MAX_VALUE;
        if (mode == CrashMode.POWER_LOSS) {
            tree.losePower(random);
        }
    }

    /**
     * Plans a crash just before the {@code n}th state-changing event from now (1: the next).
     * Whoever causes the event gets {@link SimCrash}. See {@link #events()}.
     */
    public void crashAtEvent(long n, CrashMode mode) {
        if (n < 1) {
            throw new IllegalArgumentException("events count from 1, was " + n);
        }
        this.crashAt = events + n;
        this.crashMode = mode;
    }

    /**
     * State-changing events so far: writes, syncs and stores that took effect, files made or
     * resized, directory changes and syncs. Run a workload once to learn how many there are, then
     * once per event with a crash there.
     */
    public long events() {
        return events;
    }

    /**
     * What a crash now would leave, as a world of its own; this one goes on. {@code seed} decides
     * what survives.
     */
    public SimDisk crashClone(CrashMode mode, long seed) {
        IdentityHashMap<SimNode, SimNode> copies = new IdentityHashMap<>();
        ManualClock time = new ManualClock(clock.wallNanos());
        SimDisk clone = new SimDisk(seed, time, tree.copy(copies));
        clone.inodeNumber = inodeNumber;
        clone.capacityBytes = capacityBytes;
        clone.latencyNanosMin = latencyNanosMin;
        clone.latencyNanosMax = latencyNanosMax;
        for (SimDriver driver : drivers) {
            driver.strikeInFlight(copies, clone.random);
        }
        if (mode == CrashMode.POWER_LOSS) {
            clone.tree.losePower(clone.random);
        }
        return clone;
    }

    /** An event is about to take effect. */
    void event() {
        if (++events >= crashAt) {
            CrashMode mode = crashMode;
            crash(mode);
            throw new SimCrash("planned crash (" + mode + ") at event " + events);
        }
    }

    int life() {
        return life;
    }

    void checkAlive(int lifeOfCaller) {
        if (lifeOfCaller != life) {
            throw new SimCrash("this process died");
        }
    }

    // ---- what tests may do to files, outside of any driver

    /** Makes a directory and those above it, durable at once. */
    public void mkdirs(Path path) {
        Path absolute = SimTree.absolute(path);
        for (int i = 1; i <= absolute.getNameCount(); i++) {
            Path part = absolute.getRoot().resolve(absolute.subpath(0, i));
            if (tree.find(part, "mkdir") == null) {
                SimTree.plant(
                        tree.parent(part, "mkdir"), SimTree.lastName(part), new SimNode.Dir());
            }
        }
    }

    /** Puts a file there, with its name and bytes durable at once, replacing what was there. */
    public void put(Path path, byte[] bytes) {
        BlockImage image = new BlockImage();
        image.write(0, bytes, 0, bytes.length);
        SimInode inode = SimInode.asFile(tree.find(path, "put"));
        if (inode == null) {
            inode = newInode();
            SimTree.plant(tree.parent(path, "put"), SimTree.lastName(path), inode);
        }
        inode.reset(image);
    }

    /** Plants something that is neither file nor directory. */
    public void plant(Path path, Directory.EntryKind kind) {
        SimNode node = new SimNode.Special(kind);
        SimTree.plant(tree.parent(path, "plant"), SimTree.lastName(path), node);
    }

    /** The bytes as a reader would see them now. */
    public byte[] bytes(Path path) {
        SimInode inode = file(path);
        byte[] bytes = new byte[Math.toIntExact(inode.current.size())];
        inode.current.read(0, bytes);
        return bytes;
    }

    /** The bytes that are on the medium for certain. */
    public byte[] durableBytes(Path path) {
        SimInode inode = file(path);
        byte[] bytes = new byte[Math.toIntExact(inode.durable.size())];
        inode.durable.read(0, bytes);
        return bytes;
    }

    /** Flips one bit of a file, in cache and on the medium: rot. */
    public void flipBit(Path path, long bit) {
        SimInode inode = file(path);
        for (BlockImage image : List.of(inode.current, inode.durable)) {
            byte[] one = new byte[1];
            if (image.read(bit / 8, one) == 1) {
                one[0] ^= (byte) (1 << bit % 8);
                image.write(bit / 8, one, 0, 1);
            }
        }
    }

    private SimInode file(Path path) {
        SimInode inode = SimInode.asFile(tree.find(path, "read"));
        if (inode == null) {
            throw SimTree.failure("read", path, Errno.ENOENT);
        }
        return inode;
    }

    /** All files and their sizes. */
    public SortedMap<Path, Long> files() {
        SortedMap<Path, Long> files = new TreeMap<>();
        tree.forEachFile((path, inode) -> files.put(path, inode.current.size()));
        return files;
    }

    /** One number for all names and bytes as readers see them: equal worlds have equal ones. */
    public long digest() {
        CRC32C crc = new CRC32C();
        tree.forEachFile((path, inode) -> {
            crc.update(path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            byte[] block = new byte[BlockImage.BLOCK_BYTES];
            for (long at = 0; at < inode.current.size(); at += block.length) {
                crc.update(block, 0, inode.current.read(at, block));
            }
            crc.update(0);
        });
        return crc.getValue();
    }

    /** Changes of files and directories that power loss may undo. */
    public int unsynced() {
        int[] count = {tree.pendingCount()};
        tree.forEachFile((path, inode) -> count[0] += inode.unsyncedCount());
        return count[0];
    }

    // ---- for drivers, files and tails

    SimTree tree() {
        return tree;
    }

    SimInode newInode() {
        return new SimInode(++inodeNumber);
    }

    void opened(SimInode inode) {
        opened.merge(inode, 1, Integer::sum);
    }

    void closed(SimDriver driver) {
        drivers.remove(driver);
    }

    void released(SimInode inode) {
        opened.computeIfPresent(inode, (i, count) -> count == 1 ? null : count - 1);
    }

    long drawLatency(SplittableRandom of) {
        if (latencyNanosMax == 0) {
            return 0;
        }
        long usual = latencyNanosMin + (latencyNanosMax - latencyNanosMin) / 10;
        return of.nextInt(10) == 0
                ? of.nextLong(latencyNanosMin, latencyNanosMax + 1)
                : of.nextLong(latencyNanosMin, usual + 1);
    }

    /**
     * Throws what the rules say for {@code access}; effects other than errors are for the caller.
     */
    Faults.@Nullable Effect strike(Faults.Access access) {
        return faults.strike(access);
    }

    void strikeVerb(Faults.Verb verb, Path path, FileRole role, long offset, long length) {
        if (faults.strike(new Faults.Access(verb, path, role, offset, length))
                instanceof Faults.Effect.Fails fails) {
            throw SimTree.failure(
                    verb.name().toLowerCase(java.util.Locale.ROOT), path, fails.errno());
        }
    }

    /** True when {@code blocks} more blocks can be had. */
    boolean hasRoom(int blocks) {
        if (capacityBytes == Long.MAX_VALUE || blocks == 0) {
            return true;
        }
        return usedBytes() + (long) blocks * BlockImage.BLOCK_BYTES <= capacityBytes;
    }

    /**
     * Bytes of all blocks in use, by files with a name and by nameless ones that are still open.
     */
    public long usedBytes() {
        IdentityHashMap<SimInode, Integer> counted = new IdentityHashMap<>(opened);
        tree.forEachFile((path, inode) -> counted.put(inode, 1));
        long blocks = 0;
        for (SimInode inode : counted.keySet()) {
            blocks += inode.current.allocatedBlocks();
        }
        return blocks * BlockImage.BLOCK_BYTES;
    }

    IoException noSpace(String verb, Path path) {
        return SimTree.failure(verb, path, Errno.ENOSPC);
    }

    static byte[] copyOf(MemorySegment segment, long offset, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(segment, JAVA_BYTE, offset, bytes, 0, length);
        return bytes;
    }
}
