package site.js0.jdb.cli.data;

import java.io.IOException;

/** Writes keys and values as rows of a file. One thread. */
public interface RowWriter {
    /**
     * Writes one row.
     *
     * @throws BadRow the value does not fit the form; nothing of the row was written
     */
    void write(byte[] key, byte[] value) throws IOException, BadRow;

    /**
     * Writes what belongs at the end and flushes; leaves the stream open. Not called for a file
     * that failed.
     */
    void finish() throws IOException;
}
