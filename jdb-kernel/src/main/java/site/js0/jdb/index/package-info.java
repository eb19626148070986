/**
 * Ordered index (L3): a copy-on-write B+ tree over pages; how a key is found.
 *
 * <p>Owner: whoever calls holds the shard; a merge may run beside the hold, see {@link
 * site.js0.jdb.index.MergePages}.
 *
 * <p>Stands on {@code page} and {@code layout}. Serves {@code tablet}. Knows of versions what the
 * order and the merge need: timestamps, and which of them some reader still sees.
 *
 * <p>Start at {@code Tree.get}, then {@code TreeCursor}, then {@code TreeMerge}. Format:
 * docs/format/tree.md. {@code TreeCheck} proves that a tree is whole.
 */
@NullMarked
package site.js0.jdb.index;

import org.jspecify.annotations.NullMarked;
