package site.js0.jdb.vlog;

import static site.js0.jdb.layout.BlobHeader.SUMMED_FROM;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.BlobHeader;
import site.js0.jdb.layout.Checksum;

/**
 * Composes values in I/O buffers and writes them, in the order of submission.
 *
 * <p>Values that fit a buffer are packed: all that wait in one turn share writes. A larger value is
 * written piece by piece; its first piece, with the header, is kept until the checksum of all is
 * known and goes last. One value at a time is composed like that, so that one buffer at most is
 * kept. Each write begins at a block of its own: nothing acknowledged is ever written again.
 *
 * <p>A failed write puts the value log in doubt, except for a full device: then the values of that
 * write fail, and the file is not written any more.
 *
 * <p>Owner: holder of the shard; {@link #service} and completions: the shard's thread.
 */
final class BlobWriter {
    /** Composed in one turn at most: some tens of microseconds. */
    private static final int BYTES_PER_TURN = 512 << 10;

    private static final int BLOCK = 4096;

    private final IoDriver io;
    private final VlogHealth health;
    private final BufferSlab slab;
    private final FileTable files;
    private final MemorySegment memory;
    private final Checksum sum;
    private final ArrayList<WriteOp> idleOps = new ArrayList<>();
    private final Waiter bufferWaiter =
            new Waiter() {
                @Override
                public void resume() {
                    parked = false;
                }
            };

    private @Nullable BlobWrite first;
    private @Nullable BlobWrite last;
    private boolean parked;

    /** The write being filled with small values; never outlives a turn. */
    private @Nullable WriteOp batch;

    /** The kept first piece of {@link #first} when that is a large value under way. */
    private @Nullable WriteOp head;

    private int inFlight;

    /** Writes completed: what a sync begun now would cover. */
    long completedWrites;

    long blobs;
    long valueBytes;
    long writes;
    long deviceBytes;

    BlobWriter(IoDriver io, VlogHealth health, BufferSlab slab, FileTable files) {
        this.io = io;
        this.health = health;
        this.slab = slab;
        this.files = files;
        this.memory = slab.memory();
        this.sum = new Checksum(memory);
    }

    void submit(BlobWrite write) {
        write.submitted();
        if (last == null) {
            first = write;
        } else {
            last.next = write;
        }
        last = write;
    }

    boolean wantsService() {
        return first != null && (!parked && !files.isPreparing());
    }

    boolean busy() {
        return inFlight > 0;
    }

    /** Composes and writes what it can in one turn. */
    int service() {
        if (first == null) {
            return 0;
        }
        if (health.failed()) {
            return failAll();
        }
        int budget = BYTES_PER_TURN;
        while (first != null && budget > 0 && !parked) {
            int composed = isSmall(first) ? composeSmall(first) : composeLarge(first);
            if (composed == 0) {
                break; // waits for a buffer or a file
            }
            budget -= composed;
        }
        flush();
        return BYTES_PER_TURN - budget;
    }

    private boolean isSmall(BlobWrite write) {
        return BlobHeader.blobBytes(write.length) <= slab.bufferBytes();
    }

    private BlobWrite unlinkFirst() {
        BlobWrite write = Objects.requireNonNull(first);
        first = write.next;
        write.next = null;
        if (first == null) {
            last = null;
        }
        return write;
    }

    /** Everything queued fails; what is with the device ends by itself. */
    private int failAll() {
        int n = 0;
        if (head != null) {
            abandonHead(health.inDoubt());
            n++;
        }
        while (first != null) {
            unlinkFirst().finish(health.inDoubt());
            n++;
        }
        return n;
    }

    /** Adds a value to the batch; answers the bytes composed, 0 when it has to wait. */
    private int composeSmall(BlobWrite write) {
        final int bytes = (int) BlobHeader.blobBytes(write.length);
        WriteOp b = batch;
        if (b != null
                && (b.used + bytes > slab.bufferBytes()
                        || b.fileOffset + blocks(b.used + bytes) > b.target().capacity)) {
            flush();
            b = null;
        }
        if (b == null) {
            b = beginWrite(write, blocks(bytes));
            if (b == null) {
                return refusedOrWaiting(write);
            }
            batch = b;
        }
        final int at = b.buffer + b.used;
        write.file = b.target();
        write.offset = b.fileOffset + b.used;
        final int value = at + BlobHeader.BYTES;
        BlobHeader.init(memory, at, write.length, write.stamp, write.keyHash);
        MemorySegment.copy(write.source, write.sourceOffset, memory, value, write.length);
        zero(value + write.length, at + bytes);
        final int crc = sum.of(at + SUMMED_FROM, BlobHeader.BYTES - SUMMED_FROM + write.length);
        BlobHeader.setCrc(memory, at, BlobHeader.crcAt(crc, b.target().salt, write.offset));
        b.used += bytes;
        b.add(unlinkFirst());
        return bytes;
    }

    /** True when {@code write} was failed because the device is full: a kind of progress. */
    private int refusedOrWaiting(BlobWrite write) {
        JdbError full = files.full();
        if (full == null || parked) {
            return 0;
        }
        BlobWrite refused = unlinkFirst();
        assert refused == write;
        refused.finish(new JdbException(full));
        return 1;
    }

    /** Composes the next piece of a value larger than a buffer. */
    private int composeLarge(BlobWrite write) {
        flush();
        if (head == null) {
            WriteOp h = beginWrite(write, blocks(BlobHeader.blobBytes(write.length)));
            if (h == null) {
                return refusedOrWaiting(write);
            }
            head = h;
            write.file = h.target();
            write.offset = h.fileOffset;
            h.target().end += blocks(BlobHeader.blobBytes(write.length));
            BlobHeader.init(memory, h.buffer, write.length, write.stamp, write.keyHash);
            sum.begin();
            sum.add(h.buffer + SUMMED_FROM, BlobHeader.BYTES - SUMMED_FROM);
            h.used = BlobHeader.BYTES;
            h.piece = write;
            return addPiece(h, write);
        }
        final int buffer = slab.acquire();
        if (buffer == BufferSlab.NONE) {
            parkForBuffer();
            return 0;
        }
        WriteOp piece = newOp(buffer, head.target());
        piece.fileOffset = write.offset + BlobHeader.BYTES + write.composed;
        piece.piece = write;
        final int n = addPiece(piece, write);
        enqueue(piece);
        if (write.composed == write.length) {
            endLarge(write);
        }
        return n;
    }

    /** Fills the rest of a piece's buffer with the value's next bytes. */
    private int addPiece(WriteOp piece, BlobWrite write) {
        final int n = Math.min(slab.bufferBytes() - piece.used, write.length - write.composed);
        final int at = piece.buffer + piece.used;
        MemorySegment.copy(write.source, write.sourceOffset + write.composed, memory, at, n);
        sum.add(at, n);
        piece.used += n;
        write.composed += n;
        write.piecesInFlight++;
        return n;
    }

    private void endLarge(BlobWrite write) {
        WriteOp h = Objects.requireNonNull(head);
        head = null;
        BlobHeader.setCrc(
                memory, h.buffer, BlobHeader.crcAt(sum.value(), h.target().salt, write.offset));
        unlinkFirst();
        enqueue(h);
    }

    /** A buffer and a place of {@code bytes} in a file, or null when one of them is not there. */
    private @Nullable WriteOp beginWrite(BlobWrite write, long bytes) {
        ValueFile file = files.forWrite(bytes);
        if (file == null) {
            return null;
        }
        final int buffer = slab.acquire();
        if (buffer == BufferSlab.NONE) {
            parkForBuffer();
            return null;
        }
        assert write == first;
        WriteOp op = newOp(buffer, file);
        op.fileOffset = file.end;
        return op;
    }

    private void parkForBuffer() {
        parked = true;
        slab.park(bufferWaiter);
    }

    private WriteOp newOp(int buffer, ValueFile file) {
        WriteOp op = idleOps.isEmpty() ? new WriteOp() : idleOps.removeLast();
        op.begin(buffer, file);
        return op;
    }

    /** Sends the batch off, if there is one. */
    private void flush() {
        WriteOp b = batch;
        if (b != null) {
            batch = null;
            b.target().end = b.fileOffset + blocks(b.used);
            enqueue(b);
        }
    }

    private void enqueue(WriteOp op) {
        final int bytes = (int) blocks(op.used);
        zero(op.buffer + op.used, op.buffer + bytes);
        op.prepareWrite(op.target().handle(), op.fileOffset, memory, op.buffer, bytes);
        op.target().inFlight++;
        inFlight++;
        writes++;
        deviceBytes += bytes;
        io.enqueue(op);
    }

    private void zero(int from, int to) {
        if (from < to) {
            memory.asSlice(from, to - from).fill((byte) 0);
        }
    }

    static long blocks(long bytes) {
        return (bytes + BLOCK - 1) & -BLOCK;
    }

    private void done(BlobWrite write, ValueFile file) {
        blobs++;
        valueBytes += write.length;
        file.pending += BlobHeader.blobBytes(write.length);
        write.finish(null);
    }

    /** Ends a large value of which no more is composed; the pieces in flight end by themselves. */
    private void abandonHead(JdbException why) {
        WriteOp h = Objects.requireNonNull(head);
        head = null;
        BlobWrite write = unlinkFirst();
        write.piecesInFlight--;
        slab.release(h.buffer);
        h.recycle();
        largeFailed(write, why);
    }

    private void largeFailed(BlobWrite write, JdbException why) {
        if (write.abandoned == null) {
            write.abandoned = why;
        }
        if (write.piecesInFlight == 0) {
            write.finish(write.abandoned);
        }
    }

    private JdbException failed(ValueFile file, IoException e) {
        files.retire(file);
        if (e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT) {
            return new JdbException(
                    new JdbError.DiskFull(file.path.toString(), "a value was being written"), e);
        }
        health.fail("write of " + file.path.getFileName(), e);
        return health.inDoubt();
    }

    /** One write: a batch of small values, or a piece of a large one. */
    private final class WriteOp extends IoOp {
        private int buffer;
        private int used;
        private long fileOffset;
        private @Nullable ValueFile file;
        private @Nullable BlobWrite piece;
        private @Nullable BlobWrite firstBlob;
        private @Nullable BlobWrite lastBlob;

        void begin(int buffer, ValueFile file) {
            this.buffer = buffer;
            this.file = file;
            used = 0;
        }

        ValueFile target() {
            return Objects.requireNonNull(file);
        }

        void add(BlobWrite write) {
            if (lastBlob == null) {
                firstBlob = write;
            } else {
                lastBlob.next = write;
            }
            lastBlob = write;
        }

        void recycle() {
            file = null;
            piece = null;
            firstBlob = null;
            lastBlob = null;
            idleOps.add(this);
        }

        @Override
        protected void completed() {
            final ValueFile f = target();
            final int freed = buffer;
            final BlobWrite large = piece;
            BlobWrite small = firstBlob;
            inFlight--;
            f.inFlight--;
            JdbException failure = null;
            if (succeeded()) {
                f.dirty = true;
                completedWrites++;
            } else {
                failure = failed(f, failure());
            }
            recycle();
            while (small != null) {
                BlobWrite following = small.next;
                small.next = null;
                finishSmall(small, f, failure);
                small = following;
            }
            if (large != null) {
                pieceCompleted(large, f, failure);
            }
            // Last: whoever waits for a buffer may run at once.
            slab.release(freed);
        }

        private void finishSmall(BlobWrite write, ValueFile f, @Nullable JdbException failure) {
            if (failure == null) {
                done(write, f);
            } else {
                write.finish(failure);
            }
        }

        private void pieceCompleted(BlobWrite write, ValueFile f, @Nullable JdbException failure) {
            write.piecesInFlight--;
            if (failure != null && head != null && write == first) {
                abandonHead(failure);
            } else if (failure != null || write.abandoned != null) {
                largeFailed(
                        write, failure != null ? failure : Objects.requireNonNull(write.abandoned));
            } else if (write.piecesInFlight == 0) {
                // The kept first piece counts too: so all of it was sent, and has arrived.
                done(write, f);
            }
        }
    }
}
