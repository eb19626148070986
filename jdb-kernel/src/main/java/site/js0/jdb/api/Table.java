package site.js0.jdb.api;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map of byte strings. Keys have 1 to 1024 bytes, values 0 to 64 MiB; the empty value is a
 * value, not an absence. Order is that of unsigned bytes.
 *
 * <p>Any thread, platform or virtual. Arguments are copied before a call returns (asynchronous ones
 * too), results are the caller's. Every method throws {@link site.js0.jdb.comm.JdbException}:
 * BadArgument for keys and values out of bounds, Shutdown after close, Corrupt or Io when the disk
 * lies or fails, DiskFull for writes that found no room, InDoubt for writes after a failed write,
 * Interrupted for a caller who was interrupted while he waited. An asynchronous one throws nothing:
 * its stage ends with what it would have thrown. Those that are under way at the same time may take
 * place in any order.
 *
 * <p>What an answered write has: {@code put}, {@code delete}, {@code remove} survive the death of
 * the process at any moment; the {@code Sync} forms survive power loss too, together with all that
 * was acknowledged before on the same VNode.
 */
public interface Table {
    /** Its name; a copy. */
    byte[] name();

    /** The database it is in. */
    Database database();

    /** Sets {@code key} to {@code value}. */
    void put(byte[] key, byte[] value);

    /** {@link #put}, durable against power loss on return. */
    void putSync(byte[] key, byte[] value);

    /** The value, or null when there is none. */
    byte @Nullable [] get(byte[] key);

    /**
     * Copies the value to {@code target[offset..]}, as much as there is room for; allocates nothing
     * when the page is in memory.
     *
     * @return the value's full length (more than was copied when it did not fit), or -1 when there
     *     is none
     */
    int get(byte[] key, byte[] target, int offset);

    /** Removes {@code key}, without asking whether it was there. */
    void delete(byte[] key);

    /** Removes {@code key}; true when it was there. Reads, so slower than {@link #delete}. */
    boolean remove(byte[] key);

    /** The values in the order of the keys, null where there is none; the reads overlap. */
    List<byte @Nullable []> multiGet(List<byte[]> keys);

    /** A cursor over a consistent state of the table; to be closed. */
    Scan scan(ScanRange range);

    /**
     * {@link #put}; completes on the database's executor, never on the thread that did the work.
     */
    CompletionStage<@Nullable Void> putAsync(byte[] key, byte[] value);

    /** {@link #putSync}, asynchronously. */
    CompletionStage<@Nullable Void> putSyncAsync(byte[] key, byte[] value);

    /** {@link #get(byte[])}, asynchronously. */
    CompletionStage<byte @Nullable []> getAsync(byte[] key);

    /** {@link #delete}, asynchronously. */
    CompletionStage<@Nullable Void> deleteAsync(byte[] key);

    /** {@link #remove}, asynchronously. */
    CompletionStage<Boolean> removeAsync(byte[] key);

    /** {@link #multiGet}, asynchronously. */
    CompletionStage<List<byte @Nullable []>> multiGetAsync(List<byte[]> keys);
}
