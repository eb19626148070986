package site.js0.jdb.cli.data;

import java.io.IOException;

/**
 * An input file as a whole cannot be read on: not of the format it should have, cut off, damaged.
 */
public final class BadFile extends IOException {
    public BadFile(String message) {
        super(message);
    }
}
