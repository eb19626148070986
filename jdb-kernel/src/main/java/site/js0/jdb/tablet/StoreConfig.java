package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.wal.WalConfig;

/**
 * What a shard's store is told at open.
 *
 * @param vnodes of the whole database
 * @param ownVnodes numbers of those that are this shard's
 * @param vnodeDirectories of {@code ownVnodes}, in that order
 * @param logGeneration names the set of logs; superblocks of another generation have nothing to
 *     replay
 * @param frames memory of the buffer pool
 * @param memtables memory of the memtables: two regions a VNode
 * @param ioBuffers memory for value log I/O
 * @param inlineValueBytesMax larger values go to the value log
 * @param logBytesMax a VNode that keeps more log than this from being let go is merged early
 */
public record StoreConfig(
        int shard,
        int vnodes,
        List<Integer> ownVnodes,
        List<Path> vnodeDirectories,
        UUID databaseId,
        WalConfig wal,
        long logGeneration,
        ExclusiveHold hold,
        IoDriver driver,
        Clock clock,
        MemorySegment frames,
        MemorySegment memtables,
        MemorySegment ioBuffers,
        MemorySegment scratch,
        int inlineValueBytesMax,
        long logBytesMax) {
    private static final long PENDING_PAGES_MIN = 8192;

    /**
     * The largest batch, encoded, that is taken: half a log segment, and what the scratch holds.
     */
    public long batchBytesMax() {
        return Math.min(wal.payloadBytesMax() / 2, batchScratchBytes() - BATCH_MARGIN_BYTES);
    }

    long batchScratchBytes() {
        return scratch.byteSize() - KEY_SCRATCH_BYTES - TabletScanner.SCRATCH_BYTES;
    }

    /** Pages given up and not yet reusable, beyond which a merge checkpoints on its way. */
    long pendingPagesMax(long livePages) {
        return Math.max(PENDING_PAGES_MIN, livePages / 4);
    }

    static final long KEY_SCRATCH_BYTES = 1088;

    /** Transaction id and batch header. */
    private static final long BATCH_MARGIN_BYTES = 128;

    /** Scratch besides the room for a batch. */
    public static long scratchBytes(long batchBytes) {
        return batchBytes + KEY_SCRATCH_BYTES + TabletScanner.SCRATCH_BYTES + BATCH_MARGIN_BYTES;
    }
}
