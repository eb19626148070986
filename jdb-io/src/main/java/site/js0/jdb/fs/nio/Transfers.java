package site.js0.jdb.fs.nio;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.linux.LinuxFile;

/**
 * What a worker does with a request: moves all its bytes, resuming short transfers, or notes why
 * not. Never throws. One per worker.
 */
final class Transfers {
    /**
     * Scattered units go through a buffer this large: one system call for many units beats the copy
     * by far.
     */
    private static final int BOUNCE_BYTES = 256 << 10;

    private static final int BOUNCE_ALIGNMENT = 4096;

    private final Views views = new Views();
    private @Nullable ByteBuffer bounce;
    private @Nullable MemorySegment bounceSegment;

    void serve(Request request) {
        IoOp op = Objects.requireNonNull(request.op);
        try {
            if (op.kind() == IoOp.Kind.TASK) {
                op.runTask();
            } else {
                move(request, op);
            }
        } catch (Throwable t) {
            request.failure = t; // the owner hears of it; this thread goes on serving
            request.errno = t instanceof IoException e ? e.errno() : 0;
        }
        request.endNanos = System.nanoTime();
    }

    private void move(Request request, IoOp op) {
        try {
            switch (op.kind()) {
                case READ -> {
                    ByteBuffer to = views.of(op.buffer(), op.bufferOffset(), op.length());
                    read(request, file(op), to, op.offset());
                }
                case WRITE -> write(request, op);
                case WRITE_THEN_SYNC -> {
                    write(request, op);
                    if (request.transferred == op.length()) {
                        sync(op, false);
                    }
                }
                case READ_SCATTERED -> readScattered(request, op);
                case WRITE_GATHERED -> writeGathered(request, op);
                case SYNC_DATA -> sync(op, false);
                case SYNC_ALL -> sync(op, true);
                case TASK, NONE -> throw new IllegalStateException("nothing to move: " + op.kind());
            }
        } catch (IOException | NonWritableChannelException | NonReadableChannelException e) {
            throw NioErrors.of(verb(op), op.file().path(), op.offset(), op.length(), e);
        }
    }

    private static String verb(IoOp op) {
        return op.kind().name().toLowerCase(Locale.ROOT);
    }

    private static NioFile file(IoOp op) {
        return (NioFile) op.file();
    }

    /** The file of a Linux log tail is no channel; it can only be synced. */
    private static void sync(IoOp op, boolean metadata) throws IOException {
        if (!(op.file() instanceof LinuxFile tail)) {
            file(op).force(metadata);
        } else if (metadata) {
            tail.syncAll();
        } else {
            tail.syncData();
        }
    }

    private void write(Request request, IoOp op) throws IOException {
        ByteBuffer from = views.of(op.buffer(), op.bufferOffset(), op.length());
        write(request, file(op), from, op.offset());
    }

    /**
     * Reads until {@code to} is full or the file ends; adds to {@code transferred}. False at the
     * end of the file.
     */
    private static boolean read(Request request, NioFile file, ByteBuffer to, long offset)
            throws IOException {
        int start = to.position();
        while (to.hasRemaining()) {
            int n = file.channel().read(to, offset + to.position() - start);
            if (n <= 0) {
                return false;
            }
            request.transferred += n;
            if (to.hasRemaining() && (to.position() - start) % file.alignment() != 0) {
                return false; // direct reads stop inside a block only where the file does
            }
        }
        return true;
    }

    /**
     * Writes all that remains in {@code from}; false when the system takes no more and gives no
     * reason.
     */
    private static boolean write(Request request, NioFile file, ByteBuffer from, long offset)
            throws IOException {
        int start = from.position();
        while (from.hasRemaining()) {
            int n = file.channel().write(from, offset + from.position() - start);
            // A direct write that stopped inside a block starts again at that block: the next
            // attempt names the cause.
            int within = from.hasRemaining() ? (from.position() - start) % file.alignment() : 0;
            from.position(from.position() - within);
            n -= within;
            if (n <= 0) {
                return false;
            }
            request.transferred += n;
        }
        return true;
    }

    private void readScattered(Request request, IoOp op) throws IOException {
        if (isContiguous(op)) {
            read(
                    request,
                    file(op),
                    views.of(op.buffer(), op.unitOffset(0), op.length()),
                    op.offset());
            return;
        }
        int unitBytes = op.unitBytes();
        int unitsAtOnce = unitsAtOnce(unitBytes);
        for (int unit = 0; unit < op.unitCount(); unit += unitsAtOnce) {
            int count = Math.min(unitsAtOnce, op.unitCount() - unit);
            long offset = op.offset() + (long) unit * unitBytes;
            if (count == 1) {
                if (!read(
                        request,
                        file(op),
                        views.of(op.buffer(), op.unitOffset(unit), unitBytes),
                        offset)) {
                    return;
                }
                continue;
            }
            ByteBuffer buffer = bounce(count * unitBytes);
            boolean all = read(request, file(op), buffer, offset);
            copyUnits(op, unit, buffer.position(), false);
            if (!all) {
                return;
            }
        }
    }

    private void writeGathered(Request request, IoOp op) throws IOException {
        if (isContiguous(op)) {
            write(
                    request,
                    file(op),
                    views.of(op.buffer(), op.unitOffset(0), op.length()),
                    op.offset());
            return;
        }
        int unitBytes = op.unitBytes();
        int unitsAtOnce = unitsAtOnce(unitBytes);
        for (int unit = 0; unit < op.unitCount(); unit += unitsAtOnce) {
            int count = Math.min(unitsAtOnce, op.unitCount() - unit);
            long offset = op.offset() + (long) unit * unitBytes;
            ByteBuffer buffer;
            if (count == 1) {
                buffer = views.of(op.buffer(), op.unitOffset(unit), unitBytes);
            } else {
                buffer = bounce(count * unitBytes);
                copyUnits(op, unit, count * unitBytes, true);
            }
            if (!write(request, file(op), buffer, offset)) {
                return;
            }
        }
    }

    /**
     * Moves {@code bytes} between the units from {@code firstUnit} on and the start of the bounce
     * buffer.
     */
    private void copyUnits(IoOp op, int firstUnit, int bytes, boolean toBounce) {
        MemorySegment through = Objects.requireNonNull(bounceSegment);
        int unit = firstUnit;
        for (int at = 0; at < bytes; at += op.unitBytes()) {
            int n = Math.min(op.unitBytes(), bytes - at);
            if (toBounce) {
                MemorySegment.copy(op.buffer(), op.unitOffset(unit), through, at, n);
            } else {
                MemorySegment.copy(through, at, op.buffer(), op.unitOffset(unit), n);
            }
            unit++;
        }
    }

    private static boolean isContiguous(IoOp op) {
        for (int i = 1; i < op.unitCount(); i++) {
            if (op.unitOffset(i) != op.unitOffset(i - 1) + op.unitBytes()) {
                return false;
            }
        }
        return op.unitCount() > 0;
    }

    private static int unitsAtOnce(int unitBytes) {
        return Math.max(1, BOUNCE_BYTES / Math.max(unitBytes, 1));
    }

    private ByteBuffer bounce(int bytes) {
        ByteBuffer buffer = bounce;
        if (buffer == null) {
            buffer =
                    ByteBuffer.allocateDirect(BOUNCE_BYTES + BOUNCE_ALIGNMENT)
                            .alignedSlice(BOUNCE_ALIGNMENT);
            bounce = buffer;
            bounceSegment = MemorySegment.ofBuffer(buffer.clear());
        }
        return buffer.clear().limit(bytes);
    }
}
