package site.js0.jdb.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Limits;

/**
 * What callers may give: each check throws BadArgument, before anything has changed. Null is looked
 * for although nothing here is nullable: callers' compilers need not know that.
 */
final class Bounds {
    private Bounds() {}

    /** An argument that must be there. */
    static void present(String what, @Nullable Object argument) {
        if (argument == null) {
            throw refused(what, "an object", "null");
        }
    }

    static void key(byte @Nullable [] key) {
        if (key == null) {
            throw refused("key", "1 to " + Limits.KEY_BYTES_MAX + " bytes", "null");
        }
        if (key.length < 1 || key.length > Limits.KEY_BYTES_MAX) {
            throw refused("key", "1 to " + Limits.KEY_BYTES_MAX + " bytes", bytes(key));
        }
    }

    static void keys(@Nullable List<byte[]> keys) {
        if (keys == null) {
            throw refused("keys", "a list", "null");
        }
        for (int i = 0; i < keys.size(); i++) {
            key(keys.get(i));
        }
    }

    static void value(byte @Nullable [] value) {
        if (value == null) {
            throw refused("value", "0 to " + Limits.VALUE_BYTES_MAX + " bytes", "null");
        }
        if (value.length > Limits.VALUE_BYTES_MAX) {
            throw refused("value", "0 to " + Limits.VALUE_BYTES_MAX + " bytes", bytes(value));
        }
    }

    /** The name of a database or table. */
    static void name(String what, byte @Nullable [] name) {
        if (name == null || name.length < 1 || name.length > Limits.NAME_BYTES_MAX) {
            throw refused(
                    "name of a " + what,
                    "1 to " + Limits.NAME_BYTES_MAX + " bytes",
                    name == null ? "null" : bytes(name));
        }
    }

    /** A bound of a scan: any key, or nothing at all, which is below all keys. */
    static void scanBound(String what, byte @Nullable [] bound) {
        if (bound != null && bound.length > Limits.KEY_BYTES_MAX) {
            throw refused(
                    what + " of a scan", "0 to " + Limits.KEY_BYTES_MAX + " bytes", bytes(bound));
        }
    }

    private static String bytes(byte[] found) {
        return found.length + " bytes";
    }

    private static JdbException refused(String what, String expected, String found) {
        return new JdbException(new JdbError.BadArgument(what, expected, found));
    }
}
