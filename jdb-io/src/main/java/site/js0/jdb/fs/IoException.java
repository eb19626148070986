package site.js0.jdb.fs;

import org.jspecify.annotations.Nullable;

/**
 * Carries an {@link IoError}. Unchecked: most of it travels through completions, where nothing
 * could be declared.
 */
public final class IoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient IoError error;

    /** With the error alone. */
    public IoException(IoError error) {
        this(error, null);
    }

    /** With what caused it. */
    public IoException(IoError error, @Nullable Throwable cause) {
        super(error.message(), cause);
        this.error = error;
    }

    /** What happened, to be switched over. */
    public IoError error() {
        return error;
    }

    /** The system's error number when there is one, else 0. */
    public int errno() {
        return error instanceof IoError.Io io ? io.errno() : 0;
    }
}
