package site.js0.jdb.cli.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.cli.text.ByteText;
import site.js0.jdb.cli.text.TextException;
import site.js0.jdb.cli.text.TupleKey;
import tools.jackson.core.JsonGenerator;

/**
 * A CSV file with a header line as keys and values.
 *
 * <p>With key columns: the key is made of those ({@link TupleKey}), the value is one column's cell,
 * or the whole row as a JSON object. Cells that are JSON numbers become numbers with the very same
 * digits, the rest strings. Without key columns: the file has the columns {@code key} and {@code
 * value} in the notation of {@link ByteText}, as {@code jetdb export} writes them.
 */
public final class CsvRows implements RowReader {
    private static final byte[] NONE = new byte[0];

    private final CsvReader csv;
    private final List<String> header;
    private final int[] keyColumns;
    private final int valueColumn; // -1: the whole row
    private final boolean notation;
    private final boolean strings;
    private final ByteArrayOutputStream json = new ByteArrayOutputStream();
    private byte[] key = NONE;
    private byte[] value = NONE;

    /**
     * Reads the header.
     *
     * @param keyColumns names of the key columns; empty for a file of the columns key and value
     * @param valueColumn the column that is the value; null for the whole row
     * @param strings numbers stay strings
     * @throws BadFile when there is no header, or it lacks a column
     */
    public CsvRows(
            InputStream in,
            char delimiter,
            List<String> keyColumns,
            @Nullable String valueColumn,
            boolean strings)
            throws IOException {
        this.csv = new CsvReader(in, delimiter);
        this.header = readHeader();
        this.strings = strings;
        this.notation = keyColumns.isEmpty();
        if (notation) {
            if (!header.contains("key") || !header.contains("value")) {
                throw new BadFile(
                        "expected the name of the key column, or a file with the columns key and value; got"
                                + " the columns "
                                + header
                                + "; name one or more with --key");
            }
            this.keyColumns = new int[] {header.indexOf("key")};
            this.valueColumn = header.indexOf("value");
        } else {
            this.keyColumns = keyColumns.stream().mapToInt(this::column).toArray();
            this.valueColumn = valueColumn == null ? -1 : column(valueColumn);
        }
    }

    private List<String> readHeader() throws IOException {
        try {
            if (!csv.next()) {
                throw new BadFile(
                        "expected a header line that names the columns, got an empty file");
            }
        } catch (BadRow e) {
            throw new BadFile("the header line: " + e.reason());
        }
        List<String> names = new ArrayList<>();
        for (byte[] cell : csv.cells()) {
            names.add(text(cell, "the header line"));
        }
        Set<String> distinct = new LinkedHashSet<>(names);
        if (distinct.size() != names.size()) {
            throw new BadFile("expected each column of the header once, got " + names);
        }
        return names;
    }

    private static String text(byte[] cell, String where) throws BadFile {
        try {
            return ByteText.strictText(cell);
        } catch (CharacterCodingException e) {
            throw new BadFile(where + ": expected UTF-8, got other bytes");
        }
    }

    private int column(String name) {
        int at = header.indexOf(name);
        if (at < 0) {
            throw new IllegalArgumentException(
                    "no column " + name + "; the file has " + String.join(", ", header));
        }
        return at;
    }

    @Override
    public boolean next() throws IOException, BadRow {
        if (!csv.next()) {
            return false;
        }
        if (csv.cellCount() != header.size()) {
            throw new BadRow(
                    csv.line(),
                    "expected "
                            + header.size()
                            + " cells as in the header, got "
                            + csv.cellCount());
        }
        if (notation) {
            key = decode(keyColumns[0]);
            value = decode(valueColumn);
            return true;
        }
        List<byte[]> columns = new ArrayList<>(keyColumns.length);
        for (int column : keyColumns) {
            columns.add(csv.cell(column));
        }
        key = TupleKey.encode(columns);
        value = valueColumn < 0 ? rowAsJson() : csv.cell(valueColumn);
        return true;
    }

    private byte[] decode(int column) throws BadRow {
        try {
            return ByteText.decode(ByteText.strictText(csv.cell(column)));
        } catch (TextException e) {
            throw new BadRow(csv.line(), "column " + header.get(column) + ": " + e.getMessage());
        } catch (CharacterCodingException e) {
            throw notUtf8(column);
        }
    }

    private byte[] rowAsJson() throws BadRow {
        json.reset();
        try (JsonGenerator out = Json.generator(json)) {
            out.writeStartObject();
            for (int i = 0; i < header.size(); i++) {
                String text = ByteText.strictText(csv.cell(i));
                out.writeName(header.get(i));
                if (!strings && Json.isNumber(text)) {
                    out.writeNumber(text);
                } else {
                    out.writeString(text);
                }
            }
            out.writeEndObject();
        } catch (CharacterCodingException e) {
            throw notUtf8(-1);
        }
        return json.toByteArray();
    }

    private BadRow notUtf8(int column) {
        return new BadRow(
                csv.line(),
                (column < 0 ? "" : "column " + header.get(column) + ": ")
                        + "expected UTF-8, got other bytes; import such a column with --value, or convert the file");
    }

    @Override
    public byte[] key() {
        return key;
    }

    @Override
    public byte[] value() {
        return value;
    }

    @Override
    public long line() {
        return csv.line();
    }

    @Override
    public void close() throws IOException {
        csv.close();
    }
}
