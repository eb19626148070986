/**
 * Files of rows that {@code jetdb import} reads and {@code jetdb export} writes: CSV, NDJSON and
 * the raw dump.
 *
 * <p>Streaming: one row is in memory at a time, and a row has a size limit. Knows nothing of
 * databases. Start at {@code RowReader}.
 */
@NullMarked
package site.js0.jdb.cli.data;

import org.jspecify.annotations.NullMarked;
