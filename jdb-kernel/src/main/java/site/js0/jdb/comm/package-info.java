/**
 * Common values (L0): identities, timestamps, log positions, errors, the hash and the
 * configuration.
 *
 * <p>Owner: none; everything here is immutable or stateless.
 *
 * <p>Stands on the JDK alone. Serves every other component.
 */
@NullMarked
package site.js0.jdb.comm;

import org.jspecify.annotations.NullMarked;
