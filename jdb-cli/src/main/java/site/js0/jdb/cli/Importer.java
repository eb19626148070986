package site.js0.jdb.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import site.js0.jdb.api.Batch;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Table;
import site.js0.jdb.cli.data.BadRow;
import site.js0.jdb.cli.data.RowReader;

/**
 * Writes the rows of a file into a table, batch by batch: each batch is there as a whole or not at
 * all.
 */
final class Importer {
    /** A batch is written before it grows beyond this, however few rows it has. */
    private static final long BATCH_BYTES_MAX = 4 << 20;

    private static final int KEY_BYTES_MAX = 1024;
    private static final int VALUE_BYTES_MAX = 64 << 20;
    private static final int BAD_ROWS_NAMED = 20;

    private final Jdb jdb;
    private final Table table;
    private final int batchRows;
    private final boolean skipBad;
    private final LongConsumer progress;
    private final Batch batch = new Batch();
    private long batchBytes;
    private long rows;
    private long bytes;
    private long bad;
    private final List<BadRow> firstBad = new ArrayList<>();

    /**
     * @param progress told the number of rows written so far, after each batch
     */
    Importer(Jdb jdb, Table table, int batchRows, boolean skipBad, LongConsumer progress) {
        this.jdb = jdb;
        this.table = table;
        this.batchRows = batchRows;
        this.skipBad = skipBad;
        this.progress = progress;
    }

    /**
     * Reads all of {@code reader}; on return everything is durable.
     *
     * @throws CliException for a bad row, unless they are skipped; the good rows before it have
     *     been written then
     * @throws IOException when the file cannot be read on; likewise
     */
    void run(RowReader reader, String file) throws IOException {
        try {
            while (true) {
                try {
                    if (!reader.next()) {
                        break;
                    }
                    check(reader);
                } catch (BadRow e) {
                    meet(e, file);
                    continue;
                }
                add(reader.key(), reader.value());
            }
        } finally {
            writeBatch();
            jdb.flush();
        }
    }

    private static void check(RowReader row) throws BadRow {
        int key = row.key().length;
        if (key == 0 || key > KEY_BYTES_MAX) {
            throw new BadRow(row.line(), "expected a key of 1 to 1024 bytes, got " + key);
        }
        if (row.value().length > VALUE_BYTES_MAX) {
            throw new BadRow(
                    row.line(),
                    "expected a value of at most 64 MiB, got " + row.value().length + " bytes");
        }
    }

    private void meet(BadRow row, String file) {
        if (!skipBad) {
            throw CliException.userFile(
                    file + ", line " + row.line() + ": " + row.reason(),
                    "What is before it is imported, "
                            + rows(rows + batch.size())
                            + ". Mend the line and run it again (the"
                            + " same keys are only overwritten), or add --skip-bad.");
        }
        bad++;
        if (firstBad.size() < BAD_ROWS_NAMED) {
            firstBad.add(row);
        }
    }

    private void add(byte[] key, byte[] value) {
        batch.put(table, key, value);
        batchBytes += key.length + value.length;
        bytes += key.length + value.length;
        if (batch.size() >= batchRows || batchBytes >= BATCH_BYTES_MAX) {
            writeBatch();
        }
    }

    private void writeBatch() {
        if (batch.size() > 0) {
            jdb.write(batch);
            rows += batch.size();
            batch.clear();
            batchBytes = 0;
            progress.accept(rows);
        }
    }

    /** {@code count} rows, in words. */
    static String rows(long count) {
        return count == 1 ? "1 row" : String.format(Locale.ROOT, "%,d rows", count);
    }

    /** Rows written. */
    long rows() {
        return rows;
    }

    /** Bytes of their keys and values. */
    long bytes() {
        return bytes;
    }

    /** Bad rows passed over. */
    long bad() {
        return bad;
    }

    /** The first of them. */
    List<BadRow> firstBad() {
        return firstBad;
    }
}
