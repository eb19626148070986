package site.js0.jdb.comm;

import java.lang.foreign.MemorySegment;

/**
 * Where a key lives: its VNode, by the hash of table and partition key; and that VNode's shard. A
 * database keeps its number of VNodes for life, so what {@link #vnode} answers never changes:
 * {@code docs/format/hash.md}. Any thread; allocates nothing.
 */
public final class Routing {
    /** 2^64 divided by the golden ratio, odd: neighbouring table ids come to lie far apart. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private Routing() {}

    /**
     * The VNode of a key.
     *
     * @param key the partition key without the table id: all of the user's key unless the table
     *     declares a prefix
     * @param vnodeCount of the database, at least 1
     * @return 0 to {@code vnodeCount - 1}
     */
    public static int vnode(
            int tableId, MemorySegment key, long offset, int length, int vnodeCount) {
        return vnode(tableId, Hash.of(key, offset, length), vnodeCount);
    }

    /** The VNode of a key in an array. */
    public static int vnode(int tableId, byte[] key, int offset, int length, int vnodeCount) {
        return vnode(tableId, Hash.of(key, offset, length), vnodeCount);
    }

    /** The VNode of a key in an array. */
    public static int vnode(int tableId, byte[] key, int vnodeCount) {
        return vnode(tableId, key, 0, key.length, vnodeCount);
    }

    private static int vnode(int tableId, long keyHash, int vnodeCount) {
        assert vnodeCount >= 1;
        // The hash as a fraction of 2^64, times the count: fair for any count, and no division.
        return (int) Math.unsignedMultiplyHigh(mix(keyHash + tableId * SPREAD), vnodeCount);
    }

    /**
     * Each bit of {@code x} changes about half of the result's bits (the finisher of MurmurHash3).
     */
    private static long mix(long x) {
        long h = x;
        h = (h ^ h >>> 33) * 0xFF51AFD7ED558CCDL;
        h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
        return h ^ h >>> 33;
    }

    /** The shard a VNode lives on. */
    public static int shard(int vnode, int shardCount) {
        assert vnode >= 0 && shardCount >= 1;
        return vnode % shardCount;
    }
}
