package site.js0.jdb.layout;

/** What a log record is. On disk: append values, never renumber; 0 is never valid. */
public final class LogRecordKind {
    /** One atomic batch over any VNodes of the shard. */
    public static final int BATCH = 1;

    /** This shard's part of a batch over several shards: counts only with its {@link #DECISION}. */
    public static final int PREPARE = 2;

    /** Commits the prepares that it names. */
    public static final int DECISION = 3;

    /** Withdraws a prepare. */
    public static final int ABORT = 4;

    /** Changes nothing; marks a place in the log. */
    public static final int BARRIER = 5;

    /** The last record of a log that was closed in order. */
    public static final int CLEAN_CLOSE = 6;

    private LogRecordKind() {}

    /** True for a number this version writes. */
    public static boolean known(int kind) {
        return kind >= BATCH && kind <= CLEAN_CLOSE;
    }
}
