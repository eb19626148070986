package site.js0.jdb.runtime;

import java.util.Arrays;
import site.js0.jdb.tablet.CommitClock;
import site.js0.jdb.tablet.Floors;

/**
 * The timestamps at which somebody reads. A merge keeps what they need. Any thread.
 *
 * <p>Opening registers and reads the clock in one step as far as {@link #floors} can see. So a
 * merge that did not see a snapshot began before it, all versions it can meet are at or below the
 * snapshot, and of those the newest, which is always kept, is the one the snapshot needs.
 */
final class Snapshots implements Floors {
    private final CommitClock clock;
    private long[] open = new long[16];
    private int count;

    Snapshots(CommitClock clock) {
        this.clock = clock;
    }

    /** A snapshot of now; give it to {@link #close}. */
    synchronized long open() {
        if (count == open.length) {
            open = Arrays.copyOf(open, count * 2);
        }
        long timestamp = clock.now();
        open[count++] = timestamp;
        return timestamp;
    }

    synchronized void close(long timestamp) {
        for (int i = 0; i < count; i++) {
            if (open[i] == timestamp) {
                open[i] = open[--count];
                return;
            }
        }
        throw new IllegalStateException("snapshot " + timestamp + " is not open");
    }

    @Override
    public synchronized long[] floors() {
        long[] sorted = Arrays.copyOf(open, count);
        Arrays.sort(sorted);
        return sorted;
    }
}
