package site.js0.jdb.fs.nio;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.fs.OpenMode;

/**
 * A log tail over {@link FileChannel#map}.
 *
 * <p>The pages are loaded, so that a store does not wait for the device. The JDK cannot fault them
 * for writing without writing: the first store into each page still takes a write-protect fault
 * (some 50 ns spread over its records), and dirtying all of them beforehand would cost the next
 * sync a write of the whole segment.
 */
final class NioLogTail implements LogTail {
    private static final int ZEROS_BYTES = 1 << 20;

    private final Path path;
    private final Arena arena;
    private final MemorySegment mapping;
    private final NioFile file;

    private NioLogTail(Path path, Arena arena, MemorySegment mapping, NioFile file) {
        this.path = path;
        this.arena = arena;
        this.mapping = mapping;
        this.file = file;
    }

    /** On a worker. */
    static NioLogTail open(Workers workers, Path path, long bytes) throws IOException {
        Opening.refuseOtherThanFile(path);
        Set<OpenOption> options =
                Set.of(
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        LinkOption.NOFOLLOW_LINKS);
        FileChannel channel = FileChannel.open(path, options, Modes.file(path));
        Arena arena = Arena.ofShared();
        try {
            if (channel.size() != bytes) {
                writeZeros(channel, bytes);
            }
            channel.force(true);
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
            mapping.load();
            // On Linux a sync of the file covers the pages of its mappings. Elsewhere that is not
            // promised (macOS,
            // BSD) or not so (Windows: FlushFileBuffers knows nothing of views): the mapping is
            // flushed first.
            Runnable beforeSync = Modes.IS_LINUX ? null : mapping::force;
            NioFile file =
                    new NioFile(
                            workers,
                            path,
                            OpenMode.READ_WRITE,
                            FileRole.LOG,
                            channel,
                            1,
                            beforeSync);
            return new NioLogTail(path, arena, mapping, file);
        } catch (Throwable t) {
            arena.close();
            channel.close();
            throw t;
        }
    }

    private static void writeZeros(FileChannel channel, long bytes) throws IOException {
        channel.truncate(0);
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, ZEROS_BYTES));
        for (long at = 0; at < bytes; ) {
            zeros.position(0).limit((int) Math.min(zeros.capacity(), bytes - at));
            at += channel.write(zeros, at);
        }
    }

    @Override
    public long byteSize() {
        return mapping.byteSize();
    }

    @Override
    public IoFile file() {
        return file;
    }

    @Override
    public boolean mapped() {
        return true;
    }

    @Override
    public void store(long position, MemorySegment source, long sourceOffset, int length) {
        Objects.checkFromIndexSize(position, length, mapping.byteSize());
        try {
            MemorySegment.copy(source, sourceOffset, mapping, position, length);
        } catch (
                InternalError
                        e) { // how the JVM reports SIGBUS: the device failed, or the file was cut
            // by others
            throw failed("store", position, length, e);
        }
    }

    @Override
    public void load(long position, MemorySegment target, long targetOffset, int length) {
        Objects.checkFromIndexSize(position, length, mapping.byteSize());
        try {
            MemorySegment.copy(mapping, position, target, targetOffset, length);
        } catch (InternalError e) {
            throw failed("load", position, length, e);
        }
    }

    private IoException failed(String verb, long position, int length, InternalError e) {
        return new IoException(
                new IoError.Io(verb, path.toString(), position, length, Errno.EIO), e);
    }

    /** On Windows a mapped file cannot be removed or renamed: closing comes first. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
        file.close();
    }
}
