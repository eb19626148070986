package site.js0.jdb.runtime;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.ScanSpec;
import site.js0.jdb.tablet.ScanState;
import site.js0.jdb.tablet.ShardStore;

/**
 * Reads the next chunk of a scan from one VNode: rows above (or, in reverse, below) the last one it
 * gave. Nothing stays behind in the shard between two chunks.
 */
final class ScanOperation extends Operation {
    /** Rows a single step may produce, so that the hold is not kept long. */
    private static final int ROWS_PER_STEP = 128;

    private static final int BYTES_PER_CHUNK = 256 << 10;

    private @Nullable ScanSpec spec;
    private final ScanState state = new ScanState();
    private final RowBuffer rows = new RowBuffer();
    private int rowsWanted;
    private boolean gathered;
    private boolean atEnd;

    /** Prepares for a new scan. */
    void begin(ScanSpec of) {
        spec = of;
        state.begin();
        rows.clear();
        atEnd = false;
    }

    /** Lets go of what is the caller's, and of much memory, before it is kept for its next use. */
    void forget() {
        spec = null;
        state.begin();
        rows.shrink();
    }

    /** Prepares for the next chunk of at most {@code rowsWanted} rows. */
    void next(int rowsWanted) {
        this.rowsWanted = rowsWanted;
        rows.clear();
        gathered = false;
    }

    @Override
    int step(ShardStore store) {
        if (!gathered) {
            int r = gather(store);
            if (r != Progress.DONE) {
                return r;
            }
            gathered = true;
        }
        return rows.awaitBlobs(this);
    }

    /** All rows of the chunk; values of the value log may still be on their way. */
    private int gather(ShardStore store) {
        int budget = Math.min(ROWS_PER_STEP, rowsWanted - rows.count());
        int bytes = (int) (BYTES_PER_CHUNK - rows.bytesUsed());
        int before = rows.count();
        int r = store.scan(Objects.requireNonNull(spec), state, rows, budget, bytes, this);
        if (r == Progress.WAIT) {
            return Progress.WAIT;
        }
        atEnd = state.atEnd();
        boolean full = rows.count() >= rowsWanted || rows.bytesUsed() >= BYTES_PER_CHUNK;
        if (atEnd || full) {
            return Progress.DONE;
        }
        assert rows.count() > before : "a step that neither ends nor waits gives a row";
        return Progress.MORE;
    }

    RowBuffer rows() {
        return rows;
    }

    /** True when no row of this VNode follows those in {@link #rows()}. */
    boolean atEnd() {
        return atEnd;
    }

    int compareKeys(int row, ScanOperation other, int otherRow) {
        int from = rows.keyOffset(row);
        int otherFrom = other.rows.keyOffset(otherRow);
        return Arrays.compareUnsigned(
                rows.bytes(),
                from,
                from + rows.keyLength(row),
                other.rows.bytes(),
                otherFrom,
                otherFrom + other.rows.keyLength(otherRow));
    }
}
