package site.js0.jdb.api;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Which rows a {@link Scan} visits. Immutable; the {@code with}-like verbs answer changed copies.
 *
 * <p>{@code from} is always the lower and {@code to} the upper bound, also for a reverse scan,
 * which starts at the upper one.
 */
public final class ScanRange {
    private static final ScanRange ALL =
            new ScanRange(null, true, null, false, false, Long.MAX_VALUE, false);

    private final byte @Nullable [] from;
    private final boolean fromInclusive;
    private final byte @Nullable [] to;
    private final boolean toInclusive;
    private final boolean reverse;
    private final long limit;
    private final boolean keysOnly;

    private ScanRange(
            byte @Nullable [] from,
            boolean fromInclusive,
            byte @Nullable [] to,
            boolean toInclusive,
            boolean reverse,
            long limit,
            boolean keysOnly) {
        this.from = from;
        this.fromInclusive = fromInclusive;
        this.to = to;
        this.toInclusive = toInclusive;
        this.reverse = reverse;
        this.limit = limit;
        this.keysOnly = keysOnly;
    }

    /** Every row. */
    public static ScanRange all() {
        return ALL;
    }

    /** Rows whose key starts with {@code prefix}. */
    public static ScanRange prefix(byte[] prefix) {
        byte[] end = null;
        for (int i = prefix.length - 1; i >= 0; i--) {
            if (prefix[i] != (byte) 0xFF) {
                end = Arrays.copyOf(prefix, i + 1);
                end[i]++;
                break;
            }
        }
        return new ScanRange(
                prefix.length == 0 ? null : prefix.clone(),
                true,
                end,
                false,
                false,
                Long.MAX_VALUE,
                false);
    }

    /** Rows at or above {@code key}. */
    public ScanRange from(byte[] key) {
        return new ScanRange(key.clone(), true, to, toInclusive, reverse, limit, keysOnly);
    }

    /** Rows above {@code key}. */
    public ScanRange after(byte[] key) {
        return new ScanRange(key.clone(), false, to, toInclusive, reverse, limit, keysOnly);
    }

    /** Rows below {@code key}. */
    public ScanRange to(byte[] key) {
        return new ScanRange(from, fromInclusive, key.clone(), false, reverse, limit, keysOnly);
    }

    /** Rows at or below {@code key}. */
    public ScanRange through(byte[] key) {
        return new ScanRange(from, fromInclusive, key.clone(), true, reverse, limit, keysOnly);
    }

    /** The same rows from the upper bound down. */
    public ScanRange reversed() {
        return new ScanRange(from, fromInclusive, to, toInclusive, !reverse, limit, keysOnly);
    }

    /**
     * At most {@code rows} rows, counted from where the scan starts.
     *
     * @throws JdbException BadArgument for a negative number
     */
    public ScanRange limit(long rows) {
        if (rows < 0) {
            throw new JdbException(
                    new JdbError.BadArgument("limit", "0 or more rows", Long.toString(rows)));
        }
        return new ScanRange(from, fromInclusive, to, toInclusive, reverse, rows, keysOnly);
    }

    /** Without values: none is read, not from the value log either. */
    public ScanRange keysOnly() {
        return new ScanRange(from, fromInclusive, to, toInclusive, reverse, limit, true);
    }

    /** The lower bound; null when unbounded. Not a copy: for the kernel. */
    public byte @Nullable [] fromKey() {
        return from;
    }

    public boolean fromInclusive() {
        return fromInclusive;
    }

    /** The upper bound; null when unbounded. Not a copy: for the kernel. */
    public byte @Nullable [] toKey() {
        return to;
    }

    public boolean toInclusive() {
        return toInclusive;
    }

    public boolean isReverse() {
        return reverse;
    }

    public long rowsMax() {
        return limit;
    }

    public boolean isKeysOnly() {
        return keysOnly;
    }
}
