/**
 * Value log (L2): keeps large values out of log and tree, in files that are only appended to.
 *
 * <p>Owner: one value log per VNode; whoever calls holds the shard. Submitting is for any holder;
 * the methods that touch the driver say that they belong to the shard's thread.
 *
 * <p>Stands on {@code fs} and {@code layout}. Serves {@code tablet}. Knows nothing of logs or
 * pages: whoever keeps a pointer tells it what lives and when to be durable.
 *
 * <p>Start at {@link ValueLog}, then {@link BlobWriter}, {@link BlobReader} and {@link FileTable}.
 * Format: docs/format/vlog.md.
 *
 * <p>Promise: a write that is done survives the death of the process, and power loss once a sync
 * begun later has ended; a read yields the bytes that were written, or {@code Corrupt}.
 */
@NullMarked
package site.js0.jdb.vlog;

import org.jspecify.annotations.NullMarked;
