package site.js0.jdb.comm;

/**
 * When something was committed, or what time a reader sees: nanoseconds, strictly increasing per
 * VNode. 0 is before every commit.
 */
public record Timestamp(long value) implements Comparable<Timestamp> {
    public Timestamp {
        if (value < 0) {
            throw new JdbException(
                    new JdbError.BadArgument("timestamp", "0 or more", Long.toString(value)));
        }
    }

    @Override
    public int compareTo(Timestamp other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "timestamp " + value;
    }
}
