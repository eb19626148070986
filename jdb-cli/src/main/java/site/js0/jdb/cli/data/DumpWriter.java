package site.js0.jdb.cli.data;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Writes a {@link DumpFormat raw dump}. */
public final class DumpWriter implements RowWriter {
    private final OutputStream out;
    private final ByteBuffer scratch = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private long rows;

    /** Writes the header. */
    public DumpWriter(OutputStream out) throws IOException {
        this.out = out;
        scratch.putLong(DumpFormat.MAGIC).putInt(DumpFormat.FORMAT);
        sealScratch();
    }

    @Override
    public void write(byte[] key, byte[] value) throws IOException {
        assert key.length > 0 && key.length <= DumpFormat.KEY_BYTES_MAX;
        scratch.clear().putInt(key.length).putInt(value.length);
        crc.reset();
        crc.update(scratch.array(), 0, DumpFormat.RECORD_HEAD_BYTES);
        crc.update(key);
        crc.update(value);
        out.write(scratch.array(), 0, DumpFormat.RECORD_HEAD_BYTES);
        out.write(key);
        out.write(value);
        scratch.clear().putInt((int) crc.getValue());
        out.write(scratch.array(), 0, DumpFormat.CRC_BYTES);
        rows++;
    }

    @Override
    public void finish() throws IOException {
        scratch.clear().putInt(0).putLong(rows);
        sealScratch();
        out.flush();
    }

    /** Writes the 12 bytes of {@code scratch} and their checksum: header and end. */
    private void sealScratch() throws IOException {
        crc.reset();
        crc.update(scratch.array(), 0, 12);
        scratch.putInt((int) crc.getValue());
        out.write(scratch.array(), 0, 16);
    }
}
