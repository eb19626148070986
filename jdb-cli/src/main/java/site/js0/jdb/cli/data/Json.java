package site.js0.jdb.cli.data;

import java.io.OutputStream;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Our way of reading and writing JSON: strict, duplicate names refused, as large as a row may be.
 */
public final class Json {
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(RowReader.ROW_BYTES_MAX)
                                    .build())
                    .build();

    /** JSON's grammar of numbers (RFC 8259, section 6). */
    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    /** A parser's own limit; longer digits stay strings. */
    private static final int NUMBER_CHARS_MAX = 300;

    private Json() {}

    /** A parser of {@code bytes}. */
    public static JsonParser parser(byte[] bytes) {
        return FACTORY.createParser(ObjectReadContext.empty(), bytes, 0, bytes.length);
    }

    /** A generator into {@code out}, which it never closes. */
    public static JsonGenerator generator(OutputStream out) {
        return FACTORY.createGenerator(ObjectWriteContext.empty(), out);
    }

    /** True when {@code text} could stand in JSON as a number without a change. */
    static boolean isNumber(String text) {
        return text.length() <= NUMBER_CHARS_MAX && NUMBER.matcher(text).matches();
    }
}
