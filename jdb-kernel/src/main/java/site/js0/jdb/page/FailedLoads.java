package site.js0.jdb.page;

import java.util.ArrayList;
import java.util.List;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Loads that failed, until each waiter has heard of it: the next {@code waiters} fetches of the
 * page throw, the one after them tries the device again. Nobody waits for a failed prefetch, so it
 * leaves nothing here: the first fetch loads the page again and meets the error itself.
 *
 * <p>Off the hot path; allocates. Owner: holder of the shard.
 */
final class FailedLoads {
    /** More than this many pages at once: the oldest are forgotten, their waiters load again. */
    private static final int PAGES_MAX = 1024;

    private static final class Failed {
        final long key;
        final JdbError error;
        int waiters;

        Failed(long key, JdbError error, int waiters) {
            this.key = key;
            this.error = error;
            this.waiters = waiters;
        }
    }

    private final List<Failed> failed = new ArrayList<>();

    void add(long key, JdbError error, int waiters) {
        if (waiters == 0) {
            return;
        }
        if (failed.size() == PAGES_MAX) {
            failed.removeFirst();
        }
        failed.add(new Failed(key, error, waiters));
    }

    boolean isEmpty() {
        return failed.isEmpty();
    }

    /** Throws what the load of {@code key} failed with, if there still is a waiter to hear it. */
    void rethrow(long key) {
        for (int i = 0; i < failed.size(); i++) {
            Failed f = failed.get(i);
            if (f.key == key) {
                if (--f.waiters == 0) {
                    failed.remove(i);
                }
                throw new JdbException(f.error);
            }
        }
    }

    boolean contains(long key) {
        for (Failed f : failed) {
            if (f.key == key) {
                return true;
            }
        }
        return false;
    }

    /** The page is no more. */
    void forget(long key) {
        failed.removeIf(f -> f.key == key);
    }

    /** The file is closed. */
    void forgetFile(int fileIndex) {
        failed.removeIf(f -> BufferPool.fileIndex(f.key) == fileIndex);
    }
}
