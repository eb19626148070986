/**
 * Files for programs (L1): the drivers below, without their rules about threads.
 *
 * <p>Owner: nobody; everything here may be used by any thread, platform or virtual.
 *
 * <p>Stands on {@code alloc} and {@code fs}. Serves users of jdb-io; the engine talks to drivers
 * itself. Start at {@link site.js0.jdb.fs.async.IoLoop}, then {@link site.js0.jdb.fs.async.File}.
 */
@NullMarked
package site.js0.jdb.fs.async;

import org.jspecify.annotations.NullMarked;
