package site.js0.jdb.testkit;

/** How a simulated process ends. */
public enum CrashMode {
    /**
     * {@code kill -9}: the operating system lives on and keeps all that was completed and stored in
     * log tails. What was in flight may have happened, or not, or in part.
     */
    KILL,
    /**
     * The power fails: what was synced stays. Of what was not, any part may be there, torn at
     * sectors; log tails lose whole pages; changes of directories that were not synced may be
     * undone.
     */
    POWER_LOSS
}
