package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.page.PageSpace;

/** Straight to the page space. Owner: holder of the shard. */
final class HeldMergePages implements MergePages {
    private final Tree tree;
    private final PageSpace pages;
    private int sealedCrc;

    HeldMergePages(Tree tree) {
        this.tree = tree;
        this.pages = tree.pages();
    }

    @Override
    public MemorySegment memory() {
        return pages.memory();
    }

    @Override
    public int vnode() {
        return pages.vnode();
    }

    @Override
    public TreeRoot root() {
        return tree.root();
    }

    @Override
    public int pin(long pageNo, int crc, Waiter waiter) {
        final int frame = pages.fetch(pageNo, crc, NONE, waiter);
        if (frame != NONE) {
            pages.pin(frame);
        }
        return frame;
    }

    @Override
    public int pinResident(long pageNo) {
        final int frame = pages.peek(pageNo, NONE);
        if (frame != NONE) {
            pages.pin(frame);
        }
        return frame;
    }

    @Override
    public void unpin(int frame) {
        pages.unpin(frame);
    }

    @Override
    public void prefetch(long pageNo, int crc) {
        pages.prefetch(pageNo, crc);
    }

    @Override
    public int create(Waiter waiter) {
        return pages.create(waiter);
    }

    @Override
    public void discard(int frame) {
        pages.discard(frame);
    }

    @Override
    public long seal(int frame) {
        final long pageNo = pages.seal(frame);
        sealedCrc = pages.crc(frame);
        return pageNo;
    }

    @Override
    public int sealedCrc() {
        return sealedCrc;
    }

    @Override
    public void free(long pageNo) {
        pages.free(pageNo);
    }

    @Override
    public void publish(TreeRoot root) {
        tree.publish(root);
    }
}
