package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.index.Tree;
import site.js0.jdb.page.PageFile;

/**
 * What a tablet is put together from.
 *
 * @param firstRegion memory of one memtable
 * @param secondRegion memory of the other
 * @param lastCommit of the checkpoint it starts from
 */
record TabletParts(
        int vnode,
        PageFile pages,
        Tree tree,
        ValueStore values,
        MemorySegment firstRegion,
        MemorySegment secondRegion,
        long lastCommit) {}
