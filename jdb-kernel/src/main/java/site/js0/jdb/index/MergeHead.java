package site.js0.jdb.index;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.EntryKind;
import site.js0.jdb.layout.TreeLimits;

/**
 * The next entry of a merge's source, with its key where it can be searched for. Owner: the merge.
 */
final class MergeHead {
    private final MergeAhead ahead;
    private @Nullable MergeSource source;
    private boolean loaded;
    private long taken;

    /** Of the next entry, after {@link #load}. */
    final KeyBuffer key = new KeyBuffer();

    /** Of the next entry, after {@link #load}. */
    long timestamp;

    MergeHead(MergeAhead ahead) {
        this.ahead = ahead;
    }

    void start(MergeSource from) {
        source = from;
        loaded = false;
        taken = 0;
        ahead.start(from);
    }

    void stop() {
        source = null;
        ahead.stop();
    }

    /** Where the entry's value is. */
    MergeSource source() {
        return Objects.requireNonNull(source, "a merge that runs has a source");
    }

    /** Entries taken since the start. */
    long taken() {
        return taken;
    }

    /** The next entry's key and timestamp are there; false at the end. */
    boolean load() {
        return loaded || loadNext();
    }

    private boolean loadNext() {
        final MergeSource s = source();
        if (!s.valid()) {
            return false;
        }
        final int keyLength = s.keyLength();
        if (!TreeLimits.keyFits(keyLength)
                || !EntryKind.known(s.kind())
                || s.kind() == EntryKind.VALUE && !TreeLimits.inline(keyLength, s.valueLength())) {
            throw new JdbException(
                    new JdbError.Internal(
                            "an entry of kind %d, %d + %d bytes, does not fit a leaf"
                                    .formatted(s.kind(), keyLength, s.valueLength())));
        }
        key.set(s.memory(), s.keyOffset(), keyLength);
        timestamp = s.timestamp();
        loaded = true;
        return true;
    }

    /** Goes on to the next; {@link #key} keeps the old one until {@link #load}. */
    void advance() {
        source().advance();
        loaded = false;
        taken++;
        ahead.sourceAdvanced();
    }
}
