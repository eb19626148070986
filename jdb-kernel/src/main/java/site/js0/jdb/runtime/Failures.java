package site.js0.jdb.runtime;

import java.util.Objects;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/** Turns what went wrong on another thread into what its caller gets. */
final class Failures {
    private Failures() {}

    /** A fresh exception with the caller's stack, the original as its cause. */
    static JdbException forCaller(Throwable failure) {
        return switch (failure) {
            case JdbException e -> new JdbException(e.error(), e);
            case IoException e -> new JdbException(inKernelTerms(e), e);
            default -> new JdbException(new JdbError.Internal(failure.toString()), failure);
        };
    }

    private static JdbError inKernelTerms(IoException e) {
        if (!(e.error() instanceof IoError.Io io)) {
            return new JdbError.Io(
                    "I/O", "the database", Objects.requireNonNullElse(e.getMessage(), ""));
        }
        return io.errno() == Errno.ENOSPC || io.errno() == Errno.EDQUOT
                ? new JdbError.DiskFull(io.file(), io.op())
                : new JdbError.Io(io.op(), io.file(), Errno.describe(io.errno()));
    }
}
