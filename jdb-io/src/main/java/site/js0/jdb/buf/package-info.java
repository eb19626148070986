/**
 * Page pools (L1): memory of fixed size, lent and given back without a lock.
 *
 * <p>Owner: one thread per pool; a page closed on another thread comes home through a bounded
 * channel.
 *
 * <p>Stands on {@code alloc}. Serves {@code fs} and the pages above.
 */
@NullMarked
package site.js0.jdb.buf;

import org.jspecify.annotations.NullMarked;
