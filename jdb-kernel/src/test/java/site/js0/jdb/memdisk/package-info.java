/**
 * A disk in memory with a page cache, kills, power losses and faults, for tests of log and value
 * log.
 */
@NullMarked
package site.js0.jdb.memdisk;

import org.jspecify.annotations.NullMarked;
