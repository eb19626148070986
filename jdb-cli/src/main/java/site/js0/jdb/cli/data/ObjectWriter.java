package site.js0.jdb.cli.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Writes values that are JSON objects as the rows they came from: lines of NDJSON, or CSV with a
 * column for each field. Keys are not written: with {@code --key} they were made from the row.
 */
public final class ObjectWriter implements RowWriter {
    private static final byte[] NONE = new byte[0];

    private final OutputStream out;
    private final boolean asCsv;
    private final CsvWriter csv;
    private final boolean columnsGiven;
    private List<String> columns;
    private boolean headerWritten;
    private long row;

    private ObjectWriter(OutputStream out, boolean asCsv, char delimiter, List<String> columns) {
        this.out = out;
        this.asCsv = asCsv;
        this.csv = new CsvWriter(out, delimiter);
        this.columns = columns;
        this.columnsGiven = !columns.isEmpty();
    }

    /** One object a line. */
    public static ObjectWriter ndjson(OutputStream out) {
        return new ObjectWriter(out, false, ',', List.of());
    }

    /**
     * @param columns the fields to write, in order; empty: those of the first row, and no other may
     *     come later
     */
    public static ObjectWriter csv(OutputStream out, char delimiter, List<String> columns) {
        return new ObjectWriter(out, true, delimiter, columns);
    }

    @Override
    public void write(byte[] key, byte[] value) throws IOException, BadRow {
        row++;
        ByteArrayOutputStream oneLine = new ByteArrayOutputStream(value.length);
        Map<String, byte[]> cells = read(value, oneLine);
        if (!asCsv) {
            out.write(oneLine.toByteArray());
            out.write('\n');
            return;
        }
        if (!headerWritten) {
            writeHeader(cells);
        }
        List<byte[]> line = new ArrayList<>(columns.size());
        int used = 0;
        for (String column : columns) {
            byte[] cell = cells.get(column);
            line.add(cell == null ? NONE : cell);
            used += cell == null ? 0 : 1;
        }
        if (!columnsGiven && used < cells.size()) {
            throw new BadRow(
                    row,
                    "expected the fields of the first row, "
                            + columns
                            + ", got "
                            + cells.keySet()
                            + "; name the columns with --columns");
        }
        csv.write(line);
    }

    private void writeHeader(Map<String, byte[]> cells) throws IOException {
        if (!columnsGiven) {
            columns = List.copyOf(cells.keySet());
        }
        List<byte[]> names = new ArrayList<>();
        for (String column : columns) {
            names.add(column.getBytes(StandardCharsets.UTF_8));
        }
        csv.write(names);
        headerWritten = true;
    }

    /**
     * The fields of an object as cells: strings as their text, the rest as JSON; and the object on
     * one line.
     */
    private Map<String, byte[]> read(byte[] value, OutputStream oneLine) throws BadRow {
        Map<String, byte[]> cells = new LinkedHashMap<>();
        try (JsonParser parser = Json.parser(value);
                JsonGenerator line = Json.generator(oneLine)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw notAnObject("something else");
            }
            line.writeStartObject();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                line.writeName(name);
                JsonToken token = parser.nextToken();
                if (token == JsonToken.VALUE_STRING) {
                    String text = parser.getString();
                    line.writeString(text);
                    cells.put(name, text.getBytes(StandardCharsets.UTF_8));
                } else {
                    byte[] json = json(parser, token);
                    line.writeRawValue(new String(json, StandardCharsets.UTF_8));
                    cells.put(name, json);
                }
            }
            line.writeEndObject();
            if (parser.nextToken() != null) {
                throw notAnObject("more behind it");
            }
        } catch (JacksonException e) {
            throw notAnObject(e.getOriginalMessage());
        }
        return cells;
    }

    /** Numbers keep their digits. */
    private static byte[] json(JsonParser parser, JsonToken token) {
        if (token.isNumeric()) {
            return parser.getString().getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator out = Json.generator(json)) {
            out.copyCurrentStructureExact(parser);
        }
        return json.toByteArray();
    }

    private BadRow notAnObject(String found) {
        return new BadRow(
                row,
                "expected a value that is a JSON object, got "
                        + found
                        + "; leave --rows out to export any bytes");
    }

    @Override
    public void finish() throws IOException {
        if (asCsv && !headerWritten && columnsGiven) {
            writeHeader(Map.of());
        }
        out.flush();
    }
}
