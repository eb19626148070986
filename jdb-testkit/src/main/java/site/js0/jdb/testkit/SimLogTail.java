package site.js0.jdb.testkit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Objects;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.LogTail;

/**
 * A log tail of a {@link SimDisk}: what is stored survives a kill, and power loss by whole pages at
 * best.
 */
final class SimLogTail implements LogTail {
    private final SimDisk disk;
    private final SimFile file;
    private final long byteSize;

    SimLogTail(SimDisk disk, SimFile file, long byteSize) {
        this.disk = disk;
        this.file = file;
        this.byteSize = byteSize;
    }

    @Override
    public long byteSize() {
        return byteSize;
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
        file.checkOpen();
        Objects.checkFromIndexSize(position, length, byteSize);
        byte[] bytes = SimDisk.copyOf(source, sourceOffset, length);
        Faults.Effect effect =
                disk.strike(
                        new Faults.Access(
                                Faults.Verb.STORE, file.path(), file.role(), position, length));
        disk.event();
        if (effect instanceof Faults.Effect.Fails fails) {
            throw new IoException(
                    new IoError.Io(
                            Faults.Verb.STORE.name().toLowerCase(Locale.ROOT),
                            file.path().toString(),
                            position,
                            length,
                            fails.errno()));
        }
        if (length > 0) {
            file.inode().change(new SimInode.Write(position, bytes, true, false));
        }
    }

    @Override
    public void load(long position, MemorySegment target, long targetOffset, int length) {
        file.checkOpen();
        Objects.checkFromIndexSize(position, length, byteSize);
        byte[] bytes = new byte[length];
        file.inode().current.read(position, bytes);
        MemorySegment.copy(bytes, 0, target, JAVA_BYTE, targetOffset, length);
    }

    @Override
    public void close() {
        file.close();
    }
}
