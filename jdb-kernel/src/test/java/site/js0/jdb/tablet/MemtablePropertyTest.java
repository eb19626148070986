package site.js0.jdb.tablet;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.tablet.MemtableFixture.Place;

/** Whatever is put in whatever order, the table answers as a TreeMap does. */
class MemtablePropertyTest {
    /** Kinds of keys: what they share decides which paths through the tree are taken. */
    enum Keys {
        /** Of any length and content, few different bytes. */
        BINARY,
        /** Random bytes, several tables. */
        RANDOM,
        /** {@code user:00000123}. */
        NUMBERED,
        /** 300 equal bytes, then a few that differ. */
        LONG_PREFIX,
        /** A handful of keys with many versions. */
        HOT,
        /** Zeros alone, of every length: each is a prefix of the next. */
        ZEROS
    }

    /** Orders of arrival. */
    enum Order {
        RANDOM,
        ASCENDING,
        DESCENDING,
        /** Several ascending sequences, interleaved. */
        SERIES
    }

    @ParameterizedTest
    @CsvSource({
        "BINARY,RANDOM,1",
        "BINARY,RANDOM,2",
        "RANDOM,RANDOM,3",
        "RANDOM,RANDOM,4",
        "NUMBERED,RANDOM,5",
        "NUMBERED,ASCENDING,6",
        "NUMBERED,DESCENDING,7",
        "NUMBERED,SERIES,8",
        "LONG_PREFIX,RANDOM,9",
        "LONG_PREFIX,ASCENDING,10",
        "HOT,RANDOM,11",
        "HOT,ASCENDING,12",
        "HOT,DESCENDING,13",
        "ZEROS,RANDOM,14",
        "RANDOM,ASCENDING,15",
        "BINARY,SERIES,16"
    })
    void answersAsTheModelDoes(Keys keys, Order order, long seed) {
        final String what = keys + " " + order + " seed " + seed;
        final SplittableRandom random = new SplittableRandom(seed);
        final MemtableFixture fixture = new MemtableFixture(8 << 20);
        final List<Place> places = arrange(places(keys, 6000, random), order, random);
        int step = 0;
        for (Place place : places) {
            final String at = what + " step " + step;
            final int kind = 1 + random.nextInt(3);
            final byte[] value = value(random, kind);
            if (!fixture.put(place.key(), place.timestamp(), kind, value)) {
                throw new AssertionError(at + ": full");
            }
            if (random.nextInt(20) == 0) {
                final Place old = places.get(random.nextInt(step + 1));
                fixture.put(
                        old.key(),
                        old.timestamp(),
                        EntryKind.VALUE,
                        value(random, EntryKind.VALUE));
            }
            probe(fixture, places.get(random.nextInt(places.size())), random, at);
            if (step % 1500 == 70) {
                fixture.checkAll(at);
            }
            step++;
        }
        fixture.checkAll(what);
        for (Place place : places) {
            fixture.checkFind(place.key(), place.timestamp(), what);
        }
    }

    /**
     * Asks for a key that may or may not be there, at a time near one of its versions, in every way
     * there is.
     */
    private static void probe(
            MemtableFixture fixture, Place near, SplittableRandom random, String what) {
        final byte[] key = random.nextInt(3) == 0 ? mutated(near.key(), random) : near.key();
        final long time = Math.max(1, near.timestamp() + random.nextInt(3) - 1);
        fixture.checkFind(key, time, what);
        fixture.checkFind(key, Long.MAX_VALUE, what);
        final Place newest = new Place(key, Long.MAX_VALUE);
        final Place beyond = new Place(key, 0);
        switch (random.nextInt(5)) {
            case 0 ->
                    fixture.checkCursor(
                            fixture.seekFrom(key), fixture.model.ceilingKey(newest), what);
            case 1 ->
                    fixture.checkCursor(
                            fixture.seekAfter(key), fixture.model.ceilingKey(beyond), what);
            case 2 ->
                    fixture.checkCursor(
                            fixture.seekBefore(key), fixture.model.floorKey(newest), what);
            case 3 ->
                    fixture.checkCursor(
                            fixture.seekBackFrom(key), fixture.model.floorKey(beyond), what);
            default ->
                    fixture.checkCursor(
                            fixture.seek(key, time),
                            fixture.model.ceilingKey(new Place(key, time)),
                            what);
        }
        wander(fixture, random, what);
    }

    /** A few steps from where the cursor is, with puts between them. */
    private static void wander(MemtableFixture fixture, SplittableRandom random, String what) {
        for (int i = 0; i < 3 && fixture.cursor.valid(); i++) {
            final Place here = fixture.place();
            if (random.nextInt(10) == 0) {
                fixture.put(
                        mutated(here.key(), random),
                        1 + random.nextInt(50),
                        EntryKind.TOMBSTONE,
                        value(random, EntryKind.TOMBSTONE));
            }
            if (random.nextInt(10) == 0) {
                fixture.put(
                        here.key(),
                        here.timestamp(),
                        EntryKind.VALUE,
                        value(random, EntryKind.VALUE));
            }
            final boolean found;
            final @Nullable Place expected;
            switch (random.nextInt(4)) {
                case 0 -> {
                    found = fixture.cursor.next();
                    expected = fixture.model.higherKey(here);
                }
                case 1 -> {
                    found = fixture.cursor.previous();
                    expected = fixture.model.lowerKey(here);
                }
                case 2 -> {
                    found = fixture.cursor.nextKey();
                    expected = fixture.model.higherKey(new Place(here.key(), 0));
                }
                default -> {
                    found = fixture.cursor.previousKey();
                    expected = fixture.model.lowerKey(new Place(here.key(), Long.MAX_VALUE));
                }
            }
            fixture.checkCursor(found, expected, what);
        }
    }

    private static List<Place> places(Keys keys, int count, SplittableRandom random) {
        final List<Place> places = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final byte[] key =
                    switch (keys) {
                        case BINARY -> {
                            final byte[] k = new byte[5 + random.nextInt(12)];
                            for (int j = 0; j < k.length; j++) {
                                k[j] = (byte) (random.nextInt(3) * 0x7F);
                            }
                            yield k;
                        }
                        case RANDOM -> {
                            final byte[] k = new byte[20];
                            random.nextBytes(k);
                            k[0] = 0;
                            k[1] = 0;
                            k[2] = 0;
                            k[3] = (byte) random.nextInt(3);
                            yield k;
                        }
                        case NUMBERED ->
                                MemtableFixture.key(
                                        String.format("user:%08d", random.nextInt(4000)));
                        case LONG_PREFIX ->
                                MemtableFixture.key(
                                        "p".repeat(300)
                                                + Integer.toString(random.nextInt(3000), 36));
                        case HOT -> MemtableFixture.key("hot" + random.nextInt(3));
                        case ZEROS -> new byte[5 + random.nextInt(1024)];
                    };
            final int times = keys == Keys.HOT ? 10_000 : 30;
            places.add(new Place(key, 1 + random.nextInt(times)));
        }
        return places;
    }

    private static List<Place> arrange(List<Place> places, Order order, SplittableRandom random) {
        if (order != Order.RANDOM) {
            places.sort(order == Order.DESCENDING ? Place.ORDER.reversed() : Place.ORDER);
        }
        if (order != Order.SERIES) {
            return places;
        }
        final List<Place> arranged = new ArrayList<>();
        final int series = 7;
        final int each = places.size() / series;
        final int[] taken = new int[series];
        while (arranged.size() < series * each) {
            final int s = random.nextInt(series);
            if (taken[s] < each) {
                arranged.add(places.get(s * each + taken[s]++));
            }
        }
        return arranged;
    }

    private static byte[] mutated(byte[] key, SplittableRandom random) {
        final byte[] other = key.clone();
        other[random.nextInt(other.length)] += (byte) (1 + random.nextInt(255));
        return other;
    }

    private static byte[] value(SplittableRandom random, int kind) {
        final byte[] value =
                new byte
                        [switch (kind) {
                            case EntryKind.TOMBSTONE -> 0;
                            case EntryKind.POINTER -> 16;
                            default -> random.nextInt(64);
                        }];
        random.nextBytes(value);
        return value;
    }
}
