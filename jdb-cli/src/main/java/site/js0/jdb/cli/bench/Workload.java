package site.js0.jdb.cli.bench;

import java.util.Locale;

/** What is done to the store; the names are db_bench's. */
public enum Workload {
    /** Puts n dense keys in order into an empty store. */
    FILLSEQ(Kind.FILL),
    /** Puts n keys in random order into an empty store. */
    FILLRANDOM(Kind.FILL),
    /** As fillrandom, each put durable before the next; n/1000 of them unless told otherwise. */
    FILLSYNC(Kind.FILL),
    /** Puts n times a key that is there, chosen at random. */
    OVERWRITE(Kind.WRITE),
    /** Gets n times a key that is there, chosen at random. */
    READRANDOM(Kind.READ),
    /** Gets n times a key that is not there. */
    READMISSING(Kind.READ),
    /** Reads all rows in order, once per thread. */
    READSEQ(Kind.READ),
    /** Seeks to a key chosen at random and reads so many rows from there; n/10 times. */
    SEEKRANDOM(Kind.READ),
    /** As readrandom, while one further thread does as overwrite. */
    READWHILEWRITING(Kind.READ_AND_WRITE);

    enum Kind {
        FILL,
        WRITE,
        READ,
        READ_AND_WRITE
    }

    private final Kind kind;

    Workload(Kind kind) {
        this.kind = kind;
    }

    boolean isFill() {
        return kind == Kind.FILL;
    }

    /** What it measures is writing; then the rate counts settling in. */
    boolean isWrite() {
        return kind == Kind.FILL || kind == Kind.WRITE;
    }

    /** Something is to be settled behind it. */
    boolean leavesWork() {
        return kind != Kind.READ;
    }

    /** As on the command line and in results. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
