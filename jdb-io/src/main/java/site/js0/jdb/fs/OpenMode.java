package site.js0.jdb.fs;

/**
 * How a file is opened. Created files get mode 0600; a symbolic link in the last place is refused
 * by all of them.
 */
public enum OpenMode {
    /** For reading, direct; must exist. */
    READ,
    /** For reading and writing, direct; must exist. */
    READ_WRITE,
    /** Made anew for reading and writing, direct; must not exist. */
    CREATE,
    /** For reading and writing, direct; created when missing. */
    OPEN_OR_CREATE,
    /**
     * As {@link #OPEN_OR_CREATE}, and every write is durable on completion (O_DIRECT and O_DSYNC).
     */
    WAL,
    /** For reading through the page cache; must exist. For files that a {@link LogTail} wrote. */
    READ_BUFFERED
}
