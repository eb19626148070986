package site.js0.jdb.tablet;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The VNodes of one shard. Owner: holder of the shard; the list itself never changes. */
final class Tablets {
    private final List<Tablet> all;

    /** By VNode number; null where the VNode is another shard's. */
    private final @Nullable Tablet[] byVnode;

    Tablets(List<Tablet> all, int vnodes) {
        this.all = List.copyOf(all);
        this.byVnode = new Tablet[vnodes];
        for (Tablet tablet : all) {
            byVnode[tablet.vnode()] = tablet;
        }
    }

    /** The tablet of a VNode of this shard. */
    Tablet of(int vnode) {
        Tablet tablet = byVnode[vnode];
        assert tablet != null : "VNode " + vnode + " is not on this shard";
        return tablet;
    }

    /** All of them; to be gone through by index, without an iterator. */
    List<Tablet> all() {
        return all;
    }

    int count() {
        return all.size();
    }

    Tablet get(int i) {
        return all.get(i);
    }
}
