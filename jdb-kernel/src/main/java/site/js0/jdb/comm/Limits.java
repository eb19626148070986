package site.js0.jdb.comm;

/** Bounds that callers meet; each is enforced with an error that names it. */
public final class Limits {
    /** A key has 1 to this many bytes. */
    public static final int KEY_BYTES_MAX = 1024;

    /** A value has 0 to this many bytes. */
    public static final int VALUE_BYTES_MAX = 64 << 20;

    /**
     * A value of at most this many bytes can live in a tree page; larger ones go to the value log.
     */
    public static final int INLINE_VALUE_BYTES_MAX = 1024;

    /** Names of databases and tables have 1 to this many bytes. */
    public static final int NAME_BYTES_MAX = 255;

    private Limits() {}
}
