package site.js0.jdb.cli.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import site.js0.jdb.cli.text.ByteText;
import tools.jackson.core.JsonGenerator;

/**
 * Writes {@code {"key":...,"value":...}} a line, in the notation that {@link NdjsonRows} reads
 * back.
 */
public final class NdjsonWriter implements RowWriter {
    private final OutputStream out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    public NdjsonWriter(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(byte[] key, byte[] value) throws IOException {
        line.reset(); // not straight to out: the generator would hide its IOException
        try (JsonGenerator json = Json.generator(line)) {
            json.writeStartObject();
            json.writeStringProperty("key", ByteText.encodeForJson(key));
            json.writeStringProperty("value", ByteText.encodeForJson(value));
            json.writeEndObject();
        }
        line.write('\n');
        line.writeTo(out);
    }

    @Override
    public void finish() throws IOException {
        out.flush();
    }
}
