/**
 * Value log (L2): keeps large values out of the tree, streams them back and collects the dead ones.
 *
 * <p>Owner: whoever calls holds the shard.
 *
 * <p>Stands on {@code fs}, {@code buf} and {@code layout}. Serves {@code tablet}. Knows nothing of
 * logs or pages.
 */
@NullMarked
package site.js0.jdb.vlog;

import org.jspecify.annotations.NullMarked;
