package site.js0.jdb.index;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.layout.EntryKind;

/** An entry as tests write it. */
record Version(byte[] key, long timestamp, int kind, byte[] value) {
    /** The order of the tree. */
    static final Comparator<Version> ORDER =
            Comparator.comparing(Version::key, Arrays::compareUnsigned)
                    .thenComparing(Version::timestamp, (a, b) -> Long.compareUnsigned(b, a));

    static Version put(byte[] key, long timestamp, byte[] value) {
        return new Version(key, timestamp, EntryKind.VALUE, value);
    }

    static Version delete(byte[] key, long timestamp) {
        return new Version(key, timestamp, EntryKind.TOMBSTONE, new byte[0]);
    }

    Version bare() {
        return new Version(key, 0, kind, value);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Version v
                && ORDER.compare(this, v) == 0
                && kind == v.kind
                && Arrays.equals(value, v.value);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(key), timestamp, kind, Arrays.hashCode(value));
    }

    @Override
    public String toString() {
        String k = HexFormat.of().formatHex(key, 0, Math.min(24, key.length));
        String v = HexFormat.of().formatHex(value, 0, Math.min(8, value.length));
        return "%s(%d)@%d:%d=%s(%d)".formatted(k, key.length, timestamp, kind, v, value.length);
    }
}
