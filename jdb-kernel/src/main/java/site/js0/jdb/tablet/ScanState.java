package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import site.js0.jdb.comm.Limits;

/**
 * Where a scan of one VNode stands: behind the last key it has dealt with. All it keeps between two
 * steps.
 */
public final class ScanState {
    private final byte[] key = new byte[Limits.KEY_BYTES_MAX];
    private int keyLength = -1;
    private boolean atEnd;

    /** Before the first key of a new scan. */
    public void begin() {
        keyLength = -1;
        atEnd = false;
    }

    /** True when no further row follows. */
    public boolean atEnd() {
        return atEnd;
    }

    void end() {
        atEnd = true;
    }

    boolean started() {
        return keyLength >= 0;
    }

    byte[] key() {
        return key;
    }

    int keyLength() {
        return keyLength;
    }

    /** The user's key at {@code offset} is dealt with. */
    void passed(MemorySegment memory, long offset, int length) {
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, key, 0, length);
        keyLength = length;
    }
}
