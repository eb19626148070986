package site.js0.jdb.runtime;

import site.js0.jdb.comm.StatName;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoMetrics;
import site.js0.jdb.fs.IoMetrics.Verb;
import site.js0.jdb.tablet.StatsSink;

/** Names what a driver has counted. */
final class IoStats {
    private final IoMetrics.Snapshot io;
    private final StatsSink to;

    private IoStats(IoMetrics.Snapshot io, StatsSink to) {
        this.io = io;
        this.to = to;
    }

    static void add(IoMetrics metrics, StatsSink to) {
        new IoStats(metrics.snapshot(0), to).add();
    }

    private void add() {
        reads(FileRole.PAGES, StatName.IO_PAGES_READS, StatName.IO_PAGES_READ_BYTES);
        writes(FileRole.PAGES, StatName.IO_PAGES_WRITES, StatName.IO_PAGES_WRITTEN_BYTES);
        syncs(FileRole.PAGES, StatName.IO_PAGES_SYNCS);
        reads(FileRole.LOG, StatName.IO_LOG_READS, StatName.IO_LOG_READ_BYTES);
        syncs(FileRole.LOG, StatName.IO_LOG_SYNCS);
        reads(FileRole.VALUES, StatName.IO_VALUES_READS, StatName.IO_VALUES_READ_BYTES);
        writes(FileRole.VALUES, StatName.IO_VALUES_WRITES, StatName.IO_VALUES_WRITTEN_BYTES);
        syncs(FileRole.VALUES, StatName.IO_VALUES_SYNCS);
        reads(FileRole.META, StatName.IO_META_READS, StatName.IO_META_READ_BYTES);
        writes(FileRole.META, StatName.IO_META_WRITES, StatName.IO_META_WRITTEN_BYTES);
        syncs(FileRole.META, StatName.IO_META_SYNCS);
        for (FileRole role : FileRole.values()) {
            for (Verb verb : Verb.values()) {
                to.count(StatName.IO_ERRORS, io.errors(role, verb));
            }
        }
        to.count(StatName.IO_DIRECT_OPENS, io.directOpens());
        to.count(StatName.IO_REGISTERED_FILE_REQUESTS, io.registeredFile());
        to.count(StatName.IO_REGISTERED_BUFFER_REQUESTS, io.registered());
    }

    private void reads(FileRole role, StatName requests, StatName bytes) {
        to.count(requests, io.count(role, Verb.READ));
        to.count(bytes, io.bytes(role, Verb.READ));
    }

    private void writes(FileRole role, StatName requests, StatName bytes) {
        to.count(requests, io.count(role, Verb.WRITE));
        to.count(bytes, io.bytes(role, Verb.WRITE));
    }

    private void syncs(FileRole role, StatName requests) {
        to.count(requests, io.count(role, Verb.SYNC));
    }
}
