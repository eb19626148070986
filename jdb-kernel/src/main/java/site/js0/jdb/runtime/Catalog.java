package site.js0.jdb.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Which tables there are. Kept in table 0 of the store itself: a row per table, made durable before
 * the table is used.
 *
 * <p>Key: length of the database's name (1 byte), that name, the table's name: unambiguous for
 * arbitrary bytes. Value: the table's id (4 bytes, little-endian), format (1 byte, 1). Ids are
 * given out in order and never again; so two names never share one.
 */
final class Catalog {
    static final int CATALOG_TABLE = 0;
    private static final int VALUE_BYTES = 5;
    private static final byte FORMAT = 1;

    /** How the catalog reaches its rows. */
    interface Rows {
        void forEach(java.util.function.BiConsumer<byte[], byte[]> row);

        void putSync(byte[] key, byte[] value);
    }

    private final Rows rows;
    private final TreeMap<byte[], Integer> tables = new TreeMap<>(Arrays::compareUnsigned);
    private int lastId;

    Catalog(Rows rows) {
        this.rows = rows;
        rows.forEach(this::load);
    }

    private void load(byte[] key, byte[] value) {
        boolean keyOk =
                key.length >= 3 && key.length > 1 + Byte.toUnsignedInt(key[0]) && key[0] != 0;
        if (!keyOk || value.length != VALUE_BYTES || value[4] != FORMAT) {
            throw new JdbException(
                    new JdbError.Corrupt(
                            "table 0",
                            0,
                            "a catalog row names a database and a table and has a value of 5 bytes, found key "
                                    + HexFormat.of().formatHex(key)
                                    + " value "
                                    + HexFormat.of().formatHex(value)));
        }
        int id = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (id <= CATALOG_TABLE || tables.containsValue(id)) {
            throw new JdbException(
                    new JdbError.Corrupt(
                            "table 0", 0, "table ids are greater than 0 and unique, found " + id));
        }
        tables.put(key, id);
        lastId = Math.max(lastId, id);
    }

    /** The id, or -1 when there is no such table. */
    synchronized int find(byte[] database, byte[] table) {
        Integer id = tables.get(key(database, table));
        return id == null ? -1 : id;
    }

    /** The id of a table that is made when it is not there. Blocks for a sync write then. */
    synchronized int findOrCreate(byte[] database, byte[] table) {
        byte[] key = key(database, table);
        Integer known = tables.get(key);
        if (known != null) {
            return known;
        }
        int id = Math.addExact(lastId, 1);
        byte[] value =
                ByteBuffer.allocate(VALUE_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(id)
                        .put(FORMAT)
                        .array();
        // Also when the write fails: it may have taken place, and an id must not name two tables.
        lastId = id;
        rows.putSync(key, value);
        tables.put(key, id);
        return id;
    }

    synchronized List<byte[]> databaseNames() {
        List<byte[]> names = new ArrayList<>();
        for (byte[] key : tables.keySet()) {
            byte[] name = databaseOf(key);
            if (names.isEmpty() || !Arrays.equals(names.getLast(), name)) {
                names.add(name);
            }
        }
        names.sort(Arrays::compareUnsigned);
        return names;
    }

    synchronized List<byte[]> tableNames(byte[] database) {
        List<byte[]> names = new ArrayList<>();
        for (byte[] key : tables.keySet()) {
            if (Arrays.equals(databaseOf(key), database)) {
                names.add(Arrays.copyOfRange(key, 1 + database.length, key.length));
            }
        }
        return names;
    }

    private static byte[] databaseOf(byte[] key) {
        return Arrays.copyOfRange(key, 1, 1 + Byte.toUnsignedInt(key[0]));
    }

    private static byte[] key(byte[] database, byte[] table) {
        byte[] key = new byte[1 + database.length + table.length];
        key[0] = (byte) database.length;
        System.arraycopy(database, 0, key, 1, database.length);
        System.arraycopy(table, 0, key, 1 + database.length, table.length);
        return key;
    }
}
