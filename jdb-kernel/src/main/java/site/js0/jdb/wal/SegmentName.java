package site.js0.jdb.wal;

import java.nio.file.Path;
import java.util.Locale;

/** Names of segment files: {@code wal-} and the sequence number as 16 lower-case hex digits. */
final class SegmentName {
    private static final String PREFIX = "wal-";
    private static final int DIGITS = 16;

    private SegmentName() {}

    static String of(long seq) {
        assert seq > 0;
        return String.format(Locale.ROOT, PREFIX + "%016x", seq);
    }

    static Path path(Path directory, long seq) {
        return directory.resolve(of(seq));
    }

    /** The sequence number, or 0 when {@code name} is no segment's. */
    static long parse(String name) {
        if (name.length() != PREFIX.length() + DIGITS || !name.startsWith(PREFIX)) {
            return 0;
        }
        long seq = 0;
        for (int i = PREFIX.length(); i < name.length(); i++) {
            char c = name.charAt(i);
            int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
            if (digit < 0) {
                return 0;
            }
            seq = seq << 4 | digit;
        }
        return Math.max(seq, 0);
    }
}
