package site.js0.jdb.comm;

/**
 * How the one number {@code memory} is split: what each shard may use for what, in bytes. The parts
 * of all shards never exceed the whole.
 *
 * <p>Each part first gets its minimum. What is left is shared out: 6 % to the mapped log (with the
 * minimum at most 64 MiB over all shards), 6 % to I/O buffers (likewise), 30 % to memtables, the
 * rest to page frames.
 *
 * @param shards of the database
 * @param vnodesPerShard of the shard that has most
 * @param pageFrameBytes page frames, a multiple of 4 KiB
 * @param memtableRegionBytes one memtable, a multiple of 4 KiB; each VNode has two, the active and
 *     the frozen one
 * @param ioBytes I/O buffers, a multiple of 4 KiB
 * @param logSegmentBytes one log segment, a power of two; two are mapped, the present and the next
 *     one
 */
public record MemoryBudget(
        int shards,
        int vnodesPerShard,
        long pageFrameBytes,
        long memtableRegionBytes,
        long ioBytes,
        int logSegmentBytes) {
    /** Memtables of a VNode. */
    public static final int MEMTABLES_PER_VNODE = 2;

    /** Log segments that a shard has mapped at a time. */
    public static final int LOG_SEGMENTS_MAPPED = 2;

    /** Two hundred and fifty-six frames: more than all operations of a shard can have pinned. */
    public static final long PAGE_FRAME_BYTES_MIN = 1 << 20;

    /** A region that takes a batch of some dozens of the largest entries. */
    public static final long MEMTABLE_REGION_BYTES_MIN = 256 << 10;

    /** The largest memtable: from there on a larger one only makes recovery longer. */
    public static final long MEMTABLE_REGION_BYTES_MAX = 1L << 30;

    public static final long IO_BYTES_MIN = 256 << 10;
    public static final int LOG_SEGMENT_BYTES_MIN = 64 << 10;

    private static final long PAGE_BYTES = 4096;
    private static final long CAP = 64L << 20;
    private static final int LOG_PERCENT = 6;
    private static final int IO_PERCENT = 6;
    private static final int MEMTABLE_PERCENT = 30;

    /**
     * Splits {@code options.memoryBytes()}.
     *
     * @param shards in force, at least 1
     * @param vnodes the database has, at least 1
     * @throws JdbException BadArgument, when it is too little; says how much is needed
     */
    public static MemoryBudget of(JdbOptions options, int shards, int vnodes) {
        assert shards >= 1 && vnodes >= 1;
        final long least = bytesMin(shards, vnodes);
        if (options.memoryBytes() < least) {
            throw new JdbException(
                    new JdbError.BadArgument(
                            "memory",
                            "at least "
                                    + least
                                    + " bytes for "
                                    + shards
                                    + " shards and "
                                    + vnodes
                                    + " VNodes",
                            Long.toString(options.memoryBytes())));
        }
        final int vnodesPerShard = vnodesPerShard(shards, vnodes);
        final long spare = options.memoryBytes() / shards - shardBytesMin(vnodesPerShard);
        final long cap = CAP / shards;
        final long log =
                capped(
                        LOG_SEGMENTS_MAPPED * (long) LOG_SEGMENT_BYTES_MIN,
                        percent(spare, LOG_PERCENT),
                        cap);
        final long io =
                capped(IO_BYTES_MIN, percent(spare, IO_PERCENT), cap) / PAGE_BYTES * PAGE_BYTES;
        final int segment =
                (int)
                        Math.min(
                                options.walSegmentBytes(),
                                Long.highestOneBit(log / LOG_SEGMENTS_MAPPED));
        final int regions = MEMTABLES_PER_VNODE * vnodesPerShard;
        final long region =
                Math.min(
                        MEMTABLE_REGION_BYTES_MAX,
                        (MEMTABLE_REGION_BYTES_MIN + percent(spare, MEMTABLE_PERCENT) / regions)
                                / PAGE_BYTES
                                * PAGE_BYTES);
        final long others = io + (long) LOG_SEGMENTS_MAPPED * segment + regions * region;
        final long frames = (options.memoryBytes() / shards - others) / PAGE_BYTES * PAGE_BYTES;
        return new MemoryBudget(shards, vnodesPerShard, frames, region, io, segment);
    }

    /** The least that a database of so many shards and VNodes opens with. */
    public static long bytesMin(int shards, int vnodes) {
        return shards * shardBytesMin(vnodesPerShard(shards, vnodes));
    }

    private static long shardBytesMin(int vnodesPerShard) {
        return PAGE_FRAME_BYTES_MIN
                + IO_BYTES_MIN
                + LOG_SEGMENTS_MAPPED * (long) LOG_SEGMENT_BYTES_MIN
                + MEMTABLES_PER_VNODE * MEMTABLE_REGION_BYTES_MIN * vnodesPerShard;
    }

    private static int vnodesPerShard(int shards, int vnodes) {
        return (vnodes + shards - 1) / shards;
    }

    /** {@code least + more}, but not above {@code cap} unless the least is. */
    private static long capped(long least, long more, long cap) {
        return Math.max(least, Math.min(least + more, cap));
    }

    /** Without overflow for any size. */
    private static long percent(long bytes, int percent) {
        return bytes / 100 * percent;
    }

    /** All memtables of a shard. */
    public long memtableBytes() {
        return MEMTABLES_PER_VNODE * memtableRegionBytes * vnodesPerShard;
    }

    /** The mapped log of a shard. */
    public long logBytes() {
        return (long) LOG_SEGMENTS_MAPPED * logSegmentBytes;
    }

    /** All of one shard. */
    public long shardBytes() {
        return pageFrameBytes + memtableBytes() + ioBytes + logBytes();
    }

    /** All of it; at most {@code memory}. */
    public long bytes() {
        return shards * shardBytes();
    }
}
