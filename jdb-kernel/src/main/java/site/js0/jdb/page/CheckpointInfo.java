package site.js0.jdb.page;

/**
 * What a checkpoint makes permanent, besides the pages themselves.
 *
 * @param rootPageNo root of the tree as of all {@code seal} and {@code free} calls so far; 0 =
 *     empty
 * @param rootCrc checksum in that page's header; 0 for an empty tree
 * @param rootLevel its height above the leaves
 * @param entryCount entries in the tree
 * @param logId which log replay starts in
 * @param logEpoch epoch of that log
 * @param replayLsn the oldest record that is not in this tree
 * @param lastCommit timestamp of the last commit in the tree, u64
 * @param timeBound no timestamp above this was ever given out, u64
 * @param closedCleanly whether this is the last checkpoint before a clean close
 * @param cleanLsn then the last LSN of the log, else 0
 * @param extra opaque bytes stored with it; not to be changed until the checkpoint is done
 */
public record CheckpointInfo(
        long rootPageNo,
        int rootCrc,
        int rootLevel,
        long entryCount,
        int logId,
        long logEpoch,
        long replayLsn,
        long lastCommit,
        long timeBound,
        boolean closedCleanly,
        long cleanLsn,
        byte[] extra) {}
