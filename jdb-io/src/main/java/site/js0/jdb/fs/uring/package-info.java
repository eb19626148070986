/**
 * The io_uring driver (L1): rings, submissions and completions over the raw system calls.
 *
 * <p>Owner: one thread per ring, the only one that touches it.
 *
 * <p>Stands on {@code alloc}, {@code buf} and the types of {@code fs}. Known to {@code fs} only.
 */
@NullMarked
package site.js0.jdb.fs.uring;

import org.jspecify.annotations.NullMarked;
