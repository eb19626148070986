package site.js0.jdb.wal;

import java.util.List;

/**
 * Where and why a log ends, and which files there are: what replay hands to the writer.
 *
 * @param verdict why no further record follows
 * @param file the segment file in which the log ends, or the directory when no segment was begun
 * @param offset where the next record would lie
 * @param startLsn where replay was to begin
 * @param nextLsn the LSN that follows the last record; less than {@code startLsn} when the log ends
 *     before that: its newest records were never durable and are not needed
 * @param lastEpoch epoch of the segment in which the log ends; 0 when there is none
 * @param maxEpoch the highest epoch seen in any file
 * @param lastSeq number of the segment in which the log ends; 0 when there is none
 * @param durableStamp everything up to here is known to have been durable by what the log says
 * @param cleanClose the last record is a mark of a clean close
 * @param live the log's segments in order, from the one replay began in
 * @param unused files that are not (or no more) the log's
 */
public record LogEnd(
        Verdict verdict,
        String file,
        long offset,
        long startLsn,
        long nextLsn,
        int lastEpoch,
        int maxEpoch,
        long lastSeq,
        long durableStamp,
        boolean cleanClose,
        List<Live> live,
        List<Unused> unused) {
    /** Why a log ends. */
    public enum Verdict {
        /** Nothing was written there, or what lies there is left from an earlier use. */
        END_OF_LOG,
        /** The expected record begins there but is not whole: its writer was stopped. */
        TORN,
        /** The caller asked to stop there. */
        CUT
    }

    /** A segment of the log. */
    public record Live(long seq, long firstLsn, long bytes) {}

    /** A segment file without meaning. */
    public record Unused(long seq, long bytes) {}

    public LogEnd {
        live = List.copyOf(live);
        unused = List.copyOf(unused);
    }
}
