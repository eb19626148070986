package site.js0.jdb.layout;

import static site.js0.jdb.layout.PageHeader.LE_INT;
import static site.js0.jdb.layout.PageHeader.LE_LONG;

import java.lang.foreign.MemorySegment;

/**
 * Payloads of the records of a commit over several shards, little-endian.
 *
 * <pre>
 * prepare:  0  8 txnHigh   the database's incarnation (log epoch of shard 0 at open)
 *           8  8 txnLow    counts up within it; never 0
 *          16    batch     {@link BatchFormat}; its timestamp is this participant's proposal
 * decision: 0  8 txnHigh
 *           8  8 txnLow
 *          16  8 timestamp the commit timestamp of the whole; at least every proposal
 *          24  4 count     participants that follow; at least 2
 *          28  4 reserved  zero
 *          32 16 each      shard u32, reserved u32 (zero), prepareLsn u64
 * </pre>
 *
 * Every participant logs the same decision. A transaction is committed once one log has a decision
 * for it.
 */
public final class TxnFormat {
    public static final int ID_BYTES = 16;
    public static final int DECISION_HEADER_BYTES = 32;
    public static final int PARTICIPANT_BYTES = 16;

    private TxnFormat() {}

    public static void writeId(MemorySegment to, long at, long txnHigh, long txnLow) {
        to.set(LE_LONG, at, txnHigh);
        to.set(LE_LONG, at + 8, txnLow);
    }

    public static long txnHigh(MemorySegment from, long at) {
        return from.get(LE_LONG, at);
    }

    public static long txnLow(MemorySegment from, long at) {
        return from.get(LE_LONG, at + 8);
    }

    public static void writeDecision(
            MemorySegment to, long at, long txnHigh, long txnLow, long timestamp, int count) {
        writeId(to, at, txnHigh, txnLow);
        to.set(LE_LONG, at + 16, timestamp);
        to.set(LE_INT, at + 24, count);
        to.set(LE_INT, at + 28, 0);
    }

    public static void writeParticipant(
            MemorySegment to, long at, int index, int shard, long prepareLsn) {
        long p = at + DECISION_HEADER_BYTES + (long) index * PARTICIPANT_BYTES;
        to.set(LE_INT, p, shard);
        to.set(LE_INT, p + 4, 0);
        to.set(LE_LONG, p + 8, prepareLsn);
    }

    public static long decisionBytes(int count) {
        return DECISION_HEADER_BYTES + (long) count * PARTICIPANT_BYTES;
    }

    public static long timestamp(MemorySegment from, long at) {
        return from.get(LE_LONG, at + 16);
    }

    public static int count(MemorySegment from, long at) {
        return from.get(LE_INT, at + 24);
    }

    public static int shard(MemorySegment from, long at, int index) {
        return from.get(LE_INT, at + DECISION_HEADER_BYTES + (long) index * PARTICIPANT_BYTES);
    }

    public static long prepareLsn(MemorySegment from, long at, int index) {
        return from.get(LE_LONG, at + DECISION_HEADER_BYTES + (long) index * PARTICIPANT_BYTES + 8);
    }
}
