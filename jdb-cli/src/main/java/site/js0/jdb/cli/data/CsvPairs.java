package site.js0.jdb.cli.data;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import site.js0.jdb.cli.text.ByteText;

/** Writes the columns key and value, in the notation that {@link CsvRows} reads back. */
public final class CsvPairs implements RowWriter {
    private final OutputStream out;
    private final CsvWriter csv;

    /** Writes the header. */
    public CsvPairs(OutputStream out, char delimiter) throws IOException {
        this.out = out;
        this.csv = new CsvWriter(out, delimiter);
        csv.write(
                List.of(
                        "key".getBytes(StandardCharsets.UTF_8),
                        "value".getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void write(byte[] key, byte[] value) throws IOException {
        csv.write(
                List.of(
                        ByteText.encodeForJson(key).getBytes(StandardCharsets.UTF_8),
                        ByteText.encodeForJson(value).getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void finish() throws IOException {
        out.flush();
    }
}
