package site.js0.jdb.cli;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import site.js0.jdb.api.ScanRange;

/**
 * Options that choose a range of keys. They narrow each other: what is left satisfies all of them.
 */
final class RangeArgs {
    @Option(
            names = {"-p", "--prefix"},
            paramLabel = "KEY",
            description = "Keys that start with this.")
    private @Nullable String prefix;

    @Option(names = "--from", paramLabel = "KEY", description = "Keys at or above this.")
    private @Nullable String from;

    @Option(names = "--after", paramLabel = "KEY", description = "Keys above this.")
    private @Nullable String after;

    @Option(names = "--to", paramLabel = "KEY", description = "Keys below this.")
    private @Nullable String to;

    @Option(names = "--through", paramLabel = "KEY", description = "Keys at or below this.")
    private @Nullable String through;

    @Option(
            names = {"-r", "--reverse"},
            description = "From the last key down.")
    private boolean reverse;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "ROWS",
            description = "At most so many rows.")
    private long limit = Long.MAX_VALUE;

    /** The range, in the direction and up to the limit that were asked for. */
    ScanRange range() {
        if (limit < 0) {
            throw CliException.usage("--limit: expected 0 or more rows, got " + limit, "");
        }
        ScanRange range =
                prefix == null
                        ? ScanRange.all()
                        : ScanRange.prefix(Arguments.bytes("--prefix", prefix));
        if (from != null) {
            range = raise(range, Arguments.bytes("--from", from), true);
        }
        if (after != null) {
            range = raise(range, Arguments.bytes("--after", after), false);
        }
        if (to != null) {
            range = lower(range, Arguments.bytes("--to", to), false);
        }
        if (through != null) {
            range = lower(range, Arguments.bytes("--through", through), true);
        }
        range = limit == Long.MAX_VALUE ? range : range.limit(limit);
        return reverse ? range.reversed() : range;
    }

    /** The range without what is below {@code key}. */
    private static ScanRange raise(ScanRange range, byte[] key, boolean inclusive) {
        byte[] bound = range.fromKey();
        int order = bound == null ? 1 : Arrays.compareUnsigned(key, bound);
        if (order < 0 || order == 0 && inclusive) {
            return range;
        }
        return inclusive ? range.from(key) : range.after(key);
    }

    /** The range without what is above {@code key}. */
    private static ScanRange lower(ScanRange range, byte[] key, boolean inclusive) {
        byte[] bound = range.toKey();
        int order = bound == null ? -1 : Arrays.compareUnsigned(key, bound);
        if (order > 0 || order == 0 && inclusive) {
            return range;
        }
        return inclusive ? range.through(key) : range.to(key);
    }
}
