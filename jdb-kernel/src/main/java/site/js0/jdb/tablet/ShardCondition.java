package site.js0.jdb.tablet;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Whether a shard takes writes, and whether something was left for its thread. Owner: holder of the
 * shard.
 */
final class ShardCondition {
    private final int shard;
    private final Runnable resumeWaiters;

    private @Nullable Throwable doubt;
    private boolean attention;

    /**
     * A shard in good condition.
     *
     * @param resumeWaiters runs once there is a doubt: whoever is parked meets it
     */
    ShardCondition(int shard, Runnable resumeWaiters) {
        this.shard = shard;
        this.resumeWaiters = resumeWaiters;
    }

    /** An error that must not have happened: no more writes until the database is reopened. */
    void fail(Throwable cause) {
        if (doubt == null) {
            doubt = cause;
            // Another shard has ended before this one: the way of a close on a full disk.
            boolean closing =
                    cause instanceof JdbException e && e.error() instanceof JdbError.Shutdown;
            System.getLogger("site.js0.jdb")
                    .log(
                            closing ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR,
                            "shard " + shard + " takes no more writes",
                            cause);
        }
        resumeWaiters.run();
    }

    boolean inDoubt() {
        return doubt != null;
    }

    /**
     * @throws JdbException InDoubt after a failure
     */
    void refuseWhenInDoubt() {
        Throwable cause = doubt;
        if (cause != null) {
            String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            throw new JdbException(new JdbError.InDoubt(shard, why), cause);
        }
    }

    /** Something was left for the shard's thread, if so. */
    void attention(boolean left) {
        attention |= left;
    }

    /** True once since the last call when something was left. */
    boolean takeAttention() {
        boolean was = attention;
        attention = false;
        return was;
    }
}
