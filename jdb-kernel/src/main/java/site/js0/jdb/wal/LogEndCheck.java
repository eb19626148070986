package site.js0.jdb.wal;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.LogRecordHeader;
import site.js0.jdb.layout.LogSegmentHeader;

/**
 * Tells the end of a log from a hole in it: looks at everything behind the end for proof that the
 * missing record was durable once.
 *
 * <p>What proves it, each rule being a row in docs/format/wal.md:
 *
 * <ol>
 *   <li>a later segment of a later epoch: it was begun only when everything before was durable;
 *   <li>a missing file with a begun segment of the same epoch behind it: names are durable before
 *       use;
 *   <li>a later segment of the same epoch whose header says that the missing LSN was durable;
 *   <li>an intact record of the same epoch, in the rest of the segment or in any later file, that
 *       says so;
 *   <li>an intact record of a later epoch: the header of that epoch's first segment was durable.
 * </ol>
 *
 * What is left of earlier uses proves nothing: its epoch is lower or, under another file name, its
 * checksums do not hold.
 */
final class LogEndCheck {
    private final WalConfig config;
    private final SegmentReader reader;
    private final SegmentCatalog catalog;

    LogEndCheck(WalConfig config, SegmentReader reader, SegmentCatalog catalog) {
        this.config = config;
        this.reader = reader;
        this.catalog = catalog;
    }

    /**
     * Checks that the log may end at {@code position} of {@code last}. Uses the reader's buffer.
     *
     * @param last the segment in which the log ends, which is in the reader's buffer; null when
     *     none was begun
     * @param missing the LSN that is not there
     * @throws JdbException Corrupt, naming the place where the record should be
     */
    void check(SegmentCatalog.@Nullable File last, int position, long missing) {
        long lastSeq = last == null ? 0 : last.seq();
        int epoch = last == null ? 0 : last.epoch();
        Path place = last == null ? config.directory() : last.path();
        checkHeaders(last, lastSeq, epoch, place, position, missing);
        if (last != null) {
            scan(last, last.segmentBytes(), position, place, position, epoch, missing);
        }
        for (SegmentCatalog.File f : catalog.files()) {
            if (f.seq() > lastSeq && f.bytes() > LogSegmentHeader.BYTES) {
                int bytes = (int) Math.min(f.bytes(), WalConfig.SEGMENT_BYTES_MAX);
                reader.read(f.path(), bytes);
                scan(f, bytes, LogSegmentHeader.BYTES, place, position, epoch, missing);
            }
        }
    }

    private void checkHeaders(
            SegmentCatalog.@Nullable File last,
            long lastSeq,
            int epoch,
            Path place,
            int position,
            long missing) {
        for (SegmentCatalog.File f : catalog.chain()) {
            if (f.seq() <= lastSeq) {
                continue;
            }
            if (last != null && !catalog.exists(lastSeq + 1)) {
                throw SegmentCatalog.corrupt(
                        SegmentName.path(config.directory(), lastSeq + 1),
                        0,
                        "this segment is missing, but " + f.path().getFileName() + " follows it");
            }
            if (f.epoch() > epoch) {
                throw lost(place, position, missing, f.path(), 0);
            }
            if (f.durableLsn() >= missing) {
                throw lost(place, position, missing, f.path(), 0);
            }
        }
    }

    private void scan(
            SegmentCatalog.File file,
            int bytes,
            int from,
            Path place,
            int position,
            int epoch,
            long missing) {
        int salt =
                LogSegmentHeader.salt(
                        config.dbIdHigh(), config.dbIdLow(), config.shard(), file.seq());
        MemorySegment buffer = reader.buffer();
        for (int at = from; at <= bytes - LogRecordHeader.BYTES; at += LogRecordHeader.ALIGNMENT) {
            int recordEpoch = LogRecordHeader.epoch(buffer, at);
            if (recordEpoch < epoch
                    || (recordEpoch == epoch && LogRecordHeader.durableLsn(buffer, at) < missing)) {
                continue;
            }
            if (LogRecordHeader.intact(buffer, at, bytes, reader.sum(), salt)) {
                throw lost(place, position, missing, file.path(), at);
            }
        }
    }

    private static JdbException lost(
            Path place, long position, long missing, Path witness, long witnessAt) {
        return SegmentCatalog.corrupt(
                place,
                position,
                "the record with LSN "
                        + missing
                        + " is missing or damaged, but "
                        + witness.getFileName()
                        + " at offset "
                        + witnessAt
                        + " says that it was durable");
    }
}
