/**
 * Files, directories and log tails (L1): how blocks reach the device, and what a sync promises.
 *
 * <p>Owner: the thread that opened the driver, unless a type says otherwise.
 *
 * <p>Stands on {@code alloc} and {@code buf}. Serves everything that touches a disk. The drivers,
 * {@code fs.uring} and {@code fs.nio}, are known to this package only.
 */
@NullMarked
package site.js0.jdb.fs;

import org.jspecify.annotations.NullMarked;
