package site.js0.jdb.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/**
 * The names of a {@link SimDisk}: directories, and the changes of them that no sync of a directory
 * has made durable.
 *
 * <p>A change is atomic. It is durable once every directory it touches was synced; until then,
 * power loss keeps any subset of the pending changes, which is more than a journalling file system
 * would do to us.
 */
final class SimTree {
    /**
     * {@code node} appears as {@code to}, disappears as {@code from}, or both at once: a rename.
     */
    private static final class Change {
        final SimNode node;
        final SimNode.@Nullable Dir from;
        final @Nullable String fromName;
        final SimNode.@Nullable Dir to;
        final @Nullable String toName;
        boolean fromSynced;
        boolean toSynced;

        Change(
                SimNode node,
                SimNode.@Nullable Dir from,
                @Nullable String fromName,
                SimNode.@Nullable Dir to,
                @Nullable String toName) {
            this.node = node;
            this.from = from;
            this.fromName = fromName;
            this.to = to;
            this.toName = toName;
            this.fromSynced = from == null;
            this.toSynced = to == null;
        }

        void makeDurable() {
            if (from != null && fromName != null && from.durable.get(fromName) == node) {
                from.durable.remove(fromName);
            }
            if (to != null && toName != null) {
                to.durable.put(toName, node);
            }
        }
    }

    private SimNode.Dir root = new SimNode.Dir();
    private List<Change> pending = new ArrayList<>();

    /** The node at {@code path}, or null; a link or file on the way there is ENOTDIR. */
    @Nullable SimNode find(Path path, String verb) {
        SimNode node = root;
        for (Path name : absolute(path)) {
            if (!(node instanceof SimNode.Dir dir)) {
                throw failure(verb, path, Errno.ENOTDIR);
            }
            node = dir.current.get(name.toString());
            if (node == null) {
                return null;
            }
        }
        return node;
    }

    /** The directory that {@code path} lies in; the root has none. */
    SimNode.Dir parent(Path path, String verb) {
        Path parent = absolute(path).getParent();
        if (parent == null) {
            throw failure(verb, path, Errno.EBUSY);
        }
        SimNode node = find(parent, verb);
        if (node == null) {
            throw failure(verb, path, Errno.ENOENT);
        }
        if (node instanceof SimNode.Dir dir) {
            return dir;
        }
        throw failure(verb, path, Errno.ENOTDIR);
    }

    static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    static String lastName(Path path) {
        return String.valueOf(absolute(path).getFileName());
    }

    static IoException failure(String verb, Path path, int errno) {
        return new IoException(new IoError.Io(verb, path.toString(), 0, 0, errno));
    }

    void link(SimNode.Dir dir, String name, SimNode node) {
        dir.current.put(name, node);
        pending.add(new Change(node, null, null, dir, name));
    }

    void unlink(SimNode.Dir dir, String name) {
        SimNode node = dir.current.remove(name);
        if (node != null) {
            pending.add(new Change(node, dir, name, null, null));
        }
    }

    void rename(SimNode.Dir from, String fromName, SimNode.Dir to, String toName) {
        SimNode node = from.current.remove(fromName);
        if (node != null) {
            to.current.put(toName, node);
            pending.add(new Change(node, from, fromName, to, toName));
        }
    }

    /** All pending changes become durable as far as {@code dir} has a part in them. */
    void sync(SimNode.Dir dir) {
        for (Iterator<Change> changes = pending.iterator(); changes.hasNext(); ) {
            Change change = changes.next();
            change.fromSynced |= change.from == dir;
            change.toSynced |= change.to == dir;
            if (change.fromSynced && change.toSynced) {
                change.makeDurable();
                changes.remove();
            }
        }
    }

    /** Puts a name there for good. */
    static void plant(SimNode.Dir dir, String name, SimNode node) {
        dir.current.put(name, node);
        dir.durable.put(name, node);
    }

    int pendingCount() {
        return pending.size();
    }

    /** What of the tree and its files is there when power comes back. */
    void losePower(SplittableRandom random) {
        for (Change change : pending) {
            if (random.nextBoolean()) {
                change.makeDurable();
            }
        }
        pending = new ArrayList<>();
        settle(root, random, new IdentityHashMap<>());
    }

    private static void settle(
            SimNode.Dir dir, SplittableRandom random, IdentityHashMap<SimNode, SimNode> seen) {
        dir.current = new TreeMap<>(dir.durable);
        for (SimNode node : dir.durable.values()) {
            if (seen.put(node, node) != null) {
                continue; // two names of one file: a rename of which one half survived through
                // another change
            }
            switch (node) {
                case SimInode inode -> inode.losePower(random);
                case SimNode.Dir child -> settle(child, random, seen);
                case SimNode.Special special -> {}
            }
        }
    }

    /** Visits every file that has a name, sorted by path. */
    void forEachFile(BiConsumer<Path, SimInode> visitor) {
        visit(Path.of("/"), root, visitor);
    }

    private static void visit(Path path, SimNode.Dir dir, BiConsumer<Path, SimInode> visitor) {
        dir.current.forEach((name, node) -> {
            switch (node) {
                case SimInode inode -> visitor.accept(path.resolve(name), inode);
                case SimNode.Dir child -> visit(path.resolve(name), child, visitor);
                case SimNode.Special special -> {}
            }
        });
    }

    /** A tree of its own; {@code copies} tells which file became which. */
    SimTree copy(IdentityHashMap<SimNode, SimNode> copies) {
        SimTree tree = new SimTree();
        tree.root = (SimNode.Dir) copyOf(root, copies);
        for (Change change : pending) {
            Change copy =
                    new Change(
                            copyOf(change.node, copies),
                            change.from == null ? null : (SimNode.Dir) copyOf(change.from, copies),
                            change.fromName,
                            change.to == null ? null : (SimNode.Dir) copyOf(change.to, copies),
                            change.toName);
            copy.fromSynced = change.fromSynced;
            copy.toSynced = change.toSynced;
            tree.pending.add(copy);
        }
        return tree;
    }

    static SimNode copyOf(SimNode node, IdentityHashMap<SimNode, SimNode> copies) {
        SimNode known = copies.get(node);
        if (known != null) {
            return known;
        }
        return switch (node) {
            case SimNode.Special special -> special;
            case SimInode inode -> {
                SimInode copy = inode.copy();
                copies.put(inode, copy);
                yield copy;
            }
            case SimNode.Dir dir -> {
                SimNode.Dir copy = new SimNode.Dir();
                copies.put(dir, copy);
                dir.current.forEach((name, child) -> copy.current.put(name, copyOf(child, copies)));
                dir.durable.forEach((name, child) -> copy.durable.put(name, copyOf(child, copies)));
                yield copy;
            }
        };
    }
}
