package site.js0.jdb.comm;

/**
 * Numbers a record of a shard's log, strictly increasing; 0 is never one, so that a zeroed block
 * never parses.
 */
public record Lsn(long value) implements Comparable<Lsn> {
    public Lsn {
        if (value <= 0) {
            throw new JdbException(
                    new JdbError.BadArgument("lsn", "1 or more", Long.toString(value)));
        }
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "lsn " + value;
    }
}
