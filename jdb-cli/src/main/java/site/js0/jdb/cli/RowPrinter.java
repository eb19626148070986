package site.js0.jdb.cli;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.cli.data.Json;
import site.js0.jdb.cli.text.ByteText;
import site.js0.jdb.cli.text.ByteText.Format;
import tools.jackson.core.JsonGenerator;

/** Prints keys and values on standard output in the form that was asked for. */
final class RowPrinter {
    private final Output out;
    private final Format format;
    private final boolean json;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    RowPrinter(Output out, Format format, boolean json) {
        this.out = out;
        this.format = format;
        this.json = json;
    }

    /** {@code key TAB value}, or a JSON object; a null value where there is none. */
    void row(byte[] key, byte @Nullable [] value) {
        if (json) {
            object(key, true, value);
            return;
        }
        bytes(key);
        out.write('\t');
        if (value != null) {
            bytes(value);
        }
        out.write('\n');
    }

    /** A key on a line of its own. */
    void key(byte[] key) {
        if (json) {
            object(key, false, null);
            return;
        }
        bytes(key);
        out.write('\n');
    }

    /** A value alone; raw without a line end, so that what is written is what was stored. */
    void value(byte[] value) {
        bytes(value);
        if (format != Format.RAW) {
            out.write('\n');
        }
    }

    private void bytes(byte[] bytes) {
        if (format == Format.RAW) {
            out.write(bytes);
        } else {
            out.print(ByteText.encode(bytes, format));
        }
    }

    private void object(byte[] key, boolean withValue, byte @Nullable [] value) {
        line.reset();
        try (JsonGenerator generator = Json.generator(line)) {
            generator.writeStartObject();
            generator.writeStringProperty("key", ByteText.encodeForJson(key));
            if (withValue && value != null) {
                generator.writeStringProperty("value", ByteText.encodeForJson(value));
            } else if (withValue) {
                generator.writeNullProperty("value");
            }
            generator.writeEndObject();
        }
        line.write('\n');
        out.write(line.toByteArray());
    }
}
