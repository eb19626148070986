package site.js0.jdb.runtime;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Limits;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.tablet.PointRead;
import site.js0.jdb.tablet.ShardStore;

/**
 * Reads one key's newest value. The result stays in this object's own array; the caller copies it
 * out.
 */
final class GetOperation extends Operation {
    /** {@link #valueLength} when there is no value. */
    static final int ABSENT = -1;

    private final PointRead read = new PointRead();
    private final byte[] ownKey = new byte[Limits.KEY_BYTES_MAX];

    private byte[] key = ownKey;
    private int keyLength;
    private int table;
    private int vnode;

    private final byte[] inline = new byte[Limits.INLINE_VALUE_BYTES_MAX];
    private byte @Nullable [] blob;
    private int valueLength;

    /** What to read; {@code key} stays the caller's until {@link #detach()}. */
    GetOperation of(int vnode, int table, byte[] key) {
        this.vnode = vnode;
        this.table = table;
        this.key = key;
        this.keyLength = key.length;
        blob = null;
        read.begin();
        return this;
    }

    @Override
    void detach() {
        System.arraycopy(key, 0, ownKey, 0, keyLength);
        key = ownKey;
    }

    @Override
    int step(ShardStore store) {
        int r = store.get(vnode, table, key, keyLength, Long.MAX_VALUE, read, this);
        if (r != Progress.DONE) {
            return r;
        }
        if (!read.found()) {
            valueLength = ABSENT;
            return Progress.DONE;
        }
        blob = read.blob();
        if (blob != null) {
            valueLength = blob.length;
            return Progress.DONE;
        }
        valueLength = read.valueLength();
        MemorySegment.copy(
                read.valueMemory(),
                ValueLayout.JAVA_BYTE,
                read.valueOffset(),
                inline,
                0,
                valueLength);
        return Progress.DONE;
    }

    /** Length of the value, or {@link #ABSENT}. */
    int valueLength() {
        return valueLength;
    }

    /** The value, the caller's own, or null. */
    byte @Nullable [] valueCopy() {
        if (valueLength == ABSENT) {
            return null;
        }
        return blob != null ? blob : Arrays.copyOf(inline, valueLength);
    }

    /** Copies what fits to {@code target[offset..]}. */
    void copyTo(byte[] target, int offset) {
        byte[] value = blob != null ? blob : inline;
        System.arraycopy(value, 0, target, offset, Math.min(valueLength, target.length - offset));
    }

    /** Lets go of what is the caller's, before the operation is kept for its next use. */
    void forget() {
        key = ownKey;
        blob = null;
    }
}
