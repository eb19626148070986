package site.js0.jdb.wal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.layout.Checksum;
import site.js0.jdb.layout.LogSegmentHeader;

/**
 * Reads the beginning of one file at a time into a buffer of its own, and waits for it: for
 * start-up, when nothing else is going on. Owner: the driver's owner.
 */
final class SegmentReader implements AutoCloseable {
    private static final int PART_BYTES = 1 << 20;
    private static final int PARTS_IN_FLIGHT = 4;
    private static final int COMPLETIONS_PER_POLL = 64;

    private final IoDriver io;
    private final Arena headerArena = Arena.ofShared();
    private final MemorySegment header =
            headerArena.allocate(LogSegmentHeader.BYTES, LogSegmentHeader.BYTES);
    private final Checksum headerSum = new Checksum(header);
    private Arena arena = Arena.ofShared();
    private MemorySegment buffer = MemorySegment.NULL;
    private Checksum sum = new Checksum(buffer);
    private int inFlight;

    SegmentReader(IoDriver io) {
        this.io = io;
    }

    /** The block read last by {@link #readHeader}. */
    MemorySegment header() {
        return header;
    }

    /** Checksums over {@link #header}. */
    Checksum headerSum() {
        return headerSum;
    }

    /** Reads the first block of the file at {@code path}; {@link #buffer} stays as it is. */
    void readHeader(Path path) {
        read(path, header, LogSegmentHeader.BYTES);
    }

    /** The buffer; another one after a {@link #read} that needed more room. */
    MemorySegment buffer() {
        return buffer;
    }

    /** Checksums over {@link #buffer}. */
    Checksum sum() {
        return sum;
    }

    /** Reads {@code [0, bytes)} of the file at {@code path}. */
    void read(Path path, int bytes) {
        if (buffer.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofShared();
            buffer = arena.allocate(bytes, LogSegmentHeader.BYTES);
            sum = new Checksum(buffer);
        }
        read(path, buffer, bytes);
    }

    private void read(Path path, MemorySegment to, int bytes) {
        try (IoFile file = io.open(path, OpenMode.READ_BUFFERED, FileRole.LOG)) {
            Part[] parts = new Part[PARTS_IN_FLIGHT];
            int at = 0;
            int i = 0;
            while (at < bytes) {
                int n = Math.min(PART_BYTES, bytes - at);
                Part part = parts[i];
                if (part == null) {
                    part = new Part();
                    parts[i] = part;
                }
                part.finish();
                part.begin(file, at, to, n);
                at += n;
                i = (i + 1) % PARTS_IN_FLIGHT;
            }
            finishAll(parts);
        } finally {
            // The file may be closed and the buffer reused only when nothing is in flight.
            while (inFlight > 0) {
                turn();
            }
        }
    }

    private static void finishAll(Part[] parts) {
        for (Part part : parts) {
            if (part != null) {
                part.finish();
            }
        }
    }

    private void turn() {
        io.submit();
        if (io.poll(COMPLETIONS_PER_POLL) == 0) {
            io.await(-1);
        }
    }

    @Override
    public void close() {
        headerArena.close();
        arena.close();
        buffer = MemorySegment.NULL;
    }

    private final class Part extends IoOp {
        private boolean busy;

        void begin(IoFile file, long offset, MemorySegment to, int bytes) {
            busy = true;
            inFlight++;
            prepareRead(file, offset, to, offset, bytes);
            io.enqueue(this);
        }

        /** Waits for the read begun last; throws when it failed. */
        void finish() {
            while (busy) {
                turn();
            }
            if (kind() != Kind.NONE && !succeeded()) {
                throw failure();
            }
        }

        @Override
        protected void completed() {
            busy = false;
            inFlight--;
        }
    }
}
