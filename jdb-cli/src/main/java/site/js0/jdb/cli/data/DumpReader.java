package site.js0.jdb.cli.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Reads a {@link DumpFormat raw dump}; believes nothing before its checksum is right. */
public final class DumpReader implements RowReader {
    private static final byte[] NONE = new byte[0];
    private static final int CHUNK_BYTES = 1 << 20;

    private final InputStream in;
    private final byte[] head = new byte[DumpFormat.END_BYTES];
    private final ByteBuffer numbers = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private byte[] key = NONE;
    private byte[] value = NONE;
    private long rows;
    private long offset;
    private boolean ended;

    /**
     * Reads the header.
     *
     * @throws BadFile when it is none
     */
    public DumpReader(InputStream in) throws IOException {
        this.in = in;
        if (in.readNBytes(head, 0, DumpFormat.HEADER_BYTES) < DumpFormat.HEADER_BYTES
                || numbers.getLong(0) != DumpFormat.MAGIC) {
            throw new BadFile(
                    "expected a raw dump, which begins with JDBDUMP; name another format with --format");
        }
        offset = DumpFormat.HEADER_BYTES;
        check(0, 12, numbers.getInt(12), "the header");
        int format = numbers.getInt(8);
        if (format != DumpFormat.FORMAT) {
            throw new BadFile(
                    "the dump has format "
                            + format
                            + ", this program reads "
                            + DumpFormat.FORMAT
                            + "; use a newer one");
        }
    }

    @Override
    public boolean next() throws IOException {
        if (ended) {
            return false;
        }
        long start = offset;
        readHead(0, DumpFormat.RECORD_HEAD_BYTES);
        int keyBytes = numbers.getInt(0);
        int valueBytes = numbers.getInt(4);
        if (keyBytes == 0) {
            readEnd(start);
            return false;
        }
        if (keyBytes < 0 || keyBytes > DumpFormat.KEY_BYTES_MAX) {
            throw damaged(
                    start,
                    "expected a key of 1 to 1024 bytes, got " + Integer.toUnsignedString(keyBytes));
        }
        if (valueBytes < 0 || valueBytes > DumpFormat.VALUE_BYTES_MAX) {
            throw damaged(
                    start,
                    "expected a value of at most 64 MiB, got "
                            + Integer.toUnsignedString(valueBytes));
        }
        crc.reset();
        crc.update(head, 0, DumpFormat.RECORD_HEAD_BYTES);
        key = readBytes(keyBytes);
        value = readBytes(valueBytes);
        crc.update(key);
        crc.update(value);
        int sum = (int) crc.getValue();
        readHead(0, DumpFormat.CRC_BYTES);
        if (numbers.getInt(0) != sum) {
            throw damaged(start, "the checksum does not fit the bytes");
        }
        rows++;
        return true;
    }

    private void readEnd(long start) throws IOException {
        readHead(DumpFormat.RECORD_HEAD_BYTES, DumpFormat.END_BYTES - DumpFormat.RECORD_HEAD_BYTES);
        check(start, 12, numbers.getInt(12), "the end");
        if (numbers.getLong(4) != rows) {
            throw damaged(start, "expected " + numbers.getLong(4) + " records, got " + rows);
        }
        if (in.read() >= 0) {
            throw damaged(offset, "expected nothing behind the end, got more");
        }
        ended = true;
    }

    private void check(long start, int length, int expected, String what) throws BadFile {
        crc.reset();
        crc.update(head, 0, length);
        if ((int) crc.getValue() != expected) {
            throw damaged(start, "the checksum of " + what + " does not fit");
        }
    }

    private void readHead(int at, int count) throws IOException {
        if (in.readNBytes(head, at, count) < count) {
            throw cutOff();
        }
        offset += count;
    }

    /** In steps, so that a length that lies costs no more memory than there is input. */
    private byte[] readBytes(int count) throws IOException {
        byte[] bytes = count <= CHUNK_BYTES ? new byte[count] : in.readNBytes(count);
        if (count <= CHUNK_BYTES && in.readNBytes(bytes, 0, count) < count
                || bytes.length < count) {
            throw cutOff();
        }
        offset += count;
        return bytes;
    }

    private BadFile cutOff() {
        return new BadFile(
                "the dump is cut off behind "
                        + rows
                        + " whole records: its end is missing; copy it again");
    }

    private BadFile damaged(long at, String rule) {
        return new BadFile(
                "the dump is damaged at offset "
                        + at
                        + ", behind "
                        + rows
                        + " good records: "
                        + rule);
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
        return rows;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
