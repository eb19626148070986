package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import site.js0.jdb.cli.data.Json;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Checks printed JSON with a parser. */
final class JsonText {
    private JsonText() {}

    /** {@code text} is one JSON object whose first fields are {@code fields}, in order. */
    static void assertObject(String text, String... fields) {
        assertThat(names(text)).as(text).startsWith(fields);
    }

    /** The names of the fields of the one object that {@code text} is. */
    static List<String> names(String text) {
        List<String> names = new ArrayList<>();
        try (JsonParser parser = Json.parser(text.strip().getBytes(StandardCharsets.UTF_8))) {
            assertThat(parser.nextToken()).as(text).isEqualTo(JsonToken.START_OBJECT);
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                names.add(parser.currentName());
                parser.nextToken();
                parser.skipChildren();
            }
            assertThat(parser.currentToken()).isEqualTo(JsonToken.END_OBJECT);
            assertThat(parser.nextToken()).as("behind the object").isNull();
        }
        return names;
    }

    /** The text of a top-level field. */
    static String field(String text, String name) {
        try (JsonParser parser = Json.parser(text.strip().getBytes(StandardCharsets.UTF_8))) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String found = parser.currentName();
                parser.nextToken();
                if (found.equals(name)) {
                    return parser.getString();
                }
                parser.skipChildren();
            }
        }
        throw new AssertionError("no field " + name + " in " + text);
    }
}
