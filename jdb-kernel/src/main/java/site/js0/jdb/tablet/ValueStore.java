package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.index.DropSink;
import site.js0.jdb.layout.ValPtr;

/** TEMPORARY. */
final class ValueStore implements DropSink {
    static ValueStore open(
            StoreConfig config, Path directory, int vnode, MemorySegment buffers, byte[] stats) {
        return new ValueStore();
    }

    BlobFetch fetch(ValPtr pointer) {
        throw new IllegalStateException();
    }

    byte[] stats() {
        return new byte[0];
    }

    int sync(Waiter waiter) {
        return Progress.DONE;
    }

    int service() {
        return 0;
    }

    void checkpointed() {}

    @Override
    public void dropped(MemorySegment memory, long offset) {}

    void stats(StatsSink to) {}

    void close() {}
}
