package site.js0.jdb.comm;

/**
 * Names a table inside its database; in every key the first four bytes, big-endian. 0 is never one.
 */
public record TableId(int value) implements Comparable<TableId> {
    public TableId {
        if (value <= 0) {
            throw new JdbException(
                    new JdbError.BadArgument("table", "1 to 2147483647", Integer.toString(value)));
        }
    }

    @Override
    public int compareTo(TableId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "table " + value;
    }
}
