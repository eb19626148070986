package site.js0.jdb.fs.async;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import site.js0.jdb.alloc.IoBuf;
import site.js0.jdb.alloc.IoBufMut;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.OpenMode;

/**
 * A file for direct, asynchronous I/O. Any thread, also a virtual one; {@code join()} on a result
 * to wait for it.
 *
 * <p><b>Buffers.</b> A buffer belongs to the operation from the call until its future is complete,
 * and is the future's result: until then it must not be touched, closed or given to another
 * operation. When the future fails, or its cancellation is asked for (which does not stop the
 * operation), the rule is the same.
 *
 * <p><b>Alignment.</b> When {@link #direct()}, address, offset and length must be multiples of
 * {@link #alignment()}; buffers of package {@code alloc} are. Otherwise the future fails with
 * {@link IoError.Alignment}.
 *
 * <p><b>Order.</b> Operations under way at the same time happen in any order. A sync covers the
 * writes whose futures were complete when it was called.
 *
 * <p><b>Errors.</b> Futures fail with {@link IoException}, or {@link IllegalStateException} when
 * file or loop are closed.
 */
public final class File implements AutoCloseable {
    private final IoLoop loop;
    private final IoFile file;

    // The loop's thread only.
    private int pending;
    private boolean closing;
    private final List<Call<File>> closers = new ArrayList<>();

    private File(IoLoop loop, IoFile file) {
        this.loop = loop;
        this.file = file;
    }

    /** For reading; must exist. */
    public static CompletableFuture<File> open(IoLoop loop, Path path) {
        return open(loop, path, OpenMode.READ);
    }

    /**
     * Made anew for reading and writing; must not exist. The entry is durable after a sync of its
     * directory.
     */
    public static CompletableFuture<File> create(IoLoop loop, Path path) {
        return open(loop, path, OpenMode.CREATE);
    }

    /** For reading and writing; created when missing. */
    public static CompletableFuture<File> openRw(IoLoop loop, Path path) {
        return open(loop, path, OpenMode.OPEN_OR_CREATE);
    }

    /** As {@link #openRw}, and every write is durable when its future completes. */
    public static CompletableFuture<File> openWal(IoLoop loop, Path path) {
        return open(loop, path, OpenMode.WAL);
    }

    private static CompletableFuture<File> open(IoLoop loop, Path path, OpenMode mode) {
        Call<File> call =
                new Call<>(
                        loop,
                        null,
                        () -> new File(loop, loop.driver().open(path, mode, FileRole.OTHER)),
                        Call::prepareTask,
                        c -> {
                            File opened = c.bodyResult();
                            loop.opened(opened);
                            return opened;
                        });
        loop.submit(call);
        return call.future();
    }

    /** The path given at open. */
    public Path path() {
        return file.path();
    }

    /** True when I/O bypasses the page cache. */
    public boolean direct() {
        return file.direct();
    }

    /** What addresses, offsets and lengths must be multiples of; 1 when not direct. */
    public int alignment() {
        return file.alignment();
    }

    /**
     * Reads from {@code offset} until the buffer's capacity is full or the file ends; the buffer's
     * length then says how much that was.
     */
    public <B extends IoBufMut> CompletableFuture<B> readAt(B buf, long offset) {
        return read(buf, offset, false);
    }

    /** As {@link #readAt}, but a file that ends too early is {@link IoError.ShortRead}. */
    public <B extends IoBufMut> CompletableFuture<B> readExactAt(B buf, long offset) {
        return read(buf, offset, true);
    }

    private <B extends IoBufMut> CompletableFuture<B> read(B buf, long offset, boolean exact) {
        return call(
                op ->
                        op.prepareRead(
                                file,
                                offset,
                                buf.memory(),
                                buf.memoryOffset(),
                                bytes(buf.capacity())),
                op -> {
                    boolean isShort =
                            !op.succeeded() && op.failure().error() instanceof IoError.ShortRead;
                    if (!op.succeeded() && (exact || !isShort)) {
                        throw op.failure();
                    }
                    buf.setBufInit(op.transferred());
                    return buf;
                });
    }

    /** Writes the buffer's length, all of it, to {@code offset}. */
    public <B extends IoBuf> CompletableFuture<B> writeAt(B buf, long offset) {
        return call(
                op ->
                        op.prepareWrite(
                                file,
                                offset,
                                buf.memory(),
                                buf.memoryOffset(),
                                bytes(buf.length())),
                op -> checked(op, buf));
    }

    /** Makes completed writes durable, with all metadata (fsync). */
    public CompletableFuture<File> syncAll() {
        return call(op -> op.prepareSyncAll(file), op -> checked(op, this));
    }

    /** Makes completed writes durable, with the metadata needed to read them (fdatasync). */
    public CompletableFuture<File> syncData() {
        return call(op -> op.prepareSyncData(file), op -> checked(op, this));
    }

    /** Present size in bytes. */
    public CompletableFuture<Long> size() {
        return submit(Call.blocking(loop, this, file::size));
    }

    /** Cuts or extends (with a hole) to {@code bytes}. */
    public CompletableFuture<File> truncate(long bytes) {
        return submit(
                Call.blocking(
                        loop,
                        this,
                        () -> {
                            file.truncate(bytes);
                            return this;
                        }));
    }

    /**
     * Reserves space for {@code [offset, offset + length)} and extends the size to it; never
     * shrinks.
     */
    public CompletableFuture<File> preallocate(long offset, long length) {
        return submit(
                Call.blocking(
                        loop,
                        this,
                        () -> {
                            file.preallocate(offset, length);
                            return this;
                        }));
    }

    private <T> CompletableFuture<T> submit(Call<T> call) {
        loop.submit(call);
        return call.future();
    }

    private <T> CompletableFuture<T> call(Consumer<Call<T>> prepare, Function<Call<T>, T> result) {
        return submit(new Call<>(loop, this, null, prepare, result));
    }

    private static <T> T checked(Call<?> op, T value) {
        if (!op.succeeded()) {
            throw op.failure();
        }
        return value;
    }

    private static int bytes(long length) {
        if (length > Integer.MAX_VALUE) {
            throw new IoException(
                    new IoError.Overflow("length of an operation", length, Integer.MAX_VALUE));
        }
        return (int) length;
    }

    /** Closes once all operations called before are over; later ones fail. Idempotent. */
    public CompletableFuture<File> closeAsync() {
        Call<File> call =
                new Call<>(
                        loop,
                        null,
                        () -> {
                            file.close();
                            return this;
                        },
                        Call::prepareTask,
                        c -> {
                            loop.forget(this);
                            return c.bodyResult();
                        });
        loop.submit(
                new IoLoop.Work() {
                    @Override
                    public void start() {
                        closeWhenIdle(call);
                    }

                    @Override
                    public void refuse() { // a loop that ends closes its files
                        loop.complete(() -> call.future().complete(File.this));
                    }
                });
        return call.future();
    }

    private void closeWhenIdle(Call<File> call) {
        closing = true;
        if (pending == 0) {
            call.start();
        } else {
            closers.add(call);
        }
    }

    /** An operation begins, or must not any more. The loop's thread. */
    boolean enter() {
        if (closing) {
            return false;
        }
        pending++;
        return true;
    }

    /** An operation is over. The loop's thread. */
    void leave() {
        pending--;
        if (pending == 0) {
            closers.forEach(Call::start);
            closers.clear();
        }
    }

    /** The loop ends, and nothing is under way. */
    void closeNow() {
        assert pending == 0 : pending;
        file.close();
    }

    /** As {@link #closeAsync}, and waits. */
    @Override
    public void close() {
        try {
            closeAsync().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IoException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
