package site.js0.jdb.wal;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.layout.LogSegmentHeader;

/**
 * The segment files of a log's directory and what their headers say.
 *
 * <p>A file is <em>begun</em> when its header is intact and carries the number of its name; every
 * other file is prepared or recycled and not in use. A begun file is <em>superseded</em> when a
 * file with a lower number has a later epoch: it lay behind the end of the log when that epoch was
 * opened.
 */
final class SegmentCatalog {
    /** One file. The numbers below {@code bytes} are 0 unless it is {@code begun}. */
    record File(
            long seq,
            Path path,
            long bytes,
            boolean begun,
            int epoch,
            long firstLsn,
            long durableLsn,
            long joinLsn,
            int segmentBytes) {

        /** True for the first segment of an epoch. */
        boolean opensEpoch() {
            return joinLsn != 0;
        }
    }

    private final List<File> files = new ArrayList<>();
    private final List<File> chain = new ArrayList<>();
    private int maxEpoch;

    private SegmentCatalog() {}

    /** All files, by number. */
    List<File> files() {
        return files;
    }

    /** The begun files that are not superseded, by number: LSNs and epochs never fall. */
    List<File> chain() {
        return chain;
    }

    /** The highest epoch in any begun file. */
    int maxEpoch() {
        return maxEpoch;
    }

    /** The file numbered {@code seq} when it is part of {@link #chain}, else null. */
    @Nullable File inChain(long seq) {
        for (File f : chain) {
            if (f.seq == seq) {
                return f;
            }
        }
        return null;
    }

    /** True when there is a file numbered {@code seq}, whatever it holds. */
    boolean exists(long seq) {
        for (File f : files) {
            if (f.seq == seq) {
                return true;
            }
        }
        return false;
    }

    /**
     * Reads every header.
     *
     * @throws JdbException NotADatabase when something foreign lies there, Corrupt when a header is
     *     another database's or contradicts the others, NewerFormat
     */
    static SegmentCatalog read(IoDriver io, WalConfig config, SegmentReader reader) {
        SegmentCatalog catalog = new SegmentCatalog();
        for (Directory.Entry entry : io.directory().ls(config.directory())) {
            long seq = SegmentName.parse(entry.name());
            if (seq == 0 || entry.kind() != Directory.EntryKind.FILE) {
                throw new JdbException(
                        new JdbError.NotADatabase(
                                config.directory().toString(),
                                "regular files named wal-<16 hex digits> only",
                                entry.name() + " (" + entry.kind() + ")"));
            }
            catalog.files.add(readHeader(io, config, reader, seq));
        }
        catalog.link();
        return catalog;
    }

    private static File readHeader(IoDriver io, WalConfig config, SegmentReader reader, long seq) {
        Path path = SegmentName.path(config.directory(), seq);
        long bytes = io.directory().size(path);
        File unused = new File(seq, path, bytes, false, 0, 0, 0, 0, 0);
        if (bytes < LogSegmentHeader.BYTES) {
            return unused;
        }
        reader.readHeader(path);
        MemorySegment header = reader.header();
        if (!LogSegmentHeader.intact(header, 0, reader.headerSum())) {
            return unused;
        }
        String name = path.toString();
        int format = LogSegmentHeader.format(header, 0);
        if (format > LogSegmentHeader.FORMAT) {
            throw new JdbException(new JdbError.NewerFormat(name, format, LogSegmentHeader.FORMAT));
        }
        if (LogSegmentHeader.dbIdHigh(header, 0) != config.dbIdHigh()
                || LogSegmentHeader.dbIdLow(header, 0) != config.dbIdLow()
                || LogSegmentHeader.shard(header, 0) != config.shard()) {
            throw corrupt(path, 16, "the segment belongs to another database or shard");
        }
        if (format == 0
                || !LogSegmentHeader.plausible(header, 0)
                || LogSegmentHeader.segmentBytes(header, 0) > WalConfig.SEGMENT_BYTES_MAX) {
            throw corrupt(path, 12, "the segment's header has impossible numbers");
        }
        if (LogSegmentHeader.segmentSeq(header, 0) != seq) {
            return unused;
        }
        return new File(
                seq,
                path,
                bytes,
                true,
                LogSegmentHeader.epoch(header, 0),
                LogSegmentHeader.firstLsn(header, 0),
                LogSegmentHeader.durableLsn(header, 0),
                LogSegmentHeader.joinLsn(header, 0),
                (int) LogSegmentHeader.segmentBytes(header, 0));
    }

    private void link() {
        File last = null;
        for (File f : files) {
            if (!f.begun) {
                continue;
            }
            if (f.epoch < maxEpoch) {
                continue; // superseded
            }
            if (last != null && f.firstLsn < last.firstLsn) {
                throw corrupt(
                        f.path, 48, "first LSN " + f.firstLsn + " is below that of " + last.path);
            }
            maxEpoch = f.epoch;
            last = f;
            chain.add(f);
        }
    }

    static JdbException corrupt(Path file, long offset, String rule) {
        return new JdbException(new JdbError.Corrupt(file.toString(), offset, rule));
    }
}
