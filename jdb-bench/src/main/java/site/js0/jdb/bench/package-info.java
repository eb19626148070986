/**
 * JMH benchmarks: the engine's parts one by one, and whole stores side by side.
 *
 * <p>Stands on anything; never shipped.
 */
@NullMarked
package site.js0.jdb.bench;

import org.jspecify.annotations.NullMarked;
