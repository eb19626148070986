/**
 * Ordered index (L3): a disk B+ tree over pages; how a key is found.
 *
 * <p>Owner: whoever calls holds the shard.
 *
 * <p>Stands on {@code page} and {@code layout}. Serves {@code tablet}. Knows nothing of versions
 * that a reader may see.
 */
@NullMarked
package site.js0.jdb.index;

import org.jspecify.annotations.NullMarked;
