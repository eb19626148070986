package site.js0.jdb.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Directory;

/**
 * A simulated file: the bytes everybody sees, the bytes on the medium, and in between, in order,
 * the changes that no sync has covered yet.
 *
 * <p>Invariants: (1) {@code durable} with all of {@code unsynced} applied in order is {@code
 * current}, unless a failed sync or a lost write broke that on purpose. (2) Every sector after
 * power loss is a version that the sector once had since it was last synced.
 */
final class SimInode implements SimNode {
    static final int SECTOR_BYTES = 512;

    /** More than this and the oldest changes reach the medium, as a kernel writes back in time. */
    private static final int UNSYNCED_MAX = 1 << 16;

    /** A change on its way to the medium. */
    sealed interface Change {
        void applyTo(BlockImage image);
    }

    /**
     * {@code pinned}: durable already (O_DSYNC), and listed only because changes before it are not.
     */
    record Write(long offset, byte[] bytes, boolean tail, boolean pinned) implements Change {
        @Override
        public void applyTo(BlockImage image) {
            image.write(offset, bytes, 0, bytes.length);
        }
    }

    /** A new size; with room taken up from {@code reserveFrom} on, if that is not negative. */
    record Resize(long size, long reserveFrom) implements Change {
        @Override
        public void applyTo(BlockImage image) {
            if (reserveFrom >= 0) {
                image.reserve(reserveFrom, size - reserveFrom);
                image.resize(Math.max(size, image.size()));
            } else {
                image.resize(size);
            }
        }
    }

    /** For messages and order; given by the disk. */
    final long number;

    BlockImage current = new BlockImage();
    BlockImage durable = new BlockImage();
    private List<Change> unsynced = new ArrayList<>();
    private long settled;

    SimInode(long number) {
        this.number = number;
    }

    @Override
    public Directory.EntryKind kind() {
        return Directory.EntryKind.FILE;
    }

    void change(Change change) {
        change.applyTo(current);
        if (unsynced.isEmpty() && change instanceof Write w && w.pinned()) {
            change.applyTo(durable);
            settled++;
            return;
        }
        unsynced.add(change);
        if (unsynced.size() > UNSYNCED_MAX) {
            syncTo(settled + UNSYNCED_MAX / 2);
        }
    }

    /** A write that was cut short: all of it, none, or any sectors. */
    void changePartly(long offset, byte[] bytes, SplittableRandom random) {
        int fate = random.nextInt(3);
        for (int from = 0; fate > 0 && from < bytes.length; ) {
            int to = sectorEnd(offset, from, bytes.length);
            if (fate == 1 || random.nextBoolean()) {
                change(new Write(offset + from, Arrays.copyOfRange(bytes, from, to), false, false));
            }
            from = to;
        }
    }

    private static int sectorEnd(long offset, int from, int length) {
        return (int) Math.min(length, from + SECTOR_BYTES - (offset + from) % SECTOR_BYTES);
    }

    /** {@code write}, a change made before, is durable now, whatever becomes of those before it. */
    void pin(Write write) {
        int at = unsynced.lastIndexOf(write);
        if (at >= 0) {
            unsynced.set(at, new Write(write.offset(), write.bytes(), write.tail(), true));
        }
        int count = 0;
        while (count < unsynced.size() && unsynced.get(count) instanceof Write w && w.pinned()) {
            w.applyTo(durable);
            count++;
        }
        forget(count);
    }

    /**
     * Where in the history of the file we are: {@link #syncTo} it makes all durable that happened
     * until now.
     */
    long mark() {
        return settled + unsynced.size();
    }

    void syncTo(long mark) {
        int count = Math.clamp(mark - settled, 0, unsynced.size());
        for (Change change : unsynced.subList(0, count)) {
            change.applyTo(durable);
        }
        forget(count);
    }

    /**
     * A sync that failed: Linux marks the pages clean all the same, so that a later sync that
     * succeeds does not bring back what this one lost.
     */
    void failSync(long mark, SplittableRandom random) {
        int count = Math.clamp(mark - settled, 0, unsynced.size());
        for (Change change : unsynced.subList(0, count)) {
            if (random.nextBoolean() || change instanceof Write w && w.pinned()) {
                change.applyTo(durable);
            }
        }
        forget(count);
    }

    private void forget(int count) {
        unsynced.subList(0, count).clear();
        settled += count;
    }

    /** Gives the file bytes that are durable at once: for a world as it was before the test. */
    void reset(BlockImage image) {
        current = image;
        durable = image.copy();
        settled += unsynced.size();
        unsynced.clear();
    }

    /** What the medium holds when power comes back. */
    void losePower(SplittableRandom random) {
        BlockImage image = durable;
        TreeMap<Long, List<Write>> tailPages = new TreeMap<>();
        for (Change change : unsynced) {
            switch (change) {
                case Write w when w.pinned() -> w.applyTo(image);
                case Write w when w.tail() -> addToPages(w, tailPages);
                case Write w -> surviveInPart(w, image, random);
                case Resize r -> {
                    if (random.nextBoolean()) {
                        r.applyTo(image);
                    }
                }
            }
        }
        tailPages.forEach((page, stores) -> surviveAsPage(page, stores, image, random));
        current = image;
        durable = image.copy();
        settled += unsynced.size();
        unsynced = new ArrayList<>();
    }

    /** Any subset of the sectors of one write. */
    private static void surviveInPart(Write w, BlockImage image, SplittableRandom random) {
        int length = w.bytes().length;
        switch (random.nextInt(3)) {
            case 0 -> {
                if (random.nextInt(4) == 0) { // the size was recorded, the data was not: zeros
                    image.resize(Math.max(image.size(), w.offset() + length));
                }
            }
            case 1 -> w.applyTo(image);
            default -> {
                for (int from = 0; from < length; ) {
                    int to = sectorEnd(w.offset(), from, length);
                    if (random.nextBoolean()) {
                        image.write(w.offset(), w.bytes(), from, to);
                    }
                    from = to;
                }
            }
        }
    }

    private static void addToPages(Write w, Map<Long, List<Write>> pages) {
        long last = (w.offset() + w.bytes().length - 1) / BlockImage.BLOCK_BYTES;
        for (long page = w.offset() / BlockImage.BLOCK_BYTES; page <= last; page++) {
            pages.computeIfAbsent(page, p -> new ArrayList<>()).add(w);
        }
    }

    /**
     * A page of the page cache reaches the medium as it was at some moment, so with some prefix of
     * its stores; now and then the power fails within the page, and its sectors are of different
     * moments.
     */
    private static void surviveAsPage(
            long page, List<Write> stores, BlockImage image, SplittableRandom random) {
        long start = page * BlockImage.BLOCK_BYTES;
        boolean torn = random.nextInt(8) == 0;
        int kept = prefix(stores.size(), random);
        int grain = torn ? SECTOR_BYTES : BlockImage.BLOCK_BYTES;
        for (int at = 0; at < BlockImage.BLOCK_BYTES; at += grain) {
            for (Write w : stores.subList(0, kept)) {
                long from = Math.max(start + at, w.offset());
                long to = Math.min(start + at + grain, w.offset() + w.bytes().length);
                if (from < to) {
                    image.write(
                            w.offset(),
                            w.bytes(),
                            (int) (from - w.offset()),
                            (int) (to - w.offset()));
                }
            }
            kept = torn ? prefix(stores.size(), random) : kept;
        }
    }

    private static int prefix(int count, SplittableRandom random) {
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> count;
            default -> random.nextInt(count + 1);
        };
    }

    SimInode copy() {
        SimInode copy = new SimInode(number);
        copy.current = current.copy();
        copy.durable = durable.copy();
        copy.unsynced = new ArrayList<>(unsynced);
        copy.settled = settled;
        return copy;
    }

    /** For tests: how many changes no sync has covered. */
    int unsyncedCount() {
        return unsynced.size();
    }

    static @Nullable SimInode asFile(@Nullable SimNode node) {
        return node instanceof SimInode inode ? inode : null;
    }
}
