/**
 * Write-ahead log (L2): makes a batch durable before anyone hears that it is committed.
 *
 * <p>Owner: one log per shard; whoever calls holds the shard. Appending is for any holder; the
 * methods that touch the driver say that they belong to the shard's thread.
 *
 * <p>Stands on {@code fs} and {@code layout}. Serves {@code tablet}. Knows nothing of pages, value
 * logs or keys: a payload is bytes.
 *
 * <p>Start at {@link Wal}, then {@link GroupCommit} and {@link SegmentPool}; for recovery {@link
 * WalReplay}, then {@link LogStart}. Format and rules: docs/format/wal.md.
 *
 * <p>Promise: once LSN n was reported durable, recovery yields every record up to n, in order, or
 * says {@code Corrupt}. What was only appended survives the death of the process.
 */
@NullMarked
package site.js0.jdb.wal;

import org.jspecify.annotations.NullMarked;
