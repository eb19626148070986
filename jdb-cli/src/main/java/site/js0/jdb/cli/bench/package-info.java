/**
 * Benchmarks of the whole engine and of its I/O layer, as {@code jetdb bench} runs them, and the
 * seam through which the same workloads run on other stores.
 *
 * <p>Every value that is read is checked. Start at {@code KvBench}.
 */
@NullMarked
package site.js0.jdb.cli.bench;

import org.jspecify.annotations.NullMarked;
