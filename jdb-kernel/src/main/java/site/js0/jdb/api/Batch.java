package site.js0.jdb.api;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Limits;

/**
 * Writes that take place together or not at all, over any tables and VNodes of one {@link Jdb}.
 * Filled by one thread, given to {@link Jdb#write}, reusable after {@link #clear()}. The last write
 * of a key wins. Arguments are copied.
 */
public final class Batch {
    private static final int INITIAL = 16;

    private Table[] tables = new Table[INITIAL];
    private byte[][] keys = new byte[INITIAL][];
    private byte[][] values = new byte[INITIAL][];
    private int count;

    private static final byte[] DELETE = new byte[0];

    /** Sets {@code key} of {@code table}. */
    public Batch put(Table table, byte[] key, byte[] value) {
        // A clone even of an empty array: identity with DELETE tells a deletion from an empty
        // value.
        present("value", "0 to " + Limits.VALUE_BYTES_MAX + " bytes", value);
        return add(table, key, value.clone());
    }

    /** Removes {@code key} of {@code table}. */
    public Batch delete(Table table, byte[] key) {
        return add(table, key, DELETE);
    }

    private Batch add(Table table, byte[] key, byte[] value) {
        present("key", "1 to " + Limits.KEY_BYTES_MAX + " bytes", key);
        if (count == keys.length) {
            int more = Math.multiplyExact(count, 2);
            tables = Arrays.copyOf(tables, more);
            keys = Arrays.copyOf(keys, more);
            values = Arrays.copyOf(values, more);
        }
        tables[count] = table;
        keys[count] = key.clone();
        values[count] = value;
        count++;
        return this;
    }

    private static void present(String what, String expected, byte @Nullable [] argument) {
        if (argument == null) {
            throw new JdbException(new JdbError.BadArgument(what, expected, "null"));
        }
    }

    /** How many writes it holds. */
    public int size() {
        return count;
    }

    /** Forgets all writes. */
    public void clear() {
        Arrays.fill(tables, 0, count, null);
        Arrays.fill(keys, 0, count, null);
        Arrays.fill(values, 0, count, null);
        count = 0;
    }

    /** The table of write {@code i}. */
    public Table table(int i) {
        return tables[i];
    }

    /** The key of write {@code i}; not a copy. */
    public byte[] key(int i) {
        return keys[i];
    }

    /** The value of write {@code i}; not a copy; empty for a deletion. */
    public byte[] value(int i) {
        return values[i];
    }

    /** True when write {@code i} is a deletion. */
    public boolean isDelete(int i) {
        return values[i] == DELETE;
    }
}
