/**
 * On-disk structures (L0): offsets, sizes and checksums, and no I/O.
 *
 * <p>Owner: none; everything here is stateless and works on the memory it is handed.
 *
 * <p>Stands on {@code comm}. Serves every component that reads or writes bytes on disk.
 */
@NullMarked
package site.js0.jdb.layout;

import org.jspecify.annotations.NullMarked;
