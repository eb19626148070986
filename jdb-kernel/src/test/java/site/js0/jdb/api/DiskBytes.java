package site.js0.jdb.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Changes of a database's bytes behind its back; offsets as in docs/format. */
final class DiskBytes {
    private static final int BLOCK = 4096;
    private static final int LEAF = 1;
    private static final int INNER = 2;

    private DiskBytes() {}

    /** {@code JDB} or {@code LAYOUT} as a program of another format would have written it. */
    static byte[] identityOfFormat(byte[] file, int format) {
        ByteBuffer block = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
        block.putInt(8, format);
        block.putInt(40, crc(block.array(), 0, 40));
        return block.array();
    }

    /** All copies of {@code super}, likewise. */
    static byte[] superblockOfFormat(byte[] file, int format) {
        ByteBuffer copies = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < file.length; at += BLOCK) {
            copies.putShort(at + 12, (short) format);
            copies.putInt(at, crc(copies.array(), at + 4, BLOCK - 4));
        }
        return copies.array();
    }

    private static int crc(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    /** Flips a bit in every tree page of a {@code pages} file; answers how many there were. */
    static int damageTree(Path pages) throws IOException {
        byte[] file = Files.readAllBytes(pages);
        ByteBuffer view = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int damaged = 0;
        for (int at = BLOCK; at < file.length; at += BLOCK) {
            boolean tree = file[at + 4] == LEAF || file[at + 4] == INNER;
            if (tree && view.getLong(at + 8) == at / BLOCK) {
                file[at + 512] ^= 1;
                damaged++;
            }
        }
        Files.write(pages, file);
        return damaged;
    }
}
