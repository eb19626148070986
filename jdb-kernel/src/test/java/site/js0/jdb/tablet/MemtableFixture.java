package site.js0.jdb.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Hold;
import site.js0.jdb.layout.EntryKind;

/** A memtable beside a model that cannot be wrong: a TreeMap. What is put goes into both. */
final class MemtableFixture {
    /** An entry's place in the order. */
    record Place(byte[] key, long timestamp) {
        static final Comparator<Place> ORDER =
                Comparator.comparing(Place::key, Arrays::compareUnsigned)
                        .thenComparing(Place::timestamp, Comparator.reverseOrder());
    }

    /** An entry's content. */
    record Content(int kind, byte[] value) {}

    final Memtable table;
    final MemtableCursor cursor;
    final TreeMap<Place, Content> model = new TreeMap<>(Place.ORDER);
    final MemtableHit hit = new MemtableHit();

    /** Keys and values lie here at odd addresses. */
    private final MemorySegment scratch = Arena.ofAuto().allocate(4096);

    MemtableFixture(long bytes) {
        table = new Memtable(Arena.ofAuto().allocate(bytes, 64), Hold.ALWAYS);
        cursor = new MemtableCursor(table);
    }

    /** Table id 1 and the text as the user's key. */
    static byte[] key(String text) {
        final byte[] user = text.getBytes(StandardCharsets.ISO_8859_1);
        final byte[] key = new byte[4 + user.length];
        key[3] = 1;
        System.arraycopy(user, 0, key, 4, user.length);
        return key;
    }

    boolean put(String key, long timestamp, String value) {
        return put(
                key(key), timestamp, EntryKind.VALUE, value.getBytes(StandardCharsets.ISO_8859_1));
    }

    boolean put(byte[] key, long timestamp, int kind, byte[] value) {
        stage(key);
        MemorySegment.copy(value, 0, scratch, ValueLayout.JAVA_BYTE, 2001, value.length);
        final boolean done =
                table.put(scratch, 3, key.length, timestamp, kind, scratch, 2001, value.length);
        if (done) {
            model.put(new Place(key, timestamp), new Content(kind, value));
        }
        return done;
    }

    private void stage(byte[] key) {
        MemorySegment.copy(key, 0, scratch, ValueLayout.JAVA_BYTE, 3, key.length);
    }

    /** The value seen at {@code timestamp}, "deleted", or null. */
    @Nullable String get(String key, long timestamp) {
        final byte[] bytes = key(key);
        stage(bytes);
        return switch (table.find(scratch, 3, bytes.length, timestamp, hit)) {
            case Memtable.ABSENT -> null;
            case EntryKind.TOMBSTONE -> "deleted";
            default ->
                    new String(
                            bytes(hit.valueOffset(), hit.valueLength()),
                            StandardCharsets.ISO_8859_1);
        };
    }

    /** Asks table and model for the newest version at or below {@code timestamp}. */
    void checkFind(byte[] key, long timestamp, String what) {
        stage(key);
        final int kind = table.find(scratch, 3, key.length, timestamp, hit);
        final var expected = model.ceilingEntry(new Place(key, timestamp));
        if (expected == null || !Arrays.equals(expected.getKey().key(), key)) {
            assertThat(kind).as(what).isEqualTo(Memtable.ABSENT);
            return;
        }
        assertThat(kind).as(what).isEqualTo(expected.getValue().kind());
        assertThat(hit.kind()).as(what).isEqualTo(kind);
        assertThat(hit.timestamp()).as(what).isEqualTo(expected.getKey().timestamp());
        assertThat(bytes(hit.valueOffset(), hit.valueLength()))
                .as(what)
                .isEqualTo(expected.getValue().value());
    }

    boolean seekFrom(byte[] key) {
        stage(key);
        return cursor.seekFrom(scratch, 3, key.length);
    }

    boolean seekAfter(byte[] key) {
        stage(key);
        return cursor.seekAfter(scratch, 3, key.length);
    }

    boolean seekBefore(byte[] key) {
        stage(key);
        return cursor.seekBefore(scratch, 3, key.length);
    }

    boolean seekBackFrom(byte[] key) {
        stage(key);
        return cursor.seekBackFrom(scratch, 3, key.length);
    }

    boolean seek(byte[] key, long timestamp) {
        stage(key);
        return cursor.seek(scratch, 3, key.length, timestamp);
    }

    /** The entry of the model that cursor is on. */
    Place place() {
        return new Place(bytes(cursor.keyOffset(), cursor.keyLength()), cursor.timestamp());
    }

    /** The cursor is where the model is: on this place, or on none. */
    void checkCursor(boolean found, @Nullable Place expected, String what) {
        assertThat(found).as(what).isEqualTo(expected != null);
        assertThat(cursor.valid()).as(what).isEqualTo(expected != null);
        if (expected != null) {
            assertThat(bytes(cursor.keyOffset(), cursor.keyLength()))
                    .as(what)
                    .isEqualTo(expected.key());
            assertThat(cursor.timestamp()).as(what).isEqualTo(expected.timestamp());
            final Content content = Objects.requireNonNull(model.get(expected));
            assertThat(cursor.kind()).as(what).isEqualTo(content.kind());
            assertThat(bytes(cursor.valueOffset(), cursor.valueLength()))
                    .as(what)
                    .isEqualTo(content.value());
        }
    }

    /** Walks all of it both ways, against the model, and checks the tree. */
    void checkAll(String what) {
        MemtableCheck.check(table, what);
        boolean found = cursor.seekFirst();
        for (Place place : model.keySet()) {
            checkCursor(found, place, what);
            found = cursor.next();
        }
        checkCursor(found, null, what);
        found = cursor.seekLast();
        for (Place place : model.descendingKeySet()) {
            checkCursor(found, place, what);
            found = cursor.previous();
        }
        checkCursor(found, null, what);
        assertThat(table.entryCount()).as(what).isEqualTo(model.size());
    }

    private byte[] bytes(long offset, int length) {
        return table.memory().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
