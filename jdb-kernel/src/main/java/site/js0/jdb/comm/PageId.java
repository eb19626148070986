package site.js0.jdb.comm;

/** Numbers a page in its VNode's pages file, in pages; 0 is never one. */
public record PageId(long value) implements Comparable<PageId> {
    public PageId {
        if (value <= 0) {
            throw new JdbException(
                    new JdbError.BadArgument("page", "1 or more", Long.toString(value)));
        }
    }

    @Override
    public int compareTo(PageId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "page " + value;
    }
}
