/**
 * Shards (L5): one pinned thread each, its loop, ring and log, and who may hold it.
 *
 * <p>Owner: each shard's thread, or the caller that borrows its turn.
 *
 * <p>Stands on {@code tablet}, {@code proto} and {@code fs}. Serves {@code api}.
 */
@NullMarked
package site.js0.jdb.runtime;

import org.jspecify.annotations.NullMarked;
