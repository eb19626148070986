package site.js0.jdb.fs;

/** What a file is for; {@link IoMetrics} are kept per role. */
public enum FileRole {
    /** Tree pages. */
    PAGES,
    /** Write-ahead log. */
    LOG,
    /** Value log. */
    VALUES,
    /** Superblocks and identity. */
    META,
    /** Anything else. */
    OTHER
}
