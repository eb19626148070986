package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.ExclusiveHold;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.MergePages;
import site.js0.jdb.index.Tree;
import site.js0.jdb.index.TreeRoot;
import site.js0.jdb.page.PageFile;

/**
 * A tree's pages for a merge that runs on the shard's thread without the hold (ADR 0001): every
 * call takes the hold for its own length. Owner: shard's thread.
 */
final class UnheldMergePages implements MergePages {
    private final PageFile pages;
    private final Tree tree;
    private final ExclusiveHold hold;
    private final MemorySegment memory;
    private int sealedCrc;

    UnheldMergePages(PageFile pages, Tree tree, ExclusiveHold hold) {
        this.pages = pages;
        this.tree = tree;
        this.hold = hold;
        this.memory = pages.memory();
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public int vnode() {
        return pages.vnode();
    }

    @Override
    public TreeRoot root() {
        // Only the merge itself changes it, on this thread.
        return tree.root();
    }

    @Override
    public int pin(long pageNo, int crc, Waiter waiter) {
        hold.acquire();
        try {
            int frame = pages.fetch(pageNo, crc, NONE, waiter);
            if (frame != NONE) {
                pages.pin(frame);
            }
            return frame;
        } finally {
            hold.release();
        }
    }

    @Override
    public int pinResident(long pageNo) {
        hold.acquire();
        try {
            int frame = pages.peek(pageNo, NONE);
            if (frame != NONE) {
                pages.pin(frame);
            }
            return frame;
        } finally {
            hold.release();
        }
    }

    @Override
    public void unpin(int frame) {
        hold.acquire();
        try {
            pages.unpin(frame);
        } finally {
            hold.release();
        }
    }

    @Override
    public void prefetch(long pageNo, int crc) {
        hold.acquire();
        try {
            pages.prefetch(pageNo, crc);
        } finally {
            hold.release();
        }
    }

    @Override
    public int create(Waiter waiter) {
        hold.acquire();
        try {
            return pages.create(waiter);
        } finally {
            hold.release();
        }
    }

    @Override
    public void discard(int frame) {
        hold.acquire();
        try {
            pages.discard(frame);
        } finally {
            hold.release();
        }
    }

    @Override
    public long seal(int frame) {
        hold.acquire();
        try {
            long pageNo = pages.seal(frame);
            sealedCrc = pages.crc(frame);
            return pageNo;
        } finally {
            hold.release();
        }
    }

    @Override
    public int sealedCrc() {
        return sealedCrc;
    }

    @Override
    public void free(long pageNo) {
        hold.acquire();
        try {
            pages.free(pageNo);
        } finally {
            hold.release();
        }
    }

    @Override
    public void publish(TreeRoot root) {
        hold.acquire();
        try {
            tree.publish(root);
        } finally {
            hold.release();
        }
    }
}
