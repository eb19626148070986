package site.js0.jdb.page;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.layout.PageHeader;

/**
 * A pin with an end: keeps one page where it is until closed, for cursors and tools. Made once and
 * used again: {@link #hold} lets go of the page before. Owner: holder of the shard.
 */
public final class PageGuard implements AutoCloseable {
    private final PageSpace space;
    private int frame = PageSpace.NONE;

    /** Holds nothing yet. */
    public PageGuard(PageSpace space) {
        this.space = space;
    }

    /** Pins the page in {@code frame}, then lets go of the one held before. */
    public PageGuard hold(int frame) {
        space.pin(frame);
        close();
        this.frame = frame;
        return this;
    }

    /** True while a page is held. */
    public boolean holds() {
        return frame != PageSpace.NONE;
    }

    /** The frame held. */
    public int frame() {
        assert holds();
        return frame;
    }

    /** The segment that {@link #offset} points into. */
    public MemorySegment memory() {
        return space.memory();
    }

    /** Where the page lies. */
    public long offset() {
        assert holds();
        return (long) frame * PageHeader.PAGE_BYTES;
    }

    /** Lets go; idempotent. */
    @Override
    public void close() {
        if (frame != PageSpace.NONE) {
            int held = frame;
            frame = PageSpace.NONE;
            space.unpin(held);
        }
    }
}
