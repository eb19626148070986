package site.js0.jdb.testkit;

import java.util.Arrays;

/**
 * The bytes of a file, sparse: an array of blocks, of which those never written are missing and
 * read as zeros.
 */
final class BlockImage {
    static final int BLOCK_BYTES = 4096;

    /** Reserved, but all zero: shared until it is written. */
    private static final byte[] RESERVED = new byte[BLOCK_BYTES];

    private byte[][] blocks = new byte[0][];
    private long size;
    private int allocated;

    long size() {
        return size;
    }

    /** Blocks that take up room on the disk. */
    int allocatedBlocks() {
        return allocated;
    }

    /** How many more blocks a write or reservation of this range would take. */
    int missingBlocks(long offset, long length) {
        int missing = 0;
        for (int i = blockOf(offset); length > 0 && i <= blockOf(offset + length - 1); i++) {
            if (i >= blocks.length || blocks[i] == null) {
                missing++;
            }
        }
        return missing;
    }

    /** Copies what is there to {@code target}; fewer bytes than asked for where the file ends. */
    int read(long offset, byte[] target) {
        int length = Math.clamp(size - offset, 0, target.length);
        for (int done = 0; done < length; ) {
            int within = (int) ((offset + done) % BLOCK_BYTES);
            int n = Math.min(length - done, BLOCK_BYTES - within);
            int i = blockOf(offset + done);
            if (i < blocks.length && blocks[i] != null) {
                System.arraycopy(blocks[i], within, target, done, n);
            } else {
                Arrays.fill(target, done, done + n, (byte) 0);
            }
            done += n;
        }
        return length;
    }

    /** Writes {@code source[from, to)} so that {@code source[0]} would lie at {@code offset}. */
    void write(long offset, byte[] source, int from, int to) {
        for (int done = from; done < to; ) {
            int within = (int) ((offset + done) % BLOCK_BYTES);
            int n = Math.min(to - done, BLOCK_BYTES - within);
            System.arraycopy(source, done, writable(blockOf(offset + done)), within, n);
            done += n;
        }
        if (to > from) {
            size = Math.max(size, offset + to);
        }
    }

    /** Cuts, or extends with a hole. */
    void resize(long bytes) {
        if (bytes < size) {
            int keep = blockOf(bytes + BLOCK_BYTES - 1);
            for (int i = keep; i < blocks.length; i++) {
                if (blocks[i] != null) {
                    blocks[i] = null;
                    allocated--;
                }
            }
            int within = (int) (bytes % BLOCK_BYTES);
            int last = blockOf(bytes);
            if (within > 0 && last < blocks.length && blocks[last] != null) {
                Arrays.fill(writable(last), within, BLOCK_BYTES, (byte) 0);
            }
        }
        size = bytes;
    }

    /** Takes up the room for a range without changing a byte or the size. */
    void reserve(long offset, long length) {
        for (int i = blockOf(offset); length > 0 && i <= blockOf(offset + length - 1); i++) {
            grow(i);
            if (blocks[i] == null) {
                blocks[i] = RESERVED;
                allocated++;
            }
        }
    }

    BlockImage copy() {
        BlockImage copy = new BlockImage();
        copy.blocks = new byte[blocks.length][];
        for (int i = 0; i < blocks.length; i++) {
            copy.blocks[i] =
                    blocks[i] == null || blocks[i] == RESERVED ? blocks[i] : blocks[i].clone();
        }
        copy.size = size;
        copy.allocated = allocated;
        return copy;
    }

    private byte[] writable(int i) {
        grow(i);
        if (blocks[i] == null) {
            allocated++;
        }
        if (blocks[i] == null || blocks[i] == RESERVED) {
            blocks[i] = new byte[BLOCK_BYTES];
        }
        return blocks[i];
    }

    private void grow(int i) {
        if (i >= blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(i + 1, blocks.length * 2));
        }
    }

    private static int blockOf(long offset) {
        return Math.toIntExact(offset / BLOCK_BYTES);
    }
}
