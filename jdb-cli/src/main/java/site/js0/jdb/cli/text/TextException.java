package site.js0.jdb.cli.text;

/**
 * A piece of text does not say bytes; the message tells what was expected, what came and at which
 * character.
 */
public final class TextException extends RuntimeException {
    TextException(String message) {
        super(message);
    }
}
