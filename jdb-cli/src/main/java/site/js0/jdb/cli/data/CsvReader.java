package site.js0.jdb.cli.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of cells, as RFC 4180 has them, over bytes: cells may hold anything, in quotes also the
 * delimiter, line ends and doubled quotes. Lines end with LF or CRLF; empty lines are passed over;
 * a byte order mark at the start too.
 *
 * <p>Stricter than some: a quote inside an unquoted cell and text behind a closing quote are
 * errors, since what they mean is anyone's guess.
 */
public final class CsvReader implements Closeable {
    private static final int EOF = -1;

    private final InputStream in;
    private final int delimiter;
    private final int rowBytesMax;
    private final byte[] block = new byte[64 << 10];
    private int blockAt;
    private int blockEnd;

    private byte[] row = new byte[1024]; // all cells of the row, one behind the other
    private int rowBytes;
    private int[] cellEnds = new int[16];
    private int cellCount;
    private long line = 1; // of the next byte
    private long rowLine;

    public CsvReader(InputStream in, char delimiter) {
        this(in, delimiter, RowReader.ROW_BYTES_MAX);
    }

    CsvReader(InputStream in, char delimiter, int rowBytesMax) {
        this.in = in;
        this.delimiter = delimiter;
        this.rowBytesMax = rowBytesMax;
    }

    /** Goes to the next row; false at the end. */
    public boolean next() throws IOException, BadRow {
        if (line == 1 && blockEnd == 0) {
            skipByteOrderMark();
        }
        while (true) {
            rowLine = line;
            rowBytes = 0;
            cellCount = 0;
            int b = read();
            if (b == EOF) {
                return false;
            }
            if (isLineEnd(b)) {
                continue;
            }
            readRow(b);
            return true;
        }
    }

    /** Line where the row begins, from 1. */
    public long line() {
        return rowLine;
    }

    /** Cells in the row, at least 1. */
    public int cellCount() {
        return cellCount;
    }

    /** The content of cell {@code i}; a copy. */
    public byte[] cell(int i) {
        return Arrays.copyOfRange(row, i == 0 ? 0 : cellEnds[i - 1], cellEnds[i]);
    }

    /** All cells of the row; copies. */
    public List<byte[]> cells() {
        List<byte[]> cells = new ArrayList<>(cellCount);
        for (int i = 0; i < cellCount; i++) {
            cells.add(cell(i));
        }
        return cells;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void readRow(int first) throws IOException, BadRow {
        int b = first;
        while (true) {
            b = b == '"' ? readQuoted() : readPlain(b);
            endCell();
            if (b == delimiter) {
                b = read();
            } else { // EOF or a line end, already taken
                return;
            }
        }
    }

    /** Reads a cell that begins with {@code b}; answers what ended it: the delimiter, LF or EOF. */
    private int readPlain(int b) throws IOException, BadRow {
        while (b != delimiter && b != EOF) {
            if (isLineEnd(b)) {
                return '\n';
            }
            if (b == '"') {
                throw bad(
                        "a quote inside a cell that does not begin with one; put the cell in quotes and double it");
            }
            append(b);
            b = read();
        }
        return b;
    }

    /** As {@link #readPlain}, behind an opening quote. */
    private int readQuoted() throws IOException, BadRow {
        while (true) {
            int b = read();
            if (b == EOF) {
                throw new BadRow(rowLine, "a quote is opened and never closed");
            }
            if (b != '"') {
                append(b);
                continue;
            }
            b = read();
            if (b == '"') {
                append('"');
            } else if (b == delimiter || b == EOF) {
                return b;
            } else if (isLineEnd(b)) {
                return '\n';
            } else {
                throw bad(
                        "text behind a closing quote; a quote inside a quoted cell is written twice");
            }
        }
    }

    /** True for LF, and for CR with the LF behind it, which is taken then. */
    private boolean isLineEnd(int b) throws IOException {
        if (b == '\n') {
            return true;
        }
        if (b == '\r' && peek() == '\n') {
            read();
            return true;
        }
        return false;
    }

    /** The error, with the reader behind the line where it was seen. */
    private BadRow bad(String reason) throws IOException {
        int b = 0;
        while (b != EOF && b != '\n') {
            b = read();
        }
        return new BadRow(rowLine, reason);
    }

    private void append(int b) throws IOException {
        if (rowBytes == row.length) {
            row = Arrays.copyOf(row, (int) Math.min(rowBytesMax, row.length * 2L));
        }
        if (rowBytes == rowBytesMax) {
            throw new BadFile(
                    "line "
                            + rowLine
                            + ": expected a row of at most "
                            + rowBytesMax
                            + " bytes, got a longer one; is a closing quote missing?");
        }
        row[rowBytes++] = (byte) b;
    }

    private void endCell() {
        if (cellCount == cellEnds.length) {
            cellEnds = Arrays.copyOf(cellEnds, cellCount * 2);
        }
        cellEnds[cellCount++] = rowBytes;
    }

    private void skipByteOrderMark() throws IOException {
        fill();
        if (blockEnd >= 3
                && block[0] == (byte) 0xEF
                && block[1] == (byte) 0xBB
                && block[2] == (byte) 0xBF) {
            blockAt = 3;
        }
    }

    private int peek() throws IOException {
        return blockAt < blockEnd || fill() ? block[blockAt] & 0xFF : EOF;
    }

    private int read() throws IOException {
        if (blockAt == blockEnd && !fill()) {
            return EOF;
        }
        int b = block[blockAt++] & 0xFF;
        if (b == '\n') {
            line++;
        }
        return b;
    }

    /** Reads a block, a full one unless the input ends; false at the end. */
    private boolean fill() throws IOException {
        blockAt = 0;
        blockEnd = in.readNBytes(block, 0, 3);
        if (blockEnd == 3) {
            blockEnd += Math.max(0, in.read(block, 3, block.length - 3));
        }
        return blockEnd > 0;
    }
}
