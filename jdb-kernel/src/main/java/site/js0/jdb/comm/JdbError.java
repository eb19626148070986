package site.js0.jdb.comm;

/**
 * Every error a caller can meet, grouped by what the caller can do. Codes cross the C ABI and the
 * wire: new ones are appended, none is renumbered or used again.
 */
public sealed interface JdbError {
    /** Stable number. */
    int code();

    /** One sentence for people: what was expected, what came, where, and what to do. */
    String message();

    /** Nothing changed; the same call may succeed later. */
    sealed interface Retryable extends JdbError {}

    /** Nothing changed; the same call can never succeed. */
    sealed interface Rejected extends JdbError {}

    /** What is on disk is not as promised, or durability is in doubt. */
    sealed interface Fatal extends JdbError {}

    /** The shard's queue is full ({@code try...} calls only; blocking calls wait). */
    record Busy(int shard, int queuedMax) implements Retryable {
        @Override
        public int code() {
            return 1001;
        }

        @Override
        public String message() {
            return "shard "
                    + shard
                    + " has its limit of "
                    + queuedMax
                    + " requests queued; try again";
        }
    }

    /** No room on the device. Reading goes on; writing heals when space returns. */
    record DiskFull(String file, String detail) implements Retryable {
        @Override
        public int code() {
            return 1002;
        }

        @Override
        public String message() {
            return "no space left on the device for "
                    + file
                    + ": "
                    + detail
                    + "; free space, then write again";
        }
    }

    /** Another process, or another handle of this one, has the database open. */
    record Locked(String path, String holder) implements Retryable {
        @Override
        public int code() {
            return 1003;
        }

        @Override
        public String message() {
            return path + " is open already, held by " + holder + "; close it there first";
        }
    }

    /**
     * The calling thread was interrupted; whether a write took place is not known to the caller. It
     * may still take place, after what the caller does next too.
     */
    record Interrupted(String op) implements Retryable {
        @Override
        public int code() {
            return 1004;
        }

        @Override
        public String message() {
            return op + " was interrupted while it waited; it may or may not have taken place";
        }
    }

    /** An argument outside its bounds. */
    record BadArgument(String what, String expected, String found) implements Rejected {
        @Override
        public int code() {
            return 2001;
        }

        @Override
        public String message() {
            return what + ": expected " + expected + ", got " + found;
        }
    }

    /** The handle is closed, or the database is shutting down. */
    record Shutdown(String what) implements Rejected {
        @Override
        public int code() {
            return 2002;
        }

        @Override
        public String message() {
            return what + " is closed";
        }
    }

    /**
     * A thing that was named is not there (a database, a table; never a key: that is an answer, not
     * an error).
     */
    record NotFound(String what, String name) implements Rejected {
        @Override
        public int code() {
            return 2003;
        }

        @Override
        public String message() {
            return "no " + what + " " + name;
        }
    }

    /** The path cannot be used as a database. */
    record NotADatabase(String path, String expected, String found) implements Rejected {
        @Override
        public int code() {
            return 2004;
        }

        @Override
        public String message() {
            return path + " is no JDB database: expected " + expected + ", found " + found;
        }
    }

    /** Made by a version of the program that knows more than this one. */
    record NewerFormat(String file, int found, int supported) implements Rejected {
        @Override
        public int code() {
            return 2005;
        }

        @Override
        public String message() {
            return file
                    + " has format "
                    + found
                    + ", this program reads up to "
                    + supported
                    + "; use a newer one";
        }
    }

    /** A call from inside a callback that runs on the kernel's own turn. */
    record Reentrant(String op) implements Rejected {
        @Override
        public int code() {
            return 2006;
        }

        @Override
        public String message() {
            return op
                    + " was called from inside the kernel's own turn; call it from another thread";
        }
    }

    /** A rule of the format does not hold. Nothing is skipped silently. */
    record Corrupt(String file, long offset, String rule) implements Fatal {
        @Override
        public int code() {
            return 3001;
        }

        @Override
        public String message() {
            return file + " is damaged at offset " + offset + ": " + rule;
        }
    }

    /** The device or system failed. */
    record Io(String op, String file, String detail) implements Fatal {
        @Override
        public int code() {
            return 3002;
        }

        @Override
        public String message() {
            return op + " of " + file + " failed: " + detail;
        }
    }

    /**
     * After a failed write or sync, or an escaped error, the shard takes no more writes until it is
     * reopened.
     */
    record InDoubt(int shard, String cause) implements Fatal {
        @Override
        public int code() {
            return 3003;
        }

        @Override
        public String message() {
            return "shard " + shard + " refuses writes until the database is reopened: " + cause;
        }
    }

    /** A defect of the kernel. */
    record Internal(String detail) implements Fatal {
        @Override
        public int code() {
            return 3004;
        }

        @Override
        public String message() {
            return "internal error, please report: " + detail;
        }
    }
}
