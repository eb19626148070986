package site.js0.jdb.cli.data;

/** One row of an input file cannot be used; the reader stands behind it and can go on. */
public final class BadRow extends Exception {
    private final long line;

    /**
     * @param line where the row begins, from 1; for a dump the record's number
     */
    public BadRow(long line, String reason) {
        super(reason, null, false, false); // bad rows may come by the million: no stack traces
        this.line = line;
    }

    /** Where the row begins, from 1. */
    public long line() {
        return line;
    }

    /** What was expected and what came. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
