package site.js0.jdb.vlog;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.BlobHeader;
import site.js0.jdb.layout.ValPtr;

/**
 * One value on its way into the value log. Made once and reused: {@link #prepare}, {@link
 * ValueLog#submit}, and once the waiter was resumed {@link #check} and the accessors. From submit
 * until then the write and its source belong to the value log. Owner: holder of the shard.
 */
public final class BlobWrite {
    private enum State {
        IDLE,
        PREPARED,
        SUBMITTED,
        DONE
    }

    private State state = State.IDLE;
    private @Nullable Waiter waiter;
    private @Nullable JdbException failure;

    MemorySegment source = MemorySegment.NULL;
    long sourceOffset;
    int length;
    long stamp;
    long keyHash;

    /** Intrusive link: of the queue, then of the batch the blob lies in. */
    @Nullable BlobWrite next;

    @Nullable ValueFile file;
    long offset;

    /** Value bytes composed so far, for a blob of several pieces. */
    int composed;

    /** Pieces composed and not yet completed. */
    int piecesInFlight;

    /** Why no more of it is written, while pieces are still in flight. */
    @Nullable JdbException abandoned;

    /**
     * Says what to write.
     *
     * @param source heap or native; {@code source[offset, offset + length)} must not change until
     *     the write is done
     * @param length 0 to {@link BlobHeader#LENGTH_MAX}
     * @param stamp kept in the header: an LSN or sequence number
     * @param keyHash kept in the header, for garbage collection
     * @param waiter resumed once when the write is done, well or not
     */
    public void prepare(
            MemorySegment source,
            long offset,
            int length,
            long stamp,
            long keyHash,
            Waiter waiter) {
        assert state != State.SUBMITTED : "prepared while under way";
        assert length >= 0 && length <= BlobHeader.LENGTH_MAX : length;
        java.util.Objects.checkFromIndexSize(offset, length, source.byteSize());
        this.source = source;
        this.sourceOffset = offset;
        this.length = length;
        this.stamp = stamp;
        this.keyHash = keyHash;
        this.waiter = waiter;
        failure = null;
        next = null;
        file = null;
        this.offset = 0;
        composed = 0;
        piecesInFlight = 0;
        abandoned = null;
        state = State.PREPARED;
    }

    void submitted() {
        assert state == State.PREPARED : "submitted before prepared";
        state = State.SUBMITTED;
    }

    /** Ends the write; resumes the waiter. */
    void finish(@Nullable JdbException failure) {
        assert state == State.SUBMITTED;
        this.failure = failure;
        state = State.DONE;
        source = MemorySegment.NULL;
        Waiter w = java.util.Objects.requireNonNull(waiter);
        waiter = null;
        w.resume();
    }

    /** True once the write has ended, well or not. */
    public boolean done() {
        return state == State.DONE;
    }

    /**
     * Throws what the write failed of: DiskFull (nothing is lost, try again later) or InDoubt. The
     * write must be {@link #done}.
     */
    public void check() {
        assert done();
        if (failure != null) {
            throw failure;
        }
    }

    /** Stores the pointer to the value. After a successful {@link #check}. */
    public void writePointer(MemorySegment to, long at) {
        ValPtr.write(to, at, offset, fileId(), length);
    }

    /** The pointer to the value. After a successful {@link #check}. */
    public ValPtr pointer() {
        return new ValPtr(offset, fileId(), length);
    }

    /** The file the value lies in. */
    public int fileId() {
        assert done() && failure == null;
        return java.util.Objects.requireNonNull(file).id;
    }

    /** Where its header begins there. */
    public long offset() {
        return offset;
    }

    /** Its bytes. */
    public int length() {
        return length;
    }
}
