package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import site.js0.jdb.index.DropSink;
import site.js0.jdb.layout.ValPtr;

/**
 * What a merge adds to the tree and leaves out of it, until the root that it belongs to is
 * published: only then the value log may count it, and only under the hold; a merge that fails
 * counts for nothing since its last root.
 *
 * <p>A version that the merge takes from the memtable counts as added, and as dropped when it is
 * then left out. So after a replay, which may add again what the tree has, live bytes are never
 * below the truth. Owner: shard's thread.
 */
final class PointerCounts implements DropSink {
    private static final int PER_CHANGE = 2;

    /** Pairs of file id and length; the length is negative (its complement) for a drop. */
    private int[] changes = new int[64];

    private int count;

    void added(MemorySegment memory, long offset) {
        note(ValPtr.fileId(memory, offset), ValPtr.length(memory, offset));
    }

    @Override
    public void dropped(MemorySegment memory, long offset) {
        note(ValPtr.fileId(memory, offset), ~ValPtr.length(memory, offset));
    }

    private void note(int fileId, int lengthOrComplement) {
        if (count == changes.length) {
            changes = Arrays.copyOf(changes, 2 * count);
        }
        changes[count] = fileId;
        changes[count + 1] = lengthOrComplement;
        count += PER_CHANGE;
    }

    /** The root is published. Holder. */
    void commit(ValueStore values) {
        for (int i = 0; i < count; i += PER_CHANGE) {
            if (changes[i + 1] >= 0) {
                values.log().added(changes[i], changes[i + 1]);
            }
        }
        for (int i = 0; i < count; i += PER_CHANGE) {
            if (changes[i + 1] < 0) {
                values.log().dropped(changes[i], ~changes[i + 1]);
            }
        }
        count = 0;
    }

    /** The merge failed. */
    void forget() {
        count = 0;
    }
}
