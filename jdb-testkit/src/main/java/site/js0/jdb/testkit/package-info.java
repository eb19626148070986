/**
 * Test kit: simulated disk, clock and scheduler, so that a whole kernel runs from one seed.
 *
 * <p>Owner: the test's thread.
 *
 * <p>Stands on every module of the engine; nothing that is shipped stands on it.
 */
@NullMarked
package site.js0.jdb.testkit;

import org.jspecify.annotations.NullMarked;
