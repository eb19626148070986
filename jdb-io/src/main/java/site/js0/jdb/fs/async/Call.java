package site.js0.jdb.fs.async;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoOp;

/**
 * One operation of a {@link File}: carried to the loop's thread, done there, and its outcome
 * carried to the executor.
 *
 * @param <T> what the future holds
 */
final class Call<T> extends IoOp implements IoLoop.Work {
    private final IoLoop loop;
    private final @Nullable File file;
    private final Consumer<Call<T>> prepare;
    private final Function<Call<T>, T> result;
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final @Nullable Callable<T> body;
    private @Nullable T bodyResult;

    /**
     * @param file entered while the call is under way, or null
     * @param body what a task does, on the driver's helper thread; null for other operations
     * @param prepare prepares the operation; loop's thread; may throw, and the future fails
     * @param result the outcome of an operation that is over, or the exception it ended with;
     *     loop's thread
     */
    Call(
            IoLoop loop,
            @Nullable File file,
            @Nullable Callable<T> body,
            Consumer<Call<T>> prepare,
            Function<Call<T>, T> result) {
        this.loop = loop;
        this.file = file;
        this.body = body;
        this.prepare = prepare;
        this.result = result;
    }

    /** A call that may block: {@code body} runs on the driver's helper thread. */
    static <T> Call<T> blocking(IoLoop loop, @Nullable File file, Callable<T> body) {
        return new Call<>(loop, file, body, Call::prepareTask, Call::bodyResult);
    }

    CompletableFuture<T> future() {
        return future;
    }

    @Override
    public void start() {
        if (file != null && !file.enter()) {
            fail(new IllegalStateException("the file is closed"));
            return;
        }
        try {
            prepare.accept(this);
            loop.driver().enqueue(this);
        } catch (RuntimeException e) {
            fail(e);
            leave();
        }
    }

    @Override
    public void refuse() {
        fail(new IllegalStateException("the loop is closed"));
    }

    private void fail(Throwable failure) {
        loop.complete(() -> future.completeExceptionally(failure));
    }

    private void leave() {
        if (file != null) {
            file.leave();
        }
    }

    @Override
    protected void runBlocking() throws Exception {
        if (body != null) {
            bodyResult = body.call();
        }
    }

    /** What the task came to; throws what it threw. */
    T bodyResult() {
        if (!succeeded()) {
            throw failure();
        }
        T found = bodyResult;
        if (found == null) {
            throw new IllegalStateException("a task without a result");
        }
        return found;
    }

    @Override
    protected void completed() {
        try {
            T value = result.apply(this);
            loop.complete(() -> future.complete(value));
        } catch (RuntimeException e) {
            fail(e);
        } finally {
            leave();
        }
    }
}
