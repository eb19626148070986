package site.js0.jdb.cli.data;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Writes rows of cells as {@link CsvReader} reads them: quotes only where needed, lines end with
 * LF.
 */
public final class CsvWriter {
    private final OutputStream out;
    private final char delimiter;

    public CsvWriter(OutputStream out, char delimiter) {
        this.out = out;
        this.delimiter = delimiter;
    }

    /** Writes a row of at least one cell. */
    public void write(List<byte[]> cells) throws IOException {
        for (int i = 0; i < cells.size(); i++) {
            if (i > 0) {
                out.write(delimiter);
            }
            writeCell(cells.get(i), cells.size() == 1);
        }
        out.write('\n');
    }

    private void writeCell(byte[] cell, boolean alone) throws IOException {
        if (!needsQuotes(cell, alone)) {
            out.write(cell);
            return;
        }
        out.write('"');
        for (byte b : cell) {
            if (b == '"') {
                out.write('"');
            }
            out.write(b);
        }
        out.write('"');
    }

    private boolean needsQuotes(byte[] cell, boolean alone) {
        if (cell.length == 0) {
            return alone; // else the row would be an empty line, which readers pass over
        }
        if (cell.length >= 3
                && cell[0] == (byte) 0xEF
                && cell[1] == (byte) 0xBB
                && cell[2] == (byte) 0xBF) {
            return true; // else it would be a byte order mark when the row is the first
        }
        for (byte b : cell) {
            if (b == delimiter || b == '"' || b == '\n' || b == '\r') {
                return true;
            }
        }
        return false;
    }
}
