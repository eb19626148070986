/**
 * The SDK (L5): what an application calls, synchronously and asynchronously.
 *
 * <p>Owner: the caller's threads; everything public here may be shared between threads unless it
 * says otherwise.
 *
 * <p>Stands on {@code runtime}. Nothing in the kernel knows this package.
 */
@NullMarked
package site.js0.jdb.api;

import org.jspecify.annotations.NullMarked;
