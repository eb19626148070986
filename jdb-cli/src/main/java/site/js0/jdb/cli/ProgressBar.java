package site.js0.jdb.cli;

import java.util.Locale;

/**
 * A line on a terminal's standard error that says how far long work is; nothing at all when that is
 * no terminal.
 *
 * <p>Any thread may report; the one that reports draws, at most ten times a second. {@link #close}
 * wipes the line.
 */
final class ProgressBar implements AutoCloseable {
    private static final int WIDTH = 28;
    private static final long REDRAW_NANOS = 100_000_000;
    private static final String TO_LINE_START_AND_WIPE = "\r\u001b[K";

    private final Env env;
    private final boolean shown;
    private final String what;
    private final String unit;
    private final long total;
    private final long startNanos = System.nanoTime();
    private long drawnNanos = startNanos;

    /**
     * @param total how many units there are; 0 when that is not known
     */
    ProgressBar(Env env, String what, String unit, long total) {
        this.env = env;
        this.shown = env.isLively();
        this.what = what;
        this.unit = unit;
        this.total = total;
    }

    /** {@code done} units are finished; {@code part} of {@code total} is how far that is. */
    synchronized void at(long done, long part) {
        if (!shown) {
            return;
        }
        long now = System.nanoTime();
        if (now - drawnNanos < REDRAW_NANOS) {
            return;
        }
        drawnNanos = now;
        double seconds = (now - startNanos) / 1e9;
        StringBuilder line = new StringBuilder(TO_LINE_START_AND_WIPE).append(what).append(' ');
        if (total > 0) {
            double fraction = Math.min(1, Math.max(0, (double) part / total));
            int filled = (int) (fraction * WIDTH);
            line.append('[').repeat('#', filled).repeat('.', WIDTH - filled).append("] ");
            line.append(String.format(Locale.ROOT, "%3.0f%% ", fraction * 100));
            if (fraction > 0.01) {
                line.append(
                        String.format(Locale.ROOT, "%.0f s left, ", seconds / fraction - seconds));
            }
        }
        line.append(String.format(Locale.ROOT, "%,d %s, %,.0f/s", done, unit, done / seconds));
        env.err.print(line);
        env.err.flush();
    }

    /** {@link #at(long, long)} where units are counted by the total itself. */
    void at(long done) {
        at(done, done);
    }

    @Override
    public void close() {
        wipe();
    }

    /** Takes the line away, so that something else may be printed. */
    synchronized void wipe() {
        if (shown) {
            env.err.print(TO_LINE_START_AND_WIPE);
            env.err.flush();
        }
    }
}
