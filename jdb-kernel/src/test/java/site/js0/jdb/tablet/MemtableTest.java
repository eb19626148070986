package site.js0.jdb.tablet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.layout.EntryKind;

/** What a memtable promises. */
class MemtableTest {
    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemtableFixture t = new MemtableFixture(1 << 20);

    @Test
    void aReaderSeesTheNewestVersionNotAboveItsTimestamp() {
        t.put("k", 10, "ten");
        t.put("k", 30, "thirty");
        t.put("k", 20, "twenty");
        assertThat(t.get("k", 9)).isNull();
        assertThat(t.get("k", 10)).isEqualTo("ten");
        assertThat(t.get("k", 19)).isEqualTo("ten");
        assertThat(t.get("k", 29)).isEqualTo("twenty");
        assertThat(t.get("k", Long.MAX_VALUE)).isEqualTo("thirty");
        assertThat(t.get("j", 30)).isNull();
        assertThat(t.get("l", 30)).isNull();
        assertThat(t.get("kk", 30)).isNull();
    }

    @Test
    void aTombstoneIsAnAnswer() {
        t.put("k", 1, "v");
        t.put(MemtableFixture.key("k"), 2, EntryKind.TOMBSTONE, new byte[0]);
        assertThat(t.get("k", 2)).isEqualTo("deleted");
        assertThat(t.get("k", 1)).isEqualTo("v");
    }

    @Test
    void theSameKeyAndTimestampAgainReplaces() {
        t.put("a", 5, "one");
        t.put("b", 5, "short");
        t.put("b", 5, "a longer value than before");
        t.put("a", 5, "");
        assertThat(t.get("a", 5)).isEmpty();
        assertThat(t.get("b", 5)).isEqualTo("a longer value than before");
        assertThat(t.table.entryCount()).isEqualTo(2);
        t.put("c", 5, "appends after a replaced last entry");
        t.checkAll("replaced");
    }

    @Test
    void whatAHitPointsAtOutlivesLaterPutsAndReplacement() {
        t.put("k", 5, "first");
        assertThat(t.get("k", 5)).isEqualTo("first");
        final long offset = t.hit.valueOffset();
        t.put("k", 5, "other");
        for (int i = 0; i < 1000; i++) {
            t.put("k" + i, 6, "x");
        }
        final byte[] bytes = t.table.memory().asSlice(offset, 5).toArray(ValueLayout.JAVA_BYTE);
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).isEqualTo("first");
    }

    @Test
    void keysOfOtherTablesAreOtherKeys() {
        final byte[] one = MemtableFixture.key("k");
        final byte[] two = one.clone();
        two[3] = 2;
        t.put(one, 1, EntryKind.VALUE, new byte[] {1});
        t.put(two, 1, EntryKind.VALUE, new byte[] {2});
        t.checkFind(one, 1, "table 1");
        t.checkFind(two, 1, "table 2");
        t.checkAll("two tables");
    }

    @Test
    void theLargestKeyAndValueFit() {
        final byte[] key = new byte[1028];
        key[1027] = 1;
        final byte[] other = new byte[1028];
        final byte[] value = new byte[1024];
        value[1023] = 9;
        assertThat(t.put(key, Long.MAX_VALUE, EntryKind.VALUE, value)).isTrue();
        assertThat(t.put(other, 1, EntryKind.VALUE, value)).isTrue();
        t.checkFind(key, Long.MAX_VALUE, "largest");
        t.checkFind(other, Long.MAX_VALUE, "largest");
        t.checkAll("largest");
    }

    @Test
    void anEmptyTableHasNothing() {
        assertThat(t.get("k", Long.MAX_VALUE)).isNull();
        assertThat(t.table.isEmpty()).isTrue();
        t.checkAll("empty");
        t.checkCursor(t.seekFrom(MemtableFixture.key("k")), null, "empty");
        t.checkCursor(t.seekBackFrom(MemtableFixture.key("k")), null, "empty");
        t.table.freeze();
        assertThat(new MemtableSource(t.table).valid()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void fullAnswersFalseAndChangesNothing(long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final String what = "seed " + seed;
        final MemtableFixture small =
                new MemtableFixture(Memtable.BYTES_MIN + random.nextInt(100_000));
        final boolean ascending = random.nextBoolean();
        int refused = 0;
        for (int i = 0; refused < 200; i++) {
            final long used = small.table.bytesUsed();
            final long entries = small.table.entryCount();
            final byte[] key =
                    MemtableFixture.key("" + (ascending ? 1_000_000 + i : random.nextInt(1 << 30)));
            final byte[] value = new byte[random.nextInt(200)];
            final boolean room = small.table.hasRoomFor(key.length, value.length);
            final boolean done = small.put(key, 1 + i, EntryKind.VALUE, value);
            assertThat(done || !room).as(what).isTrue();
            if (!done) {
                assertThat(small.table.bytesUsed()).as(what).isEqualTo(used);
                assertThat(small.table.entryCount()).as(what).isEqualTo(entries);
                refused++;
            }
            assertThat(small.table.bytesUsed())
                    .as(what)
                    .isLessThanOrEqualTo(small.table.bytesMax());
        }
        small.checkAll(what);
        // Near the end less than a page's worth is left unused by either measure.
        assertThat(small.table.bytesMax() - small.table.bytesUsed()).as(what).isLessThan(8192);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aBatchThatHasRoomGoesInWhole(long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final String what = "seed " + seed;
        final MemtableFixture small = new MemtableFixture(400_000);
        final int shared = random.nextInt(2) * 200;
        int batches = 0;
        for (int stop = 0; stop < 20; ) {
            final int entries = 1 + random.nextInt(60);
            final byte[][] keys = new byte[entries][];
            final byte[][] values = new byte[entries][];
            long bytes = 0;
            for (int i = 0; i < entries; i++) {
                keys[i] = MemtableFixture.key("s".repeat(shared) + random.nextInt(1 << 20));
                values[i] = new byte[random.nextInt(3) == 0 ? random.nextInt(1025) : 0];
                bytes += Memtable.recordBytes(keys[i].length, values[i].length);
            }
            if (!small.table.hasRoom(entries, bytes)) {
                stop++;
                continue;
            }
            batches++;
            for (int i = 0; i < entries; i++) {
                assertThat(small.put(keys[i], batches, EntryKind.VALUE, values[i]))
                        .as(what)
                        .isTrue();
            }
        }
        assertThat(batches).as(what).isGreaterThan(3);
        small.checkAll(what);
    }

    @Test
    void clearedItIsAsNew() {
        t.table.noteLsn(7);
        t.table.noteLsn(9);
        for (int i = 0; i < 5000; i++) {
            t.put("k" + i * 7919 % 5000, 1, "v");
        }
        final long used = t.table.bytesUsed();
        assertThat(t.table.oldestLsn()).isEqualTo(7);
        assertThat(t.table.newestLsn()).isEqualTo(9);
        t.table.freeze();
        t.table.clear();
        t.model.clear();
        assertThat(t.table.frozen()).isFalse();
        assertThat(t.table.oldestLsn()).isZero();
        assertThat(t.table.newestLsn()).isZero();
        assertThat(t.get("k1", 1)).isNull();
        t.checkAll("cleared");
        for (int i = 0; i < 5000; i++) {
            t.put("k" + i * 7919 % 5000, 1, "v");
        }
        assertThat(t.table.bytesUsed()).isEqualTo(used);
        t.checkAll("used again");
    }

    @Test
    void ascendingPutsFillTheLeaves() {
        final int entries = 5000;
        for (int i = 0; i < entries; i++) {
            t.put(String.format("%08d", i), 1, "");
        }
        final long records = entries * (long) Memtable.recordBytes(12, 0);
        final double nodeBytesEach = (double) (t.table.bytesUsed() - records) / entries;
        assertThat(nodeBytesEach).isLessThan(1.1 * MemtableNode.LEAF_BYTES / MemtableNode.CAPACITY);
        t.checkAll("ascending");
    }

    @Test
    void keysBetweenTwoLeavesDoNotMakeALeafEach() {
        final int entries = 5000;
        for (int i = 0; i < 2 * MemtableNode.CAPACITY; i++) {
            t.put(String.format("a%08d", i), 1, "");
        }
        t.put("z", 1, "");
        for (int i = entries; i > 0; i--) {
            t.put(String.format("b%08d", i), 1, "");
        }
        final long records = entries * (long) Memtable.recordBytes(13, 0);
        final double nodeBytesEach = (double) (t.table.bytesUsed() - records) / entries;
        assertThat(nodeBytesEach).isLessThan(3.0 * MemtableNode.LEAF_BYTES / MemtableNode.CAPACITY);
        t.checkAll("descending in the middle");
    }

    @Test
    void aSourceGivesAFrozenTableInOrderFromAnyKey() {
        for (int i = 0; i < 500; i++) {
            t.put(String.format("k%03d", i), 1, "old");
            t.put(String.format("k%03d", i), 2, "new" + i);
        }
        t.table.freeze();
        final MemtableSource source = new MemtableSource(t.table);
        assertThat(drain(source)).isEqualTo(1000);
        final MemorySegment key = MemorySegment.ofArray(MemtableFixture.key("k250"));
        source.from(key, 0, (int) key.byteSize());
        assertThat(source.timestamp()).isEqualTo(2);
        assertThat(source.kind()).isEqualTo(EntryKind.VALUE);
        assertThat(source.valueLength()).isEqualTo("new250".length());
        assertThat(drain(source)).isEqualTo(500);
        source.after(key, 0, (int) key.byteSize());
        assertThat(drain(source)).isEqualTo(498);
        source.first();
        assertThat(drain(source)).isEqualTo(1000);
    }

    private static int drain(MemtableSource source) {
        int count = 0;
        for (; source.valid(); source.advance()) {
            assertThat(source.memory().get(ValueLayout.JAVA_BYTE, source.keyOffset() + 4))
                    .isEqualTo((byte) 'k');
            count++;
        }
        return count;
    }

    @Test
    void misuseTripsAnAssertion() {
        t.put("k", 1, "v");
        assertThatThrownBy(() -> t.put("k", 0, "v")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> t.put(new byte[4], 1, EntryKind.VALUE, new byte[0]))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> t.put(new byte[1029], 1, EntryKind.VALUE, new byte[0]))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> t.put(new byte[5], 1, EntryKind.VALUE, new byte[1025]))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> t.put(new byte[5], 1, 4, new byte[0]))
                .isInstanceOf(AssertionError.class);
        assertThat(t.cursor.seekFirst()).isTrue();
        t.table.clear();
        assertThatThrownBy(t.cursor::next).isInstanceOf(AssertionError.class);
        t.table.freeze();
        assertThatThrownBy(() -> t.put("k", 1, "v")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> new Memtable(MemorySegment.ofArray(new byte[8000]), Hold.ALWAYS))
                .isInstanceOf(IllegalArgumentException.class);
        final Memtable others = new Memtable(Arena.ofAuto().allocate(8192), () -> false);
        assertThatThrownBy(() -> others.hasRoomFor(5, 5)).isInstanceOf(AssertionError.class);
    }

    @Test
    void puttingFindingAndWalkingAllocateNothing() {
        final int entries = 20_000;
        final Memtable table = new Memtable(Arena.ofAuto().allocate(8 << 20, 64), Hold.ALWAYS);
        final MemorySegment key = Arena.ofAuto().allocate(20);
        final MemtableHit hit = new MemtableHit();
        final MemtableCursor cursor = new MemtableCursor(table);
        long least = Long.MAX_VALUE;
        // The first rounds warm up: until compiled, segment accesses allocate.
        for (int round = 0; round < 40 && least > 0; round++) {
            table.clear();
            final SplittableRandom random = new SplittableRandom(round);
            final long before = allocatedBytes();
            long sum = 0;
            for (int i = 0; i < entries; i++) {
                key.set(BE_LONG, 4, random.nextLong());
                table.put(key, 0, 20, 1 + i, EntryKind.VALUE, key, 0, 20);
                sum += table.find(key, 0, 20, 1 + i, hit);
            }
            for (boolean on = cursor.seekFirst(); on; on = cursor.next()) {
                sum += cursor.timestamp();
            }
            least = Math.min(least, allocatedBytes() - before);
            assertThat(sum).isEqualTo(entries + (long) entries * (entries + 1) / 2);
        }
        assertThat(least).as("bytes allocated in the best round").isLessThan(entries);
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean)
                        java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }
}
