package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Hash;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.vlog.BlobWrite;

/**
 * The large values of one batch on their way into the value logs, all at once. They are in the
 * device's hands before the batch is logged. Owner: holder of the shard.
 */
public final class BlobBatch extends Waiter {
    private record Value(int vnode, byte[] key, byte[] bytes, BlobWrite write) {}

    private final List<Value> values = new ArrayList<>();
    private @Nullable Waiter parked;
    private int outstanding;
    private boolean started;
    private @Nullable IntFunction<ValueStore> stores;

    /** Adds a value; its array must not change until {@link #poll} has answered DONE or thrown. */
    public void add(int vnode, byte[] key, byte[] bytes) {
        values.add(new Value(vnode, key, bytes, new BlobWrite()));
    }

    boolean started() {
        return started;
    }

    void start(IntFunction<ValueStore> byVnode, long stamp) {
        started = true;
        stores = byVnode;
        for (Value v : values) {
            v.write.prepare(
                    MemorySegment.ofArray(v.bytes), 0, v.bytes.length, stamp, Hash.of(v.key), this);
            outstanding++;
            byVnode.apply(v.vnode).log().submit(v.write);
        }
    }

    /**
     * @return {@link Progress#DONE} once the device has all of them
     * @throws JdbException what one of them failed of; the others are given up
     */
    int poll(Waiter waiter) {
        if (outstanding > 0) {
            parked = waiter;
            return Progress.WAIT;
        }
        try {
            for (Value v : values) {
                v.write.check();
            }
        } catch (JdbException e) {
            abandon();
            throw e;
        }
        return Progress.DONE;
    }

    /** The batch will not be committed: its values are garbage. Only after {@link #poll} ended. */
    public void abandon() {
        IntFunction<ValueStore> byVnode = stores;
        if (byVnode == null) {
            return;
        }
        stores = null;
        for (Value v : values) {
            if (succeeded(v.write)) {
                byVnode.apply(v.vnode).log().abandoned(v.write.fileId(), v.write.length());
            }
        }
    }

    private static boolean succeeded(BlobWrite write) {
        try {
            write.check();
            return true;
        } catch (JdbException e) {
            return false;
        }
    }

    /** Where the value added as number {@code i} lies; after {@link #poll} answered DONE. */
    public ValPtr pointer(int i) {
        return values.get(i).write.pointer();
    }

    @Override
    public void resume() {
        Waiter waiting = parked;
        if (--outstanding == 0 && waiting != null) {
            parked = null;
            waiting.resume();
        }
    }
}
