package site.js0.jdb.comm;

/** Names a VNode: a part of the key space with its own tree and value log. */
public record VNodeId(int value) implements Comparable<VNodeId> {
    public VNodeId {
        if (value < 0 || value >= JdbOptions.VNODES_MAX) {
            throw new JdbException(
                    new JdbError.BadArgument(
                            "vnode",
                            "0 to " + (JdbOptions.VNODES_MAX - 1),
                            Integer.toString(value)));
        }
    }

    @Override
    public int compareTo(VNodeId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "vnode " + value;
    }
}
