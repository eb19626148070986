package site.js0.jdb.fs.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.OpenMode;

/**
 * A file over a {@link FileChannel}.
 *
 * <p>An interrupt closes the channel of a thread that is inside one of its calls. So no caller's
 * thread ever is: the blocking verbs hop to a worker and wait for it without being interruptible.
 */
final class NioFile implements IoFile {
    /**
     * Zeros written at a time by {@link #preallocate}; a multiple of every alignment that is
     * accepted.
     */
    private static final int ZEROS_BYTES = 1 << 20;

    private final Workers workers;
    private final Path path;
    private final OpenMode mode;
    private final FileRole role;
    private final FileChannel channel;
    private final int alignment;
    private final @Nullable Runnable beforeSync;

    /**
     * @param alignment 1 means that the channel is buffered
     * @param beforeSync what a sync has to do before the channel's own, or null
     */
    NioFile(
            Workers workers,
            Path path,
            OpenMode mode,
            FileRole role,
            FileChannel channel,
            int alignment,
            @Nullable Runnable beforeSync) {
        this.workers = workers;
        this.path = path;
        this.mode = mode;
        this.role = role;
        this.channel = channel;
        this.alignment = alignment;
        this.beforeSync = beforeSync;
    }

    /** For workers only. */
    FileChannel channel() {
        return channel;
    }

    /** For workers only: fdatasync, or fsync with {@code metadata}. */
    void force(boolean metadata) throws IOException {
        if (beforeSync != null) {
            beforeSync.run();
        }
        channel.force(metadata);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public OpenMode mode() {
        return mode;
    }

    @Override
    public FileRole role() {
        return role;
    }

    @Override
    public boolean direct() {
        return alignment > 1;
    }

    @Override
    public int alignment() {
        return alignment;
    }

    @Override
    public long size() {
        try {
            return workers.call(channel::size);
        } catch (Exception e) {
            throw NioErrors.of("size", path, 0, 0, e);
        }
    }

    @Override
    public void truncate(long bytes) {
        checkNotNegative("size", bytes);
        try {
            workers.call(() -> {
                resize(bytes);
                return true;
            });
        } catch (Exception e) {
            throw NioErrors.of("truncate", path, 0, bytes, e);
        }
    }

    /**
     * {@link FileChannel#truncate} only cuts; to extend, the last block is written and the excess
     * cut off again.
     */
    private void resize(long bytes) throws IOException {
        long size = channel.size();
        if (bytes > size) {
            long lastBlock = (bytes - 1) / alignment * alignment;
            ByteBuffer block = ByteBuffer.allocateDirect(2 * alignment).alignedSlice(alignment);
            block.limit(alignment);
            if (size > lastBlock) {
                readAtMost(block, lastBlock); // what is there stays; beyond it the buffer is zero
            }
            block.position(0).limit(alignment);
            writeFully(block, lastBlock);
        }
        channel.truncate(bytes);
    }

    private void readAtMost(ByteBuffer to, long offset) throws IOException {
        int n;
        do {
            n = channel.read(to, offset + to.position());
        } while (n > 0 && to.hasRemaining() && to.position() % alignment == 0);
    }

    private void writeFully(ByteBuffer from, long offset) throws IOException {
        while (from.hasRemaining()) {
            channel.write(from, offset + from.position());
        }
    }

    /**
     * The JDK has no fallocate: what lies beyond the present size is really written with zeros,
     * which also spares the first writes the conversion of unwritten extents. What lies within it
     * is taken to be allocated already.
     */
    @Override
    public void preallocate(long offset, long length) {
        checkNotNegative("offset", offset);
        checkNotNegative("length", length);
        if (offset > Long.MAX_VALUE - length) {
            throw new IoException(
                    new IoError.Overflow("end of preallocation", offset, Long.MAX_VALUE - length));
        }
        try {
            workers.call(() -> {
                extendWithZeros(offset, offset + length);
                return true;
            });
        } catch (Exception e) {
            throw NioErrors.of("preallocate", path, offset, length, e);
        }
    }

    private void extendWithZeros(long from, long end) throws IOException {
        long size = channel.size();
        if (end <= size) {
            return;
        }
        if (from > size) {
            resize(from); // a hole up to where space is wanted
        }
        try {
            long start = Math.max(from, size);
            long at = (start + alignment - 1) / alignment * alignment;
            if (at > start) {
                resize(Math.min(at, end)); // the rest of a block that is in use
            }
            int chunk = (int) Math.min(ZEROS_BYTES, (end - Math.min(at, end) + alignment - 1));
            ByteBuffer zeros =
                    ByteBuffer.allocateDirect(chunk / alignment * alignment + 2 * alignment)
                            .alignedSlice(alignment);
            while (at < end) {
                long blocks = (end - at + alignment - 1) / alignment;
                int bytes = (int) Math.min(zeros.capacity(), blocks * alignment);
                zeros.position(0).limit(bytes);
                writeFully(zeros, at);
                at += bytes;
            }
            channel.truncate(end);
        } catch (IOException e) {
            giveBack(size, e);
            throw e;
        }
    }

    /** A preallocation that failed half way (no space) must not keep what it got. */
    private void giveBack(long size, IOException cause) {
        try {
            channel.truncate(size);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private void checkNotNegative(String what, long value) {
        if (value < 0) {
            throw new IoException(new IoError.Io(what, path.toString(), value, 0, Errno.EINVAL));
        }
    }

    @Override
    public void close() {
        try {
            channel.close(); // not interruptible: it takes no part in the channel's begin/end
            // protocol
        } catch (IOException e) {
            throw NioErrors.of("close", path, 0, 0, e);
        }
    }

    @Override
    public String toString() {
        return "NioFile[" + path + ", " + mode + (direct() ? ", direct]" : ", buffered]");
    }
}
