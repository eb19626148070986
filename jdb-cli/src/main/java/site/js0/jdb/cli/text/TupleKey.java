package site.js0.jdb.cli.text;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Several columns as one key: unambiguous for arbitrary bytes, and ordered as the columns are, one
 * after the other.
 *
 * <p>A zero byte inside a column is written {@code 00 FF}, columns are separated by {@code 00 01}.
 * So {@code ("a", "b")} is {@code 61 00 01 62}; and the rows whose first column is {@code "a"} are
 * those whose key starts with {@code 61 00 01}. A single column is not encoded at all: its bytes
 * are the key.
 */
public final class TupleKey {
    private static final int ESCAPED = 0xFF;
    private static final int SEPARATOR = 0x01;

    private TupleKey() {}

    /** The key of these columns, of which there is at least one. */
    public static byte[] encode(List<byte[]> columns) {
        if (columns.size() == 1) {
            return columns.get(0).clone();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < columns.size(); i++) {
            if (i > 0) {
                out.write(0);
                out.write(SEPARATOR);
            }
            for (byte b : columns.get(i)) {
                out.write(b);
                if (b == 0) {
                    out.write(ESCAPED);
                }
            }
        }
        return out.toByteArray();
    }

    /**
     * The columns of a key that {@link #encode} made of two or more; an empty list when it is no
     * such key.
     */
    public static List<byte[]> decode(byte[] key) {
        List<byte[]> columns = new ArrayList<>();
        ByteArrayOutputStream column = new ByteArrayOutputStream();
        int at = 0;
        while (at < key.length) {
            byte b = key[at++];
            if (b != 0) {
                column.write(b);
                continue;
            }
            int mark = at < key.length ? key[at++] & 0xFF : -1;
            if (mark == ESCAPED) {
                column.write(0);
            } else if (mark == SEPARATOR) {
                columns.add(column.toByteArray());
                column.reset();
            } else {
                return List.of();
            }
        }
        if (columns.isEmpty()) {
            return List.of();
        }
        columns.add(column.toByteArray());
        return columns;
    }
}
