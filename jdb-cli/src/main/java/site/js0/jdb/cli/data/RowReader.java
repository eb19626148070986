package site.js0.jdb.cli.data;

import java.io.Closeable;
import java.io.IOException;

/** Rows of a file as keys and values, one after the other. One thread. */
public interface RowReader extends Closeable {
    /**
     * A row is refused above this: bounded memory, and an error instead of a file that is one
     * endless "row".
     */
    int ROW_BYTES_MAX = 128 << 20;

    /**
     * Goes to the next row; false at the end.
     *
     * @throws BadRow this row is of no use; the next call goes on with the one after it
     * @throws IOException nothing more can be read
     */
    boolean next() throws IOException, BadRow;

    /** The row's key. */
    byte[] key();

    /** The row's value. */
    byte[] value();

    /** Line where the current row begins, from 1; for a dump the record's number. */
    long line();
}
