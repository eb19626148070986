/**
 * The {@code jetdb} command line.
 *
 * <p>Owner: the main thread.
 *
 * <p>Stands on the SDK, and on the internals of the kernel only to print them.
 */
@NullMarked
package site.js0.jdb.cli;

import org.jspecify.annotations.NullMarked;
