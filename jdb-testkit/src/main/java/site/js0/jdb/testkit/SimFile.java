package site.js0.jdb.testkit;

import java.nio.file.Path;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.OpenMode;

/** An open file of a {@link SimDisk}. */
final class SimFile implements IoFile {
    private final SimDisk disk;
    private final int life;
    private final SimInode inode;
    private final Path path;
    private final OpenMode mode;
    private final FileRole role;
    private final int alignment;
    private boolean closed;

    /** Operations of this file that a driver has and has not finished. */
    int inFlight;

    SimFile(SimDisk disk, SimInode inode, Path path, OpenMode mode, FileRole role, int alignment) {
        this.disk = disk;
        this.life = disk.life();
        this.inode = inode;
        this.path = path;
        this.mode = mode;
        this.role = role;
        this.alignment = alignment;
        disk.opened(inode);
    }

    SimInode inode() {
        return inode;
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

    void checkOpen() {
        disk.checkAlive(life);
        if (closed) {
            throw new IllegalStateException("closed: " + path);
        }
    }

    private void checkWritable(String verb) {
        checkOpen();
        if (mode == OpenMode.READ || mode == OpenMode.READ_BUFFERED) {
            throw SimTree.failure(verb, path, Errno.EBADF);
        }
    }

    @Override
    public long size() {
        checkOpen();
        return inode.current.size();
    }

    @Override
    public void truncate(long bytes) {
        checkWritable("truncate");
        if (bytes < 0) {
            throw SimTree.failure("truncate", path, Errno.EINVAL);
        }
        disk.strikeVerb(Faults.Verb.TRUNCATE, path, role, 0, bytes);
        disk.event();
        inode.change(new SimInode.Resize(bytes, -1));
    }

    @Override
    public void preallocate(long offset, long length) {
        checkWritable("preallocate");
        if (offset < 0 || length <= 0) {
            throw SimTree.failure("preallocate", path, Errno.EINVAL);
        }
        disk.strikeVerb(Faults.Verb.PREALLOCATE, path, role, offset, length);
        disk.event();
        if (!disk.hasRoom(inode.current.missingBlocks(offset, length))) {
            throw disk.noSpace("preallocate", path);
        }
        inode.change(new SimInode.Resize(Math.addExact(offset, length), offset));
    }

    @Override
    public void close() {
        if (!closed && life == disk.life()) { // after a crash nothing is left to close
            if (inFlight > 0) {
                throw new AssertionError(
                        path + " was closed with " + inFlight + " operations in flight");
            }
            closed = true;
            disk.released(inode);
        }
    }

    @Override
    public String toString() {
        return "SimFile[" + path + ", " + mode + "]";
    }
}
