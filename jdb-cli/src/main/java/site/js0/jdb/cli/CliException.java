package site.js0.jdb.cli;

/**
 * Ends a command with an exit code, a sentence that says what is wrong and one that says what to
 * do.
 */
final class CliException extends RuntimeException {
    private final int exitCode;
    private final String hint;

    /**
     * @param hint what to do next; empty when the message says it
     */
    CliException(int exitCode, String message, String hint) {
        super(message);
        this.exitCode = exitCode;
        this.hint = hint;
    }

    static CliException usage(String message, String hint) {
        return new CliException(ExitCode.USAGE, message, hint);
    }

    static CliException notFound(String message, String hint) {
        return new CliException(ExitCode.NOT_FOUND, message, hint);
    }

    static CliException userFile(String message, String hint) {
        return new CliException(ExitCode.USER_FILE, message, hint);
    }

    int exitCode() {
        return exitCode;
    }

    String hint() {
        return hint;
    }
}
