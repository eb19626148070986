/**
 * Buffer pool (L2): residency, pins, eviction and free space of pages.
 *
 * <p>Owner: whoever calls holds the shard; pages being flushed belong to the kernel until they
 * complete.
 *
 * <p>Stands on {@code fs}, {@code buf} and {@code layout}. Serves {@code index}. Knows nothing of
 * logs or values.
 */
@NullMarked
package site.js0.jdb.page;

import org.jspecify.annotations.NullMarked;
