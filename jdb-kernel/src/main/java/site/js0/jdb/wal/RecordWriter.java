package site.js0.jdb.wal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import site.js0.jdb.fs.LogTail;
import site.js0.jdb.layout.Checksum;
import site.js0.jdb.layout.LogRecordHeader;
import site.js0.jdb.layout.LogSegmentHeader;

/**
 * Composes records and segment headers in a scratch buffer and stores them in a {@link LogTail}.
 *
 * <p>A record that fits the scratch buffer costs one store. A larger one is stored piece by piece
 * behind the place of its header, and the header last: until then nothing there parses as this
 * record. Allocates nothing after creation. Owner: holder of the shard.
 */
final class RecordWriter {
    static final int SCRATCH_BYTES = 64 << 10;

    private final MemorySegment scratch;
    private final Checksum sum;

    RecordWriter() {
        scratch = Arena.ofAuto().allocate(SCRATCH_BYTES, 64);
        sum = new Checksum(scratch);
    }

    /** Stores a segment's header block. */
    void storeHeader(
            LogTail tail,
            WalConfig config,
            int epoch,
            long seq,
            long firstLsn,
            long durableLsn,
            long joinLsn) {
        LogSegmentHeader.init(
                scratch,
                0,
                config.dbIdHigh(),
                config.dbIdLow(),
                config.shard(),
                epoch,
                seq,
                firstLsn,
                durableLsn,
                joinLsn,
                config.segmentBytes());
        LogSegmentHeader.seal(scratch, 0, sum);
        tail.store(0, scratch, 0, LogSegmentHeader.BYTES);
    }

    /**
     * Stores one record at {@code position}; its payload is part {@code a}, then part {@code b}.
     */
    void storeRecord(
            LogTail tail,
            long position,
            int salt,
            int kind,
            long lsn,
            long durableLsn,
            int epoch,
            MemorySegment a,
            long aOffset,
            int aLength,
            MemorySegment b,
            long bOffset,
            int bLength) {
        final MemorySegment scratch = this.scratch;
        final int payload = aLength + bLength;
        LogRecordHeader.init(scratch, 0, payload, lsn, durableLsn, epoch, kind);
        final long bytes = LogRecordHeader.recordBytes(payload);
        if (bytes <= SCRATCH_BYTES) {
            final int used = LogRecordHeader.BYTES + payload;
            MemorySegment.copy(a, aOffset, scratch, LogRecordHeader.BYTES, aLength);
            MemorySegment.copy(b, bOffset, scratch, LogRecordHeader.BYTES + aLength, bLength);
            for (int i = used; i < bytes; i++) {
                scratch.set(ValueLayout.JAVA_BYTE, i, (byte) 0);
            }
            final int crc = sum.of(LogRecordHeader.SUMMED_FROM, used - LogRecordHeader.SUMMED_FROM);
            LogRecordHeader.setCrc(scratch, 0, crc, salt, position);
            tail.store(position, scratch, 0, (int) bytes);
            return;
        }
        sum.begin();
        sum.add(LogRecordHeader.SUMMED_FROM, LogRecordHeader.BYTES - LogRecordHeader.SUMMED_FROM);
        storePart(tail, position + LogRecordHeader.BYTES, a, aOffset, aLength);
        storePart(tail, position + LogRecordHeader.BYTES + aLength, b, bOffset, bLength);
        LogRecordHeader.setCrc(scratch, 0, sum.value(), salt, position);
        tail.store(position, scratch, 0, LogRecordHeader.BYTES);
    }

    /**
     * Stores and sums one part of a payload through the scratch buffer, behind the header in it.
     */
    private void storePart(
            LogTail tail, long position, MemorySegment from, long offset, int length) {
        final int room = SCRATCH_BYTES - LogRecordHeader.BYTES;
        int done = 0;
        while (done < length) {
            final int n = Math.min(room, length - done);
            MemorySegment.copy(from, offset + done, scratch, LogRecordHeader.BYTES, n);
            sum.add(LogRecordHeader.BYTES, n);
            tail.store(position + done, scratch, LogRecordHeader.BYTES, n);
            done += n;
        }
    }
}
