package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.vlog.BlobRead;

/** A read of one value of the value log that is under way. Owner: holder of the shard. */
public final class BlobFetch extends Waiter {
    private final byte[] value;
    private final BlobRead read = new BlobRead();
    private @Nullable Waiter parked;

    BlobFetch(byte[] value) {
        this.value = value;
    }

    /** Bytes of the value. */
    public int length() {
        return value.length;
    }

    /**
     * The value, the caller's own, or null: the waiter is parked.
     *
     * @throws site.js0.jdb.comm.JdbException Corrupt or Io, each time
     */
    public byte @Nullable [] poll(Waiter waiter) {
        if (!read.done()) {
            parked = waiter;
            return null;
        }
        read.check();
        return value;
    }

    /** The value, once {@link #poll} has answered it; then any thread may ask. */
    public byte[] value() {
        return value;
    }

    BlobRead prepare(long offset, int fileId) {
        read.prepare(offset, fileId, value.length, MemorySegment.ofArray(value), 0, this);
        return read;
    }

    @Override
    public void resume() {
        Waiter waiting = parked;
        parked = null;
        if (waiting != null) {
            waiting.resume();
        }
    }
}
