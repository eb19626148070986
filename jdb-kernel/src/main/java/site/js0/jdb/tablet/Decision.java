package site.js0.jdb.tablet;

/**
 * What was decided for a transaction over several shards. One object is shared by all participants;
 * any thread.
 */
public interface Decision {
    long txnHigh();

    long txnLow();

    /** The commit timestamp. */
    long timestamp();

    /** The participants; not to be changed. */
    int[] shards();

    /**
     * Of each participant's prepare record, in the order of {@link #shards()}; not to be changed.
     */
    long[] prepareLsns();

    /** True once every participant has logged the decision. */
    boolean loggedEverywhere();
}
