/**
 * One VNode (L4): memtables, tree and value log as one atomic, multi-version store.
 *
 * <p>Owner: whoever calls holds the shard.
 *
 * <p>Stands on {@code wal}, {@code vlog}, {@code page} and {@code index}. Serves {@code runtime}.
 */
@NullMarked
package site.js0.jdb.tablet;

import org.jspecify.annotations.NullMarked;
