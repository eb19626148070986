/**
 * Aligned off-heap memory (L1): who owns bytes, and who only looks at them.
 *
 * <p>Owner: whoever closes the buffer; views are free to copy and own nothing.
 *
 * <p>Stands on the JDK alone. Serves {@code buf} and {@code fs}.
 */
@NullMarked
package site.js0.jdb.alloc;

import org.jspecify.annotations.NullMarked;
