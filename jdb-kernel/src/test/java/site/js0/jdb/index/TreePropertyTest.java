package site.js0.jdb.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.TreeLimits;
import site.js0.jdb.layout.ValPtr;

/**
 * Random merges into a tree over nasty pages, against a map of all that was ever written. More with
 * {@code -Djdb.tree.seeds=N}; one with {@code -Djdb.tree.seed=S}.
 */
class TreePropertyTest {
    private static final int SEEDS = Integer.getInteger("jdb.tree.seeds", 60);

    @Test
    void treesAnswerAsTheModelDoes() {
        Long one = Long.getLong("jdb.tree.seed");
        if (one != null) {
            new World(one).run();
            return;
        }
        for (long seed = 1; seed <= SEEDS; seed++) {
            try {
                new World(seed).run();
            } catch (Throwable e) {
                throw new AssertionError("replay with -Djdb.tree.seed=" + seed, e);
            }
        }
    }

    private static final class World {
        final SplittableRandom random;
        final Keys keys;
        final TreeFixture t;
        final boolean snapshots;
        final int valueMax;
        final TreeMap<byte[], NavigableMap<Long, Version>> history =
                new TreeMap<>(Arrays::compareUnsigned);
        final TreeSet<Long> floors = new TreeSet<>();
        final List<List<Version>> merged = new ArrayList<>();
        final int keySpace;
        long now;
        long pointers;
        boolean replayed;

        World(long seed) {
            random = new SplittableRandom(seed);
            boolean nasty = random.nextInt(3) > 0;
            FakePageSpace pages =
                    new FakePageSpace(nasty ? random.nextInt(24, 100) : 3000, random.nextLong());
            if (nasty) {
                pages.instant = random.nextBoolean();
                pages.evictChance = random.nextInt(600);
                pages.waitChance = random.nextInt(200);
            }
            t =
                    new TreeFixture(
                            pages,
                            random.nextBoolean() ? 256 : random.nextInt(1, 40),
                            random.nextInt(20));
            t.leafBudget = random.nextBoolean() ? 1_000_000 : random.nextInt(1, 20);
            snapshots = random.nextInt(3) > 0;
            keySpace = 1 << random.nextInt(2, 12);
            keys = new Keys(random, keySpace);
            valueMax = random.nextBoolean() ? 60 : TreeLimits.VALUE_BYTES_MAX;
        }

        void run() {
            int rounds = random.nextInt(2, 9);
            for (int i = 0; i < rounds; i++) {
                List<Version> batch = batch();
                mergeBatch(batch);
                check();
            }
            if (random.nextBoolean()) {
                replay();
                check();
            }
            deleteAll();
        }

        List<Version> batch() {
            int size = random.nextInt(1, 1 << random.nextInt(1, 11));
            int deletes = random.nextInt(4) == 0 ? 90 : random.nextInt(40);
            int from = random.nextInt(keySpace);
            boolean dense = random.nextBoolean();
            List<Version> batch = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                byte[] key = dense ? keys.at((from + i / 2) % keySpace) : keys.next();
                now += random.nextInt(1, 3);
                batch.add(version(key, random.nextInt(100) < deletes));
                if (snapshots && random.nextInt(200) == 0) {
                    floors.add(now);
                }
            }
            return batch;
        }

        Version version(byte[] key, boolean delete) {
            if (delete) {
                return Version.delete(key, now);
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(valueMax + 1) : random.nextInt(20);
            if (random.nextInt(4) == 0 || !TreeLimits.inline(key.length, length)) {
                byte[] pointer = new byte[ValPtr.BYTES];
                ValPtr.write(MemorySegment.ofArray(pointer), 0, ++pointers, 1, 5000);
                return new Version(key, now, EntryKind.POINTER, pointer);
            }
            byte[] value = new byte[length];
            random.nextBytes(value);
            return Version.put(key, now, value);
        }

        void mergeBatch(List<Version> batch) {
            for (Version v : batch) {
                history.computeIfAbsent(v.key(), k -> new TreeMap<>()).put(v.timestamp(), v);
            }
            merged.add(batch);
            if (random.nextInt(3) == 0 && !floors.isEmpty()) {
                floors.remove(floors.first());
            }
            t.merge(batch, floorArray(), now);
        }

        long[] floorArray() {
            return floors.stream().mapToLong(Long::longValue).toArray();
        }

        /** A log is replayed: a suffix of the history, cut into other batches. */
        void replay() {
            floors.clear();
            List<Version> suffix = new ArrayList<>();
            for (int i = random.nextInt(merged.size()); i < merged.size(); i++) {
                suffix.addAll(merged.get(i));
            }
            int at = 0;
            while (at < suffix.size()) {
                int to = Math.min(suffix.size(), at + random.nextInt(1, suffix.size() + 1));
                t.merge(suffix.subList(at, to), new long[0], now);
                t.check();
                at = to;
            }
            replayed = true;
        }

        void deleteAll() {
            floors.clear();
            List<Version> batch = new ArrayList<>();
            for (byte[] key : history.keySet()) {
                now++;
                batch.add(Version.delete(key, now));
            }
            mergeBatch(batch);
            assertThat(t.tree.root()).isEqualTo(TreeRoot.EMPTY);
            assertThat(t.check().pages()).isEmpty();
            if (!replayed) {
                assertThat(new HashSet<>(t.dropped)).hasSize((int) pointers);
                assertThat(t.dropped).hasSize((int) pointers);
            }
        }

        void check() {
            TreeCheck.Report report = t.check();
            // Where prefixes differ much, what did not fit one page may fit after a later merge.
            assertThat(report.underfull()).isLessThan(2 + report.leaves() / 20);
            List<Version> forward = t.scan(true, random.nextInt(10));
            assertThat(t.scan(false, random.nextInt(10)).reversed()).isEqualTo(forward);
            assertThat((long) forward.size()).isEqualTo(report.entries());
            assertThat(t.tree.root().entryCount()).isEqualTo(report.entries());
            Set<String> live = new HashSet<>();
            for (Version v : forward) {
                if (v.kind() == EntryKind.POINTER) {
                    live.add(TreeFixture.pointer(MemorySegment.ofArray(v.value()), 0));
                }
            }
            if (!replayed) {
                assertThat(t.dropped).doesNotHaveDuplicates();
                assertThat(Collections.disjoint(live, t.dropped)).isTrue();
                assertThat(t.dropped.size() + live.size()).isEqualTo((int) pointers);
            }
            if (!snapshots) {
                assertThat(forward).isEqualTo(newest());
            }
            checkReads();
            checkSeeks(forward);
        }

        List<Version> newest() {
            List<Version> all = new ArrayList<>();
            for (NavigableMap<Long, Version> versions : history.values()) {
                Version v = versions.lastEntry().getValue();
                if (v.kind() != EntryKind.TOMBSTONE) {
                    all.add(v.bare());
                }
            }
            return all;
        }

        void checkReads() {
            for (Map.Entry<byte[], NavigableMap<Long, Version>> e : history.entrySet()) {
                if (random.nextInt(4) > 0) {
                    continue;
                }
                for (long floor : floors) {
                    assertRead(e.getKey(), floor);
                }
                assertRead(e.getKey(), now);
                assertRead(e.getKey(), -1);
            }
            for (int i = 0; i < 50; i++) {
                assertRead(keys.next(), now);
            }
        }

        void assertRead(byte[] key, long at) {
            byte[] expected = expected(key, at);
            assertThat(t.read(key, at))
                    .as("%s at %d, floors %s", Version.put(key, 0, new byte[0]), at, floors)
                    .isEqualTo(expected);
        }

        byte @Nullable [] expected(byte[] key, long at) {
            NavigableMap<Long, Version> versions = history.get(key);
            if (versions == null) {
                return null;
            }
            Map.Entry<Long, Version> e = at == -1 ? versions.lastEntry() : versions.floorEntry(at);
            return e == null || e.getValue().kind() == EntryKind.TOMBSTONE
                    ? null
                    : e.getValue().value();
        }

        void checkSeeks(List<Version> all) {
            TreeSet<Version> sorted = new TreeSet<>(Version.ORDER);
            sorted.addAll(all);
            TreeCursor cursor = new TreeCursor(t.tree, 3);
            for (int i = 0; i < 60; i++) {
                boolean some = !all.isEmpty() && random.nextBoolean();
                Version near = some ? all.get(random.nextInt(all.size())) : null;
                byte[] key = near == null ? keys.next() : near.key();
                long ts =
                        switch (random.nextInt(4)) {
                            case 0 -> -1;
                            case 1 -> 0;
                            case 2 -> random.nextLong(now + 1);
                            default -> near == null ? 0 : near.timestamp();
                        };
                boolean forward = random.nextBoolean();
                boolean inclusive = random.nextBoolean();
                Version probe = new Version(key, ts, 0, new byte[0]);
                Version expected =
                        forward
                                ? (inclusive ? sorted.ceiling(probe) : sorted.higher(probe))
                                : (inclusive ? sorted.floor(probe) : sorted.lower(probe));
                int answer =
                        t.await(w ->
                                cursor.seek(
                                        TreeFixture.nativeCopy(key),
                                        0,
                                        key.length,
                                        ts,
                                        forward,
                                        inclusive,
                                        w));
                Version found = answer == TreeCursor.FOUND ? t.current(cursor) : null;
                assertThat(found).isEqualTo(expected);
            }
        }
    }
}
