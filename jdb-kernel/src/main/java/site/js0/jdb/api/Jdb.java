package site.js0.jdb.api;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbOptions;

/**
 * An open database directory. One process at a time has it open. Any thread, but none that runs a
 * completion inside the kernel's own turn (an executor that runs tasks where they come up leads
 * there): that one gets Reentrant. As for the errors of {@link Table}, so here.
 *
 * {@snippet :
 * try (Jdb jdb = Jdb.open(Path.of("data"))) {
 *     Table people = jdb.database("app").table("people");
 *     people.put("ada".getBytes(UTF_8), "1815".getBytes(UTF_8));
 * }
 * }
 */
public interface Jdb extends AutoCloseable {
    /** Opens {@code path} with default options, making it when it is not there. */
    static Jdb open(Path path) {
        return open(path, JdbOptions.defaults());
    }

    /**
     * Opens {@code path}, recovering what a crash left.
     *
     * @throws site.js0.jdb.comm.JdbException NotADatabase (a file, foreign contents, not there and
     *     not to be made), Locked (names the process), NewerFormat, Corrupt, Io
     */
    static Jdb open(Path path, JdbOptions options) {
        return site.js0.jdb.runtime.Kernel.open(path, options);
    }

    /** The directory. */
    Path path();

    /** The database of that name; it begins to exist with its first table. */
    Database database(byte[] name);

    /** As {@link #database(byte[])}, the name in UTF-8. */
    default Database database(String name) {
        return database(name.getBytes(StandardCharsets.UTF_8));
    }

    /** Names of all databases that have a table, sorted as bytes. */
    List<byte[]> databaseNames();

    /**
     * Performs all writes of {@code batch} or none; survives the death of the process on return.
     */
    void write(Batch batch);

    /** {@link #write}, durable against power loss on return. */
    void writeSync(Batch batch);

    /** {@link #write}, asynchronously. The batch may be reused at once. */
    CompletionStage<@Nullable Void> writeAsync(Batch batch);

    /** {@link #writeSync}, asynchronously. The batch may be reused at once. */
    CompletionStage<@Nullable Void> writeSyncAsync(Batch batch);

    /** Everything acknowledged before the call is durable against power loss on return. */
    void flush();

    /** {@link #flush}, asynchronously. */
    CompletionStage<@Nullable Void> flushAsync();

    /**
     * Waits until background work is done: all memtables merged into the trees and a checkpoint
     * written. For benchmarks (settling time) and before copying files away; needed by no one else.
     */
    void settle();

    /** Counters and sizes, now. */
    Stats stats();

    /**
     * Finishes what was accepted, checkpoints, and lets go of the directory. Calls in progress end
     * normally, later ones with Shutdown. Idempotent.
     */
    @Override
    void close();
}
