package site.js0.jdb.vlog;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.Checksum;

/**
 * One value on its way out of the value log. Made once and reused: {@link #prepare} or {@link
 * #prepareVerify}, {@link ValueLog#submit}, and once the waiter was resumed {@link #check} and the
 * accessors. From submit until then the read and its target belong to the value log. Owner: holder
 * of the shard.
 */
public final class BlobRead {
    private enum State {
        IDLE,
        PREPARED,
        SUBMITTED,
        DONE
    }

    private State state = State.IDLE;
    private @Nullable Waiter waiter;
    private @Nullable JdbException failure;
    private long stamp;
    private long keyHash;

    long offset;
    int fileId;
    int length;

    /** Where the value goes; null when it is only verified. */
    @Nullable MemorySegment target;

    long targetOffset;

    /** Intrusive link of the queue. */
    @Nullable BlobRead next;

    @Nullable ValueFile file;

    /** Pieces asked for, and pieces taken in order, of all {@code pieces}. */
    int asked;

    int taken;
    int pieces;

    /** Value bytes copied and summed so far. */
    int done;

    /** Checksum and length in the blob's header. */
    int crc;

    /** The slab that {@link #sum} is bound to. */
    @Nullable BufferSlab slab;

    /** Sums the value over the pieces. */
    @Nullable Checksum sum;

    /** What ended it while pieces are still in flight. */
    @Nullable JdbException broken;

    /** Operations for the pieces in flight; made when first needed. */
    final BlobReader.@Nullable ReadOp[] window = new BlobReader.ReadOp[BlobReader.WINDOW];

    /**
     * Says what to read, and where to.
     *
     * @param offset as in the {@link site.js0.jdb.layout.ValPtr}
     * @param fileId as in the pointer
     * @param length as in the pointer
     * @param target heap or native, has room for {@code length} bytes at {@code targetOffset};
     *     check the pointer with {@link ValueLog#checkPointer} before taking memory for it. What it
     *     holds before the read is done, or when it failed, means nothing
     * @param waiter resumed once when the read is done, well or not
     */
    public void prepare(
            long offset,
            int fileId,
            int length,
            MemorySegment target,
            long targetOffset,
            Waiter waiter) {
        Objects.checkFromIndexSize(targetOffset, length, target.byteSize());
        prepare(offset, fileId, length, waiter);
        this.target = target;
        this.targetOffset = targetOffset;
    }

    /** Says what to verify: it is read and checked as a whole, and copied nowhere. */
    public void prepareVerify(long offset, int fileId, int length, Waiter waiter) {
        prepare(offset, fileId, length, waiter);
        target = null;
    }

    private void prepare(long offset, int fileId, int length, Waiter waiter) {
        assert state != State.SUBMITTED : "prepared while under way";
        this.offset = offset;
        this.fileId = fileId;
        this.length = length;
        this.waiter = waiter;
        failure = null;
        broken = null;
        next = null;
        file = null;
        asked = 0;
        taken = 0;
        pieces = 0;
        done = 0;
        state = State.PREPARED;
    }

    void submitted() {
        assert state == State.PREPARED : "submitted before prepared";
        state = State.SUBMITTED;
    }

    void header(int crc, long stamp, long keyHash) {
        this.crc = crc;
        this.stamp = stamp;
        this.keyHash = keyHash;
    }

    /** Ends the read; resumes the waiter. */
    void finish(@Nullable JdbException failure) {
        assert state == State.SUBMITTED;
        this.failure = failure;
        state = State.DONE;
        target = null;
        file = null;
        Waiter w = Objects.requireNonNull(waiter);
        waiter = null;
        w.resume();
    }

    /** True once the read has ended, well or not. */
    public boolean done() {
        return state == State.DONE;
    }

    /**
     * Throws what the read failed of: Corrupt, NewerFormat or Io. The read must be {@link #done}.
     */
    public void check() {
        assert done();
        if (failure != null) {
            throw failure;
        }
    }

    /** The stamp given at writing. After a successful {@link #check}. */
    public long stamp() {
        return stamp;
    }

    /** The key hash given at writing. After a successful {@link #check}. */
    public long keyHash() {
        return keyHash;
    }
}
