package site.js0.jdb.comm;

import org.jspecify.annotations.Nullable;

/** Carries a {@link JdbError} to the caller. */
public final class JdbException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient JdbError error;

    /** With the error alone. */
    public JdbException(JdbError error) {
        this(error, null);
    }

    /** With what caused it. */
    public JdbException(JdbError error, @Nullable Throwable cause) {
        super(error.message(), cause);
        this.error = error;
    }

    /** What happened, to be switched over. */
    public JdbError error() {
        return error;
    }

    /** Shorthand for {@code error().code()}. */
    public int code() {
        return error.code();
    }
}
