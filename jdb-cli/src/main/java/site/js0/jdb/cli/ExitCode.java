package site.js0.jdb.cli;

/**
 * How {@code jetdb} ends; documented in its help and in the README: append values, never renumber.
 */
final class ExitCode {
    static final int OK = 0;

    /** What was asked for is not there: a key, a table, a database. */
    static final int NOT_FOUND = 1;

    /** The command line says something we cannot follow. */
    static final int USAGE = 2;

    /** The database cannot be opened, read or written. */
    static final int DATABASE = 3;

    /**
     * The user's own files: cannot be read or written, or their content is not what it should be.
     */
    static final int USER_FILE = 4;

    /** A benchmark or the demo read something other than what it wrote. */
    static final int WRONG_ANSWERS = 5;

    /** A defect of jetdb. */
    static final int INTERNAL = 70;

    /** Ctrl-C. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}
}
