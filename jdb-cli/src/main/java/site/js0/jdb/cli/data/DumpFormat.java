package site.js0.jdb.cli.data;

/**
 * The raw dump: a table's rows in a file, for any bytes. Little-endian throughout; see
 * docs/format/dump.md.
 *
 * <pre>
 *  header, 16 bytes
 *  offset size field      rule
 *       0    8 magic      "JDBDUMP" and a zero byte
 *       8    4 format     1
 *      12    4 crc32c     over [0, 12)
 *
 *  record, any number of times
 *       0    4 keyBytes   1 to 1024
 *       4    4 valueBytes 0 to 64 MiB
 *       8    k key
 *     8+k    v value
 *   8+k+v    4 crc32c     over [0, 8+k+v)
 *
 *  end, 16 bytes
 *       0    4 zero       where a record has keyBytes
 *       4    8 rows       how many records there were
 *      12    4 crc32c     over [0, 12)
 * </pre>
 */
final class DumpFormat {
    /** "JDBDUMP\0", read as a little-endian number. */
    static final long MAGIC = 0x00504D554442444AL;

    static final int FORMAT = 1;
    static final int HEADER_BYTES = 16;
    static final int RECORD_HEAD_BYTES = 8;
    static final int CRC_BYTES = 4;
    static final int END_BYTES = 16;
    static final int KEY_BYTES_MAX = 1024;
    static final int VALUE_BYTES_MAX = 64 << 20;

    private DumpFormat() {}
}
