package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.page.PageSpace;

/**
 * What a merge asks of the page space and the tree. A merge may run without the shard's hold; then
 * whoever provides this takes the hold for each call, and that is why a page is handed out pinned:
 * others may evict between two calls. With {@link #of} the caller of the merge holds the shard.
 *
 * <p>A merge has at most two pages at a time: one it reads, one it builds.
 */
public interface MergePages {
    /** Parked, or not there: no frame. */
    int NONE = PageSpace.NONE;

    /** The arena of the buffer pool. */
    MemorySegment memory();

    /** The VNode whose pages these are. */
    int vnode();

    /** The present root. Only the merge changes it. */
    TreeRoot root();

    /** As {@link PageSpace#fetch}, and pins the page. */
    int pin(long pageNo, int crc, Waiter waiter);

    /** As {@link PageSpace#peek}, and pins the page when it is there. */
    int pinResident(long pageNo);

    /** As {@link PageSpace#unpin}. */
    void unpin(int frame);

    /** As {@link PageSpace#prefetch}. */
    void prefetch(long pageNo, int crc);

    /** As {@link PageSpace#create}. */
    int create(Waiter waiter);

    /** As {@link PageSpace#discard}. */
    void discard(int frame);

    /** As {@link PageSpace#seal}. */
    long seal(int frame);

    /** The checksum of the page sealed last, which may have been written and evicted since. */
    int sealedCrc();

    /** As {@link PageSpace#free}. */
    void free(long pageNo);

    /** As {@link Tree#publish}. */
    void publish(TreeRoot root);

    /** The pages of a tree, for a merge that runs under the hold. */
    static MergePages of(Tree tree) {
        return new HeldMergePages(tree);
    }
}
