package site.js0.jdb.vlog;

import java.nio.file.Path;
import java.util.Locale;

/** Names of value log files: {@code vlog-} and the file's id as 8 lower-case hex digits. */
final class ValueFileName {
    static final String PREFIX = "vlog-";
    private static final int DIGITS = 8;

    private ValueFileName() {}

    static String of(int fileId) {
        assert fileId > 0;
        return String.format(Locale.ROOT, PREFIX + "%08x", fileId);
    }

    static Path path(Path directory, int fileId) {
        return directory.resolve(of(fileId));
    }

    /** The file's id, or 0 when {@code name} is no value log file's. */
    static int parse(String name) {
        if (name.length() != PREFIX.length() + DIGITS || !name.startsWith(PREFIX)) {
            return 0;
        }
        int id = 0;
        for (int i = PREFIX.length(); i < name.length(); i++) {
            char c = name.charAt(i);
            int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
            if (digit < 0) {
                return 0;
            }
            id = id << 4 | digit;
        }
        return Math.max(id, 0);
    }
}
