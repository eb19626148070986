package site.js0.jdb.runtime;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import site.js0.jdb.alloc.Leaks;

/**
 * The scans that are open; kept only with {@code JdbOptions.debugLeaks}. Holds none of them, so
 * that the garbage collector can find those that were lost. Any thread.
 */
final class OpenScans {
    private final Set<Leaks.Watch> open = ConcurrentHashMap.newKeySet();

    /**
     * Follows {@code scan}, whose opener is on the stack. Lost, it is reported, and its snapshot no
     * longer keeps old versions from being merged away.
     */
    Leaks.Watch opened(KernelScan scan, String what, Snapshots snapshots, long snapshot) {
        Leaks.Watch watch = Leaks.watchAlways(scan, what, () -> snapshots.close(snapshot));
        open.add(watch);
        return watch;
    }

    void closed(Leaks.Watch watch) {
        watch.closed();
        open.remove(watch);
    }

    /** The database is closed: reports what still is open. */
    void reportAll() {
        open.forEach(Leaks.Watch::overdue);
        open.clear();
    }
}
