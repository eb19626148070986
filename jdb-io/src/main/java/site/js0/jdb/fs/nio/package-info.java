/**
 * The portable driver (L1): the same promises over {@code java.nio}, where io_uring is not to be
 * had.
 *
 * <p>Owner: one thread per driver; its helper threads never call back into the engine.
 *
 * <p>Stands on {@code alloc}, {@code buf} and the types of {@code fs}. Known to {@code fs} only.
 */
@NullMarked
package site.js0.jdb.fs.nio;

import org.jspecify.annotations.NullMarked;
