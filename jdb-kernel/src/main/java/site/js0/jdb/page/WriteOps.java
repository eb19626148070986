package site.js0.jdb.page;

import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoOp;

/** The gathered writes of one pool: made once, shared by its files, bounded in number. */
final class WriteOps {
    /** Pages of one write at most: 512 KiB. */
    static final int RUN_MAX = 128;

    /** Writes in flight at most. */
    static final int DEPTH_MAX = 16;

    private final ArrayDeque<WriteOp> idle = new ArrayDeque<>(DEPTH_MAX);

    WriteOps() {
        for (int i = 0; i < DEPTH_MAX; i++) {
            idle.push(new WriteOp(this));
        }
    }

    boolean isEmpty() {
        return idle.isEmpty();
    }

    WriteOp take() {
        return idle.pop();
    }

    /** One write; goes back to the pool on completion. */
    static final class WriteOp extends IoOp {
        final int[] frames = new int[RUN_MAX];
        final long[] offsets = new long[RUN_MAX];
        int count;
        long firstPageNo;
        @Nullable PageWriter writer;

        private final WriteOps home;

        private WriteOp(WriteOps home) {
            this.home = home;
        }

        @Override
        protected void completed() {
            PageWriter w = Objects.requireNonNull(writer);
            writer = null;
            home.idle.push(this);
            w.completed(this);
        }
    }
}
