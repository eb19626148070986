package site.js0.jdb.tablet;

import java.util.function.IntFunction;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.ValPtr;

/** TEMPORARY. */
public final class BlobBatch {
    public void add(int vnode, byte[] value) {
        throw new JdbException(
                new JdbError.BadArgument("value", "small for now", value.length + ""));
    }

    boolean started() {
        return false;
    }

    void start(IntFunction<ValueStore> stores) {}

    int poll(Waiter waiter) {
        return 0;
    }

    public ValPtr pointer(int i) {
        throw new IllegalStateException();
    }
}
