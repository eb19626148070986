package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The state and result of one point read. The memory it points into is valid until the holder lets
 * go of the shard or calls into it again; a value from the value log is an array of its own.
 */
public final class PointRead {
    private boolean existenceOnly;
    private boolean found;
    private MemorySegment memory = MemorySegment.NULL;
    private long offset;
    private int length;
    private byte @Nullable [] blob;

    /** The value log read under way; null when there is none. */
    @Nullable BlobFetch fetch;

    /** Forgets the last read. */
    public void begin() {
        found = false;
        blob = null;
        fetch = null;
    }

    /** Only whether there is a value is asked: the value log is not read. */
    public PointRead existenceOnly() {
        existenceOnly = true;
        return this;
    }

    boolean isExistenceOnly() {
        return existenceOnly;
    }

    int absent() {
        found = false;
        return site.js0.jdb.comm.Progress.DONE;
    }

    int inPlace(MemorySegment memory, long offset, int length) {
        this.found = true;
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        return site.js0.jdb.comm.Progress.DONE;
    }

    int fromLog(byte[] value) {
        this.found = true;
        this.blob = value;
        this.fetch = null;
        return site.js0.jdb.comm.Progress.DONE;
    }

    /** True when the key has a value. */
    public boolean found() {
        return found;
    }

    /**
     * The value when it came from the value log, else null: then it lies at {@link #valueMemory()}.
     */
    public byte @Nullable [] blob() {
        return blob;
    }

    public MemorySegment valueMemory() {
        return memory;
    }

    public long valueOffset() {
        return offset;
    }

    public int valueLength() {
        return length;
    }
}
