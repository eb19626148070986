package site.js0.jdb.vlog;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.BlobHeader;
import site.js0.jdb.layout.Checksum;
import site.js0.jdb.layout.ValueFileHeader;

/**
 * Reads values in aligned pieces of one buffer each, several ahead, and takes them in order: checks
 * the header, sums, copies. A value is handed out only when its checksum holds.
 *
 * <p>A read waits in the queue for its file to be open and for its first buffer; once it has one it
 * goes on by itself, for whatever it has in flight brings a buffer back.
 *
 * <p>Owner: holder of the shard; {@link #service} and completions: the shard's thread.
 */
final class BlobReader {
    /** Pieces of one value in flight at most. */
    static final int WINDOW = 4;

    private static final int BLOCK = 4096;

    private final IoDriver io;
    private final BufferSlab slab;
    private final FileTable files;
    private final FileTasks tasks;
    private final MemorySegment memory;
    private final Waiter bufferWaiter =
            new Waiter() {
                @Override
                public void resume() {
                    parked = false;
                }
            };

    private @Nullable BlobRead first;
    private @Nullable BlobRead last;
    private boolean parked;
    private int inFlight;

    long blobs;
    long valueBytes;
    long reads;

    BlobReader(IoDriver io, BufferSlab slab, FileTable files, FileTasks tasks) {
        this.io = io;
        this.slab = slab;
        this.files = files;
        this.tasks = tasks;
        this.memory = slab.memory();
    }

    /**
     * The file a pointer points into, when the pointer is possible.
     *
     * @throws JdbException Corrupt when it is not
     */
    ValueFile check(long offset, int fileId, int length) {
        ValueFile f = files.find(fileId);
        if (f == null || f.doomed) {
            throw files.missing(fileId);
        }
        if (!f.headerIntact) {
            throw corrupt(f, 0, "the file's header is damaged or was never written");
        }
        if (length < 0
                || length > BlobHeader.LENGTH_MAX
                || offset < ValueFileHeader.BYTES
                || offset % BlobHeader.ALIGNMENT != 0
                || offset > f.end - BlobHeader.BYTES - length) {
            throw corrupt(
                    f,
                    offset,
                    "a pointer to a value of "
                            + length
                            + " bytes here, of "
                            + f.end
                            + " in the file");
        }
        return f;
    }

    /** Takes a read; fails it at once when its pointer is impossible. */
    void submit(BlobRead read) {
        ValueFile f = check(read.offset, read.fileId, read.length);
        read.submitted();
        read.file = f;
        f.inFlight++; // keeps the file from being closed or removed
        files.touch(f);
        final long from = read.offset & -BLOCK;
        final long to = BlobWriter.blocks(read.offset + BlobHeader.BYTES + read.length);
        read.pieces = (int) ((to - from + slab.bufferBytes() - 1) / slab.bufferBytes());
        if (read.slab != slab) { // the first time; or it belonged to another shard before
            read.slab = slab;
            read.sum = new Checksum(memory);
        }
        if (last == null) {
            first = read;
        } else {
            last.next = read;
        }
        last = read;
    }

    boolean wantsService() {
        return first != null
                && !parked
                && (Objects.requireNonNull(first.file).isOpen() || mayOpen());
    }

    private boolean mayOpen() {
        ValueFile f = Objects.requireNonNull(Objects.requireNonNull(first).file);
        return !f.inTask || f.openFailure != null;
    }

    boolean busy() {
        return inFlight > 0;
    }

    /** Starts every read whose file is open while there are buffers. */
    int service() {
        int started = 0;
        BlobRead before = null;
        BlobRead read = first;
        while (read != null && !parked) {
            final BlobRead following = read.next;
            final ValueFile f = Objects.requireNonNull(read.file);
            if (f.openFailure != null) {
                unlink(before, read);
                end(read, ioFailure(f, "open", f.openFailure));
                if (f.inFlight == 0) {
                    f.openFailure = null; // the next one tries again
                }
                started++;
            } else if (!f.isOpen()) {
                if (!f.inTask) {
                    tasks.open(f);
                    started++;
                }
                before = read;
            } else {
                ask(read);
                if (read.asked == 0) {
                    parked = true;
                    slab.park(bufferWaiter);
                    break;
                }
                unlink(before, read);
                started++;
            }
            read = following;
        }
        return started;
    }

    private void unlink(@Nullable BlobRead before, BlobRead read) {
        if (before == null) {
            first = read.next;
        } else {
            before.next = read.next;
        }
        if (last == read) {
            last = before;
        }
        read.next = null;
    }

    /** Asks for as many pieces as there are buffers and places in the window. */
    private void ask(BlobRead read) {
        final ValueFile f = Objects.requireNonNull(read.file);
        final @Nullable ReadOp[] window = read.window;
        final int bufferBytes = slab.bufferBytes();
        final long from = read.offset & -BLOCK;
        final long to = BlobWriter.blocks(read.offset + BlobHeader.BYTES + read.length);
        while (read.asked < read.pieces && read.asked - read.taken < WINDOW) {
            final int buffer = slab.acquire();
            if (buffer == BufferSlab.NONE) {
                return;
            }
            ReadOp op = window[read.asked % WINDOW];
            if (op == null) {
                op = new ReadOp(read, this);
                window[read.asked % WINDOW] = op;
            }
            final long at = from + (long) read.asked * bufferBytes;
            final int bytes = (int) Math.min(bufferBytes, to - at);
            op.reader = this;
            op.buffer = buffer;
            op.arrived = false;
            op.prepareRead(f.handle(), at, memory, buffer, bytes);
            read.asked++;
            reads++;
            inFlight++;
            io.enqueue(op);
        }
    }

    /** Takes what has arrived in order, and asks for more. */
    private void advance(BlobRead read) {
        final @Nullable ReadOp[] window = read.window;
        while (read.taken < read.asked) {
            final ReadOp op = Objects.requireNonNull(window[read.taken % WINDOW]);
            if (!op.arrived) {
                break;
            }
            if (read.broken == null) {
                read.broken = op.succeeded() ? takePiece(read, op) : failure(read, op.failure());
            }
            read.taken++;
            slab.release(op.buffer);
        }
        if (read.broken != null) {
            if (read.taken == read.asked) {
                end(read, read.broken);
            }
            return;
        }
        if (read.taken == read.pieces) {
            end(read, verdict(read));
            return;
        }
        ask(read);
        assert read.asked > read.taken : "a buffer was given back just now";
    }

    /** Checks, sums and copies one piece; answers what is wrong with it, or null. */
    private @Nullable JdbException takePiece(BlobRead read, ReadOp op) {
        final ValueFile f = Objects.requireNonNull(read.file);
        final Checksum sum = Objects.requireNonNull(read.sum);
        int at = op.buffer;
        int left = op.length();
        if (read.taken == 0) {
            at += (int) (read.offset % BLOCK);
            left -= (int) (read.offset % BLOCK);
            final JdbException wrong = checkHeader(read, f, at);
            if (wrong != null) {
                return wrong;
            }
            read.header(
                    BlobHeader.crc(memory, at),
                    BlobHeader.stamp(memory, at),
                    BlobHeader.keyHash(memory, at));
            sum.begin();
            sum.add(at + BlobHeader.SUMMED_FROM, BlobHeader.BYTES - BlobHeader.SUMMED_FROM);
            at += BlobHeader.BYTES;
            left -= BlobHeader.BYTES;
        }
        final int n = Math.min(left, read.length - read.done);
        sum.add(at, n);
        if (read.target != null) {
            MemorySegment.copy(memory, at, read.target, read.targetOffset + read.done, n);
        }
        read.done += n;
        return null;
    }

    private @Nullable JdbException checkHeader(BlobRead read, ValueFile f, int at) {
        final int type = BlobHeader.type(memory, at);
        if (type != BlobHeader.TYPE_BLOB) {
            return corrupt(f, read.offset, "no value begins here: its type is " + type);
        }
        final int format = BlobHeader.format(memory, at);
        if (format > BlobHeader.FORMAT) {
            return new JdbException(
                    new JdbError.NewerFormat(f.path.toString(), format, BlobHeader.FORMAT));
        }
        if (BlobHeader.length(memory, at) != read.length) {
            return corrupt(
                    f,
                    read.offset,
                    "the value has "
                            + BlobHeader.length(memory, at)
                            + " bytes, its pointer says "
                            + read.length);
        }
        if (format == 0 || !BlobHeader.reservedIsZero(memory, at)) {
            return corrupt(f, read.offset, "reserved bytes of a value's header are not zero");
        }
        return null;
    }

    private @Nullable JdbException verdict(BlobRead read) {
        final ValueFile f = Objects.requireNonNull(read.file);
        assert read.done == read.length;
        final int sum = Objects.requireNonNull(read.sum).value();
        return BlobHeader.crcAt(sum, f.salt, read.offset) == read.crc
                ? null
                : corrupt(f, read.offset, "the checksum of the value does not hold");
    }

    private void end(BlobRead read, @Nullable JdbException failure) {
        Objects.requireNonNull(read.file).inFlight--;
        if (failure == null) {
            blobs++;
            valueBytes += read.length;
        }
        read.finish(failure);
    }

    private JdbException failure(BlobRead read, IoException e) {
        final ValueFile f = Objects.requireNonNull(read.file);
        return e.error() instanceof IoError.ShortRead
                ? corrupt(f, read.offset, "the file ends within the value")
                : ioFailure(f, "read", e);
    }

    private static JdbException ioFailure(ValueFile f, String op, IoException e) {
        return new JdbException(
                new JdbError.Io(op, f.path.toString(), String.valueOf(e.getMessage())), e);
    }

    private static JdbException corrupt(ValueFile f, long offset, String rule) {
        return new JdbException(new JdbError.Corrupt(f.path.toString(), offset, rule));
    }

    /** One piece of one read; made once for each place in a read's window. */
    static final class ReadOp extends IoOp {
        private final BlobRead read;
        private BlobReader reader;
        private int buffer;
        private boolean arrived;

        ReadOp(BlobRead read, BlobReader reader) {
            this.read = read;
            this.reader = reader;
        }

        @Override
        protected void completed() {
            reader.inFlight--;
            arrived = true;
            reader.advance(read);
        }
    }
}
