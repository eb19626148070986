/**
 * A small engine that breaks every rule of the architecture, so that the rules are seen to fail.
 */
@NullMarked
package site.js0.jdb.testkit.arch.planted;

import org.jspecify.annotations.NullMarked;
