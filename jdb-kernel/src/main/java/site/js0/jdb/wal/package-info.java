/**
 * Write-ahead log (L2): makes a batch durable before anyone hears that it is committed.
 *
 * <p>Owner: one log per shard; whoever calls holds the shard.
 *
 * <p>Stands on {@code fs}, {@code buf} and {@code layout}. Serves {@code tablet}. Knows nothing of
 * pages, value logs or keys.
 */
@NullMarked
package site.js0.jdb.wal;

import org.jspecify.annotations.NullMarked;
