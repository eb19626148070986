package site.js0.jdb.api;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * A cursor over the rows of a {@link ScanRange}, in order over all VNodes, of the state at its
 * opening. One thread at a time. Close it: it keeps old versions alive.
 *
 * <p>After {@code close}, or after the database closed, every method but {@code close} throws
 * Shutdown.
 */
public interface Scan extends AutoCloseable {
    /** Goes to the next row; false at the end. */
    boolean next();

    /** The row's key; a copy. */
    byte[] key();

    /** The row's value; a copy; empty for a scan of keys only. */
    byte[] value();

    /** Copies the key to {@code target[offset..]} as far as it fits; returns its full length. */
    int key(byte[] target, int offset);

    /** Copies the value to {@code target[offset..]} as far as it fits; returns its full length. */
    int value(byte[] target, int offset);

    /** A row: what {@link #nextRows} gives. */
    record Row(byte[] key, byte[] value) {}

    /**
     * The next rows, at most {@code max}, asynchronously; an empty list at the end. Not while
     * another is outstanding.
     */
    CompletionStage<List<Row>> nextRows(int max);

    /** Idempotent. */
    @Override
    void close();
}
