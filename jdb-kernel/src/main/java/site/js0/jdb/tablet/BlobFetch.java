package site.js0.jdb.tablet;

import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Waiter;

/** A read of one value of the value log that is under way. */
interface BlobFetch {
    /** The value, or null: the waiter is parked. */
    byte @Nullable [] poll(Waiter waiter);
}
