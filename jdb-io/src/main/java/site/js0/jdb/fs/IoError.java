package site.js0.jdb.fs;

/** What can go wrong below the engine; each says where, what was expected and what came. */
public sealed interface IoError {
    /** For people: one sentence. */
    String message();

    /**
     * The system refused or failed. {@code errno} is Linux's number on every platform (EIO 5,
     * ENOSPC 28, ...).
     */
    record Io(String op, String file, long offset, long length, int errno) implements IoError {
        @Override
        public String message() {
            return op
                    + " of "
                    + length
                    + " bytes at offset "
                    + offset
                    + " of "
                    + file
                    + " failed: "
                    + Errno.describe(errno);
        }
    }

    /** Memory could not be had. */
    record Alloc(long bytes, String reason) implements IoError {
        @Override
        public String message() {
            return "could not allocate " + bytes + " bytes: " + reason;
        }
    }

    /**
     * Direct I/O needs {@code what} (address, offset or length) to be a multiple of {@code
     * alignment}.
     */
    record Alignment(String file, String what, long value, int alignment) implements IoError {
        @Override
        public String message() {
            return what
                    + " "
                    + value
                    + " is not a multiple of "
                    + alignment
                    + ", which direct I/O on "
                    + file
                    + " needs";
        }
    }

    /** The file ended before {@code expected} bytes were read. */
    record ShortRead(String file, long offset, long expected, long found) implements IoError {
        @Override
        public String message() {
            return "read of "
                    + file
                    + " at offset "
                    + offset
                    + " expected "
                    + expected
                    + " bytes, found "
                    + found;
        }
    }

    /** The system took fewer bytes than {@code expected} and will take no more. */
    record ShortWrite(String file, long offset, long expected, long found) implements IoError {
        @Override
        public String message() {
            return "write of "
                    + file
                    + " at offset "
                    + offset
                    + " expected "
                    + expected
                    + " bytes, wrote "
                    + found;
        }
    }

    /** Work handed to another thread died of an exception or an interrupt. */
    record Join(String op, String file, String reason) implements IoError {
        @Override
        public String message() {
            return op + " of " + file + " did not finish: " + reason;
        }
    }

    /** A size or offset is beyond what the platform can address. */
    record Overflow(String what, long value, long max) implements IoError {
        @Override
        public String message() {
            return what + " " + value + " is beyond the maximum of " + max;
        }
    }
}
