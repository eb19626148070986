package site.js0.jdb.comm;

/** What a resumable step answers. Plain ints: steps run on hot paths. */
public final class Progress {
    /** Finished. */
    public static final int DONE = 0;

    /** Parked on something: the waiter given will be resumed, then the step is run again. */
    public static final int WAIT = -1;

    /** The budget of this slice is used up; run it again when it is background work's turn. */
    public static final int MORE = 1;

    private Progress() {}
}
