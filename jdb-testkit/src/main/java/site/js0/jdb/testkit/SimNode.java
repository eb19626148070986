package site.js0.jdb.testkit;

import java.util.TreeMap;
import site.js0.jdb.fs.Directory;

/** What a name in the simulated tree leads to. */
sealed interface SimNode permits SimNode.Dir, SimInode, SimNode.Special {
    Directory.EntryKind kind();

    /**
     * A directory: its entries as everybody sees them, and as they would be after power loss at
     * best guess.
     */
    final class Dir implements SimNode {
        TreeMap<String, SimNode> current = new TreeMap<>();
        TreeMap<String, SimNode> durable = new TreeMap<>();

        @Override
        public Directory.EntryKind kind() {
            return Directory.EntryKind.DIRECTORY;
        }
    }

    /** A link, pipe or the like: there to be refused. */
    record Special(Directory.EntryKind kind) implements SimNode {}
}
