package site.js0.jdb.wal;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.layout.LogRecordHeader;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.layout.LogSegmentHeader;

/**
 * Reads a log's records in order, and finds out where it ends and whether it may end there.
 *
 * <p>The record with the next LSN lies right behind the last one, or else at the next multiple of
 * 4096, or else at the beginning of the next segment. Where none of them holds it, the log ends,
 * unless something later says that it was durable: that is {@code Corrupt}. Rules:
 * docs/format/wal.md.
 *
 * <p>For start-up: it waits for its reads and has the size of one segment in memory. Not to be used
 * while a {@link Wal} is open on the directory. Owner: the driver's owner.
 */
public final class WalReplay implements AutoCloseable {
    private static final int BLOCK = LogSegmentHeader.BYTES;

    private final WalConfig config;
    private final SegmentReader reader;
    private final SegmentCatalog catalog;
    private final long startLsn;
    private final List<LogEnd.Live> live = new ArrayList<>();

    private SegmentCatalog.@Nullable File segment;
    private int salt;
    private int position;

    /** LSN that the next record must have. */
    private long expected;

    /** Records of this epoch end here, because a later epoch begins; MAX when none does. */
    private long cutLsn;

    private long stopLsn = Long.MAX_VALUE;
    private long atLeastLsn;
    private long checkedNextLsn;
    private long cleanNextLsn;
    private long durableStamp;
    private int lastKind;
    private @Nullable LogEnd end;

    private int recordAt;

    /**
     * Opens the log in {@code config.directory()} for reading.
     *
     * @param startLsn the first record wanted: where the checkpoint says that replay must start, or
     *     1
     * @throws JdbException Corrupt, NewerFormat or NotADatabase
     */
    public static WalReplay open(IoDriver io, WalConfig config, long startLsn) {
        SegmentReader reader = new SegmentReader(io);
        try {
            return new WalReplay(io, config, startLsn, reader);
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private WalReplay(IoDriver io, WalConfig config, long startLsn, SegmentReader reader) {
        assert startLsn > 0;
        this.config = config;
        this.startLsn = startLsn;
        this.reader = reader;
        catalog = SegmentCatalog.read(io, config, reader);
        expected = startLsn;
        SegmentCatalog.File first = null;
        for (SegmentCatalog.File f : catalog.chain()) {
            if (f.firstLsn() <= startLsn) {
                first = f;
            }
        }
        if (first != null) {
            expected = first.firstLsn();
            enter(first);
        } else if (!catalog.chain().isEmpty()) {
            SegmentCatalog.File later = catalog.chain().getFirst();
            throw SegmentCatalog.corrupt(
                    SegmentName.path(config.directory(), later.seq() - 1),
                    0,
                    "the segment with LSN "
                            + startLsn
                            + " is missing or damaged; the first one left begins at "
                            + later.firstLsn());
        }
    }

    /**
     * Lets the log end before {@code lsn} though it may go on: what follows is found to be void.
     * Holds for the writer that is started behind this replay too: those records are gone for good
     * then.
     */
    public void stopBefore(long lsn) {
        assert lsn >= startLsn;
        stopLsn = lsn;
    }

    /** Says that all up to {@code lsn} was durable; a log that ends before that is Corrupt. */
    public void expectAtLeast(long lsn) {
        atLeastLsn = lsn;
    }

    /**
     * Says that an earlier reading found the log's end before {@code nextLsn} and checked that it
     * may end there: this one does not look at everything behind it again.
     */
    public void endWasChecked(long nextLsn) {
        checkedNextLsn = nextLsn;
    }

    /**
     * Says that a checkpoint knows of the log being closed in order, its last record being {@code
     * lsn}; 0 says nothing. If it still ends there, what lies behind is not looked at.
     */
    public void closedInOrder(long lsn) {
        cleanNextLsn = lsn == 0 ? 0 : lsn + 1;
    }

    /**
     * Goes on to the next record at or behind the start.
     *
     * @return false at the end; {@link #end} then tells why
     * @throws JdbException Corrupt when the log may not end where it does
     */
    public boolean next() {
        if (end != null) {
            return false;
        }
        while (find()) {
            if (expected >= stopLsn) {
                finish(LogEnd.Verdict.CUT);
                return false;
            }
            take();
            if (lsn() >= startLsn) {
                return true;
            }
        }
        LogEnd.Verdict verdict = isTorn() ? LogEnd.Verdict.TORN : LogEnd.Verdict.END_OF_LOG;
        if (expected != checkedNextLsn && !endedInOrder()) {
            new LogEndCheck(config, reader, catalog).check(segment, position, expected);
        }
        finish(verdict);
        return false;
    }

    /**
     * True when a checkpoint knows that the log was closed behind this very record, and no segment
     * of a later epoch is there: then nothing can follow.
     */
    private boolean endedInOrder() {
        return expected == cleanNextLsn && segment != null && segment.epoch() == catalog.maxEpoch();
    }

    /** Moves {@link #position} to the record with the expected LSN; false when there is none. */
    private boolean find() {
        while (segment != null) {
            if (expected < cutLsn) {
                if (isExpected(position)) {
                    return true;
                }
                int aligned = aligned(position);
                if (aligned != position && isExpected(aligned)) {
                    position = aligned;
                    return true;
                }
            }
            SegmentCatalog.File next = catalog.inChain(segment.seq() + 1);
            if (next == null || !follows(segment, next)) {
                return false;
            }
            expected = next.firstLsn();
            enter(next);
        }
        return false;
    }

    /** True when the log goes on in {@code next} after the record before {@link #expected}. */
    private boolean follows(SegmentCatalog.File present, SegmentCatalog.File next) {
        return next.opensEpoch()
                ? next.epoch() > present.epoch() && next.joinLsn() == expected
                : next.epoch() == present.epoch() && next.firstLsn() == expected;
    }

    private static int aligned(int position) {
        return (position + BLOCK - 1) & -BLOCK;
    }

    private int segmentBytes() {
        return segment == null ? 0 : segment.segmentBytes();
    }

    private boolean isExpected(int at) {
        return looksExpected(at)
                && LogRecordHeader.intact(reader.buffer(), at, segmentBytes(), reader.sum(), salt);
    }

    /** True when the expected record begins at {@code at}, whole or not. */
    private boolean looksExpected(int at) {
        return segment != null
                && LogRecordHeader.plausible(reader.buffer(), at, segmentBytes())
                && LogRecordHeader.lsn(reader.buffer(), at) == expected
                && LogRecordHeader.epoch(reader.buffer(), at) == segment.epoch();
    }

    private boolean isTorn() {
        return looksExpected(position) || looksExpected(aligned(position));
    }

    private void enter(SegmentCatalog.File file) {
        if (file.bytes() < file.segmentBytes()) {
            throw SegmentCatalog.corrupt(
                    file.path(),
                    file.bytes(),
                    "the file ends here, its header says after " + file.segmentBytes() + " bytes");
        }
        segment = file;
        reader.read(file.path(), file.segmentBytes());
        salt =
                LogSegmentHeader.salt(
                        config.dbIdHigh(), config.dbIdLow(), config.shard(), file.seq());
        position = BLOCK;
        cutLsn = Long.MAX_VALUE;
        for (SegmentCatalog.File f : catalog.chain()) {
            if (f.epoch() > file.epoch()) {
                // A later segment of that epoch proves no less than its first one does.
                cutLsn = f.opensEpoch() ? f.joinLsn() : f.firstLsn();
                break;
            }
        }
        durableStamp = Math.max(durableStamp, file.durableLsn());
        if (file.opensEpoch()) {
            durableStamp = Math.max(durableStamp, file.firstLsn() - 1);
        }
        live.add(new LogEnd.Live(file.seq(), file.firstLsn(), file.segmentBytes()));
    }

    private void take() {
        MemorySegment buffer = reader.buffer();
        recordAt = position;
        Path path = Objects.requireNonNull(segment).path();
        int format = LogRecordHeader.format(buffer, recordAt);
        if (format > LogRecordHeader.FORMAT) {
            throw new JdbException(
                    new JdbError.NewerFormat(path.toString(), format, LogRecordHeader.FORMAT));
        }
        if (!LogRecordKind.known(kind())) {
            throw SegmentCatalog.corrupt(
                    path, recordAt, "no kind of record has the number " + kind());
        }
        lastKind = kind();
        durableStamp = Math.max(durableStamp, durableLsn());
        expected++;
        position += (int) LogRecordHeader.recordBytes(payloadLength());
    }

    private void finish(LogEnd.Verdict verdict) {
        SegmentCatalog.File last = segment;
        long lastSeq = last == null ? 0 : last.seq();
        String file = last == null ? config.directory().toString() : last.path().toString();
        if (expected <= atLeastLsn) {
            throw new JdbException(
                    new JdbError.Corrupt(
                            file,
                            position,
                            "the log ends before LSN "
                                    + expected
                                    + ", but "
                                    + atLeastLsn
                                    + " was durable"));
        }
        List<LogEnd.Unused> unused = new ArrayList<>();
        for (SegmentCatalog.File f : catalog.files()) {
            if (live.stream().noneMatch(l -> l.seq() == f.seq())) {
                unused.add(new LogEnd.Unused(f.seq(), f.bytes()));
            }
        }
        end =
                new LogEnd(
                        verdict,
                        file,
                        position,
                        startLsn,
                        expected,
                        last == null ? 0 : last.epoch(),
                        catalog.maxEpoch(),
                        lastSeq,
                        durableStamp,
                        lastKind == LogRecordKind.CLEAN_CLOSE,
                        live,
                        unused);
    }

    /** What the record is: one of {@link LogRecordKind}. */
    public int kind() {
        return LogRecordHeader.kind(reader.buffer(), recordAt);
    }

    /** The record's LSN. */
    public long lsn() {
        return LogRecordHeader.lsn(reader.buffer(), recordAt);
    }

    /** The epoch it was written in. */
    public int epoch() {
        return LogRecordHeader.epoch(reader.buffer(), recordAt);
    }

    /** What was durable when it was written. */
    public long durableLsn() {
        return LogRecordHeader.durableLsn(reader.buffer(), recordAt);
    }

    /**
     * The memory that {@link #payloadOffset} points into; its bytes last until the next call of
     * {@link #next}.
     */
    public MemorySegment payload() {
        return reader.buffer();
    }

    /** Where the payload begins. */
    public long payloadOffset() {
        return recordAt + (long) LogRecordHeader.BYTES;
    }

    /** Its bytes. */
    public int payloadLength() {
        return LogRecordHeader.payloadBytes(reader.buffer(), recordAt);
    }

    /** Where and why the log ends; once {@link #next} has answered false. */
    public LogEnd end() {
        if (end == null) {
            throw new IllegalStateException("the end of the log was not reached yet");
        }
        return end;
    }

    /** Gives the memory back. */
    @Override
    public void close() {
        reader.close();
    }
}
