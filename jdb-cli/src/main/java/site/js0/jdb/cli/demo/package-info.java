/**
 * The questions that {@code jetdb demo} asks of real weather data.
 *
 * <p>Stands on the SDK alone: an example of its use, too.
 */
@NullMarked
package site.js0.jdb.cli.demo;

import org.jspecify.annotations.NullMarked;
