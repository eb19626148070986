package site.js0.jdb.cli.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.cli.text.ByteText;
import site.js0.jdb.cli.text.TextException;
import site.js0.jdb.cli.text.TupleKey;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A file of one JSON object a line as keys and values; empty lines are passed over.
 *
 * <p>With key fields: the key is made of those ({@link TupleKey}; numbers and booleans as they are
 * written), the value is one field, or the line as it stands. Without: each object has the fields
 * {@code key} and {@code value}, strings in the notation of {@link ByteText}, as {@code jetdb
 * export} writes them. Key fields are those of the object itself, not of objects inside it.
 */
public final class NdjsonRows implements RowReader {
    private static final byte[] NONE = new byte[0];

    private final Lines lines;
    private final List<String> keyFields;
    private final @Nullable String valueField;
    private final boolean notation;
    private byte[] key = NONE;
    private byte[] value = NONE;

    /**
     * @param valueField the field that is the value; null for the line
     */
    public NdjsonRows(InputStream in, List<String> keyFields, @Nullable String valueField) {
        this.lines = new Lines(in, ROW_BYTES_MAX);
        this.notation = keyFields.isEmpty();
        this.keyFields = notation ? List.of("key") : List.copyOf(keyFields);
        this.valueField = notation ? "value" : valueField;
    }

    @Override
    public boolean next() throws IOException, BadRow {
        do {
            if (!lines.next()) {
                return false;
            }
        } while (lines.isBlank());
        byte[] line = lines.bytes();
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = Json.parser(line)) {
            read(parser, fields);
        } catch (JacksonException e) {
            throw new BadRow(lines.number(), "expected JSON: " + e.getOriginalMessage() + at(e));
        }
        List<byte[]> columns = new ArrayList<>(keyFields.size());
        for (String field : keyFields) {
            columns.add(bytes(fields, field));
        }
        key = TupleKey.encode(columns);
        value = valueField == null ? line : bytes(fields, valueField);
        return true;
    }

    private static String at(JacksonException e) {
        return e.getLocation() == null ? "" : " (column " + e.getLocation().getColumnNr() + ")";
    }

    /** Reads the one object of a line, and keeps the fields that matter as text. */
    private void read(JsonParser parser, Map<String, String> fields) throws BadRow {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new BadRow(lines.number(), "expected a JSON object { }, got something else");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            boolean isKey = keyFields.contains(name);
            if (isKey || name.equals(valueField)) {
                fields.put(name, scalarOrJson(parser, token, name, isKey || notation));
            } else {
                parser.skipChildren();
            }
        }
        if (parser.nextToken() != null) {
            throw new BadRow(
                    lines.number(), "expected one JSON object on a line, got more behind it");
        }
    }

    private String scalarOrJson(JsonParser parser, JsonToken token, String name, boolean scalarOnly)
            throws BadRow {
        if (token == JsonToken.VALUE_STRING) {
            return parser.getString();
        }
        boolean scalar = token.isNumeric() || token.isBoolean();
        if (notation || scalarOnly && !scalar) {
            throw new BadRow(
                    lines.number(),
                    "field "
                            + name
                            + ": expected a string"
                            + (notation ? "" : ", number or boolean")
                            + ", got "
                            + name(token));
        }
        if (scalar) {
            return parser.getString();
        }
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator out = Json.generator(json)) {
            out.copyCurrentStructure(parser);
        }
        return json.toString(StandardCharsets.UTF_8);
    }

    private static String name(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_NULL -> "null";
            default -> token.name();
        };
    }

    private byte[] bytes(Map<String, String> fields, String field) throws BadRow {
        String text = fields.get(field);
        if (text == null) {
            throw new BadRow(lines.number(), "expected a field " + field + ", and there is none");
        }
        if (!notation) {
            return utf8(text, field);
        }
        try {
            return ByteText.decode(text);
        } catch (TextException e) {
            throw new BadRow(lines.number(), "field " + field + ": " + e.getMessage());
        }
    }

    /** JSON can write half of a surrogate pair, which is no text and has no bytes. */
    private byte[] utf8(String text, String field) throws BadRow {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1))) {
                    i++;
                } else {
                    throw new BadRow(
                            lines.number(),
                            "field " + field + ": half of a character pair at " + i);
                }
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
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
        return lines.number();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
