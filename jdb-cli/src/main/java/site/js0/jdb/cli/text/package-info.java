/**
 * Bytes as people write and read them on a command line: arguments, printed rows, JSON strings,
 * composite keys.
 *
 * <p>Stateless; any thread. Start at {@code ByteText}.
 */
@NullMarked
package site.js0.jdb.cli.text;

import org.jspecify.annotations.NullMarked;
