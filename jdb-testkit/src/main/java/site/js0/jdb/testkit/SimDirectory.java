package site.js0.jdb.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;

/** The directory verbs of a {@link SimDisk}. */
final class SimDirectory implements Directory {
    private final SimDisk disk;
    private final int life;

    SimDirectory(SimDisk disk) {
        this.disk = disk;
        this.life = disk.life();
    }

    @Override
    public boolean exists(Path path) {
        disk.checkAlive(life);
        try {
            return disk.tree().find(path, "exists") != null;
        } catch (site.js0.jdb.fs.IoException e) {
            if (e.errno() == Errno.ENOTDIR) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void mkdir(Path path) {
        SimNode.Dir parent = parentForChange(Faults.Verb.MKDIR, "mkdir", path);
        if (parent.current.containsKey(SimTree.lastName(path))) {
            throw SimTree.failure("mkdir", path, Errno.EEXIST);
        }
        disk.event();
        disk.tree().link(parent, SimTree.lastName(path), new SimNode.Dir());
    }

    private SimNode.Dir parentForChange(Faults.Verb verb, String name, Path path) {
        disk.checkAlive(life);
        disk.strikeVerb(verb, path, FileRole.OTHER, 0, 0);
        return disk.tree().parent(path, name);
    }

    private SimNode existing(String verb, Path path) {
        SimNode node = disk.tree().find(path, verb);
        if (node == null) {
            throw SimTree.failure(verb, path, Errno.ENOENT);
        }
        return node;
    }

    @Override
    public List<Entry> ls(Path path) {
        disk.checkAlive(life);
        if (existing("ls", path) instanceof SimNode.Dir dir) {
            List<Entry> entries = new ArrayList<>();
            dir.current.forEach((name, node) -> entries.add(new Entry(name, node.kind())));
            return entries;
        }
        throw SimTree.failure("ls", path, Errno.ENOTDIR);
    }

    @Override
    public long size(Path path) {
        disk.checkAlive(life);
        return switch (existing("size", path)) {
            case SimInode inode -> inode.current.size();
            case SimNode.Dir dir -> throw SimTree.failure("size", path, Errno.EISDIR);
            case SimNode.Special special ->
                    throw SimTree.failure(
                            "size",
                            path,
                            special.kind() == EntryKind.SYMLINK ? Errno.ELOOP : Errno.EINVAL);
        };
    }

    @Override
    public void rename(Path from, Path to) {
        SimNode.Dir source = parentForChange(Faults.Verb.RENAME, "rename", from);
        SimNode node = existing("rename", from);
        SimNode.Dir target = disk.tree().parent(to, "rename");
        SimNode replaced = target.current.get(SimTree.lastName(to));
        if (replaced == node) {
            return;
        }
        if (replaced instanceof SimNode.Dir dir) {
            if (!(node instanceof SimNode.Dir)) {
                throw SimTree.failure("rename", from, Errno.EISDIR);
            }
            if (!dir.current.isEmpty()) {
                throw SimTree.failure("rename", from, Errno.ENOTEMPTY);
            }
        } else if (replaced != null && node instanceof SimNode.Dir) {
            throw SimTree.failure("rename", from, Errno.ENOTDIR);
        }
        if (node instanceof SimNode.Dir
                && SimTree.absolute(to).startsWith(SimTree.absolute(from))) {
            throw SimTree.failure("rename", from, Errno.EINVAL);
        }
        disk.event();
        disk.tree().rename(source, SimTree.lastName(from), target, SimTree.lastName(to));
    }

    @Override
    public void remove(Path path) {
        SimNode.Dir parent = parentForChange(Faults.Verb.REMOVE, "remove", path);
        if (existing("remove", path) instanceof SimNode.Dir dir && !dir.current.isEmpty()) {
            throw SimTree.failure("remove", path, Errno.ENOTEMPTY);
        }
        disk.event();
        disk.tree().unlink(parent, SimTree.lastName(path));
    }

    @Override
    public void syncDir(Path path) {
        disk.checkAlive(life);
        disk.strikeVerb(Faults.Verb.SYNC_DIR, path, FileRole.OTHER, 0, 0);
        if (!(existing("sync_dir", path) instanceof SimNode.Dir dir)) {
            throw SimTree.failure("sync_dir", path, Errno.ENOTDIR);
        }
        disk.event();
        disk.tree().sync(dir);
    }
}
