package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import site.js0.jdb.layout.BatchFormat;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.TxnFormat;
import site.js0.jdb.layout.ValPtr;

/**
 * The scratch memory in which a shard puts a batch together, in the form the log takes. One per
 * shard, used from {@link #begin} to the commit by whoever holds the shard; allocates nothing.
 */
public final class BatchWriter {
    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment memory;
    private long start;
    private long end;
    private int count;

    BatchWriter(MemorySegment memory) {
        this.memory = memory;
    }

    /** Starts an empty batch. */
    public void begin() {
        start = 0;
        end = BatchFormat.HEADER_BYTES;
        count = 0;
    }

    /** Starts an empty prepare. */
    public void beginPrepare(long txnHigh, long txnLow) {
        TxnFormat.writeId(memory, 0, txnHigh, txnLow);
        start = TxnFormat.ID_BYTES;
        end = start + BatchFormat.HEADER_BYTES;
        count = 0;
    }

    /** Adds a write of a value. The key is the user's; its table is put before it. */
    public void put(
            int vnode, int table, byte[] key, int keyLength, byte[] value, int valueLength) {
        long at = write(EntryKind.VALUE, vnode, table, key, keyLength, valueLength);
        MemorySegment.copy(value, 0, memory, ValueLayout.JAVA_BYTE, at, valueLength);
    }

    /** Adds a write of a value that is in the value log. */
    public void pointer(int vnode, int table, byte[] key, int keyLength, ValPtr value) {
        long at = write(EntryKind.POINTER, vnode, table, key, keyLength, ValPtr.BYTES);
        ValPtr.write(memory, at, value.offset(), value.fileId(), value.length());
    }

    /** Adds a deletion. */
    public void delete(int vnode, int table, byte[] key, int keyLength) {
        write(EntryKind.TOMBSTONE, vnode, table, key, keyLength, 0);
    }

    private long write(int kind, int vnode, int table, byte[] key, int keyLength, int valueLength) {
        long at = end;
        int keyBytes = BatchFormat.TABLE_ID_BYTES + keyLength;
        BatchFormat.writeWriteHeader(memory, at, kind, vnode, keyBytes, valueLength);
        long keyAt = BatchFormat.keyAt(at);
        memory.set(BE_INT, keyAt, table);
        MemorySegment.copy(
                key,
                0,
                memory,
                ValueLayout.JAVA_BYTE,
                keyAt + BatchFormat.TABLE_ID_BYTES,
                keyLength);
        end = keyAt + keyBytes + valueLength;
        count++;
        return keyAt + keyBytes;
    }

    /** Writes the header; the batch is complete but for its timestamp. */
    void finish() {
        BatchFormat.writeHeader(memory, start, 0, count);
    }

    void timestamp(long timestamp) {
        BatchFormat.setTimestamp(memory, start, timestamp);
    }

    /** The payload is {@code memory()[0, size())}. */
    MemorySegment memory() {
        return memory;
    }

    long size() {
        return end;
    }

    int count() {
        return count;
    }

    /** Where the {@link BatchFormat} part begins. */
    long start() {
        return start;
    }

    /** Where the first write begins. */
    long firstWrite() {
        return start + BatchFormat.HEADER_BYTES;
    }

    /** Bytes that a write takes at the most, for callers who must not overrun the scratch. */
    public static long bytesOf(int keyLength, int valueLength) {
        return BatchFormat.WRITE_HEADER_BYTES
                + (long) BatchFormat.TABLE_ID_BYTES
                + keyLength
                + valueLength;
    }
}
