package site.js0.jdb.tablet;

/**
 * Slows writers down smoothly while a merge is behind, so that they never stand still for the whole
 * of it.
 *
 * <p>While the active memtable fills faster than the frozen one is merged, commits are spaced so
 * that the merge ends just before the memtable is full: the merge's remaining time, guessed from
 * its speed so far, is divided by the entries there is still room for. A commit that comes before
 * its time makes its writer wait. Waits shorter than {@link #WAIT_NANOS_MIN} are saved up, since a
 * sleep that short takes longer. Owner: holder of the shard.
 */
final class Pacer {
    private static final long WAIT_NANOS_MIN = 300_000;
    private static final long WAIT_NANOS_MAX = 5_000_000;

    /** How far, as a share of a memtable, filling may be ahead of merging. */
    private static final double LEAD_MAX = 0.05;

    /** Below that the guess of the merge's speed is worth nothing. */
    private static final double PROGRESS_MIN = 0.01;

    private final Tablet tablet;

    /** When the next commit is due, in nanoseconds of the commit clock. */
    private long due;

    Pacer(Tablet tablet) {
        this.tablet = tablet;
    }

    /** How long the writer of the commit at {@code now} should wait. A merge is active. */
    long delay(long now) {
        Memtable active = tablet.active();
        double filled = (double) active.bytesUsed() / active.bytesMax();
        double merged = tablet.merge().progress();
        if (filled - merged < LEAD_MAX) {
            due = now;
            return 0;
        }
        double speed = Math.max(merged, PROGRESS_MIN) / Math.max(1, now - tablet.merge().beganAt());
        double remainingNanos = (1 - merged) / speed;
        double entryShare = filled / Math.max(1, active.entryCount());
        double remainingEntries = Math.max(1, (1 - filled) / entryShare);
        due = Math.max(due, now - WAIT_NANOS_MAX) + (long) (remainingNanos / remainingEntries);
        long wait = due - now;
        return wait < WAIT_NANOS_MIN ? 0 : Math.min(wait, WAIT_NANOS_MAX);
    }
}
