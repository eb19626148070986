package site.js0.jdb.cli.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Lines of a byte stream without their LF or CRLF. One thread; memory bounded by the longest line
 * allowed.
 */
final class Lines implements Closeable {
    private final InputStream in;
    private final int lineBytesMax;
    private final byte[] block = new byte[64 << 10];
    private int blockAt;
    private int blockEnd;
    private byte[] line = new byte[1024];
    private int length;
    private long number;

    Lines(InputStream in, int lineBytesMax) {
        this.in = in;
        this.lineBytesMax = lineBytesMax;
    }

    /** Goes to the next line; false at the end. */
    boolean next() throws IOException {
        length = 0;
        number++;
        boolean any = false;
        while (true) {
            if (blockAt == blockEnd) {
                blockEnd = in.read(block, 0, block.length);
                blockAt = 0;
                if (blockEnd <= 0) {
                    blockEnd = 0;
                    return any;
                }
            }
            any = true;
            int from = blockAt;
            while (blockAt < blockEnd && block[blockAt] != '\n') {
                blockAt++;
            }
            append(from, blockAt - from);
            if (blockAt < blockEnd) {
                blockAt++;
                if (length > 0 && line[length - 1] == '\r') {
                    length--;
                }
                return true;
            }
        }
    }

    private void append(int from, int count) throws IOException {
        if (length + (long) count > lineBytesMax) {
            throw new BadFile(
                    "line "
                            + number
                            + ": expected at most "
                            + lineBytesMax
                            + " bytes in a line, got more");
        }
        if (length + count > line.length) {
            line =
                    Arrays.copyOf(
                            line,
                            (int)
                                    Math.min(
                                            lineBytesMax,
                                            Math.max(length + count, line.length * 2L)));
        }
        System.arraycopy(block, from, line, length, count);
        length += count;
    }

    /** The line; a copy. */
    byte[] bytes() {
        return Arrays.copyOf(line, length);
    }

    /** True when there is nothing on it but spaces and tabs. */
    boolean isBlank() {
        for (int i = 0; i < length; i++) {
            if (line[i] != ' ' && line[i] != '\t') {
                return false;
            }
        }
        return true;
    }

    /** Its number, from 1. */
    long number() {
        return number;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
