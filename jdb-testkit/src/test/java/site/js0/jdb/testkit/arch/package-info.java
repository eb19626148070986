/**
 * The architecture as tests: which component may know which, and what engine code never does.
 *
 * <p>Start at {@code ArchitectureRules}. {@code planted} breaks each rule once, on purpose.
 */
@NullMarked
package site.js0.jdb.testkit.arch;

import org.jspecify.annotations.NullMarked;
