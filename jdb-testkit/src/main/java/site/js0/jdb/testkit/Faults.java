package site.js0.jdb.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.FileRole;

/**
 * What shall go wrong on a {@link SimDisk}. Rules are asked in the order they were added; the first
 * that strikes decides. They survive a crash.
 */
public final class Faults {
    /** What can fail. */
    public enum Verb {
        READ,
        WRITE,
        /** A sync of either kind, also the one behind a write. */
        SYNC,
        /** A store into a log tail. */
        STORE,
        OPEN,
        TRUNCATE,
        PREALLOCATE,
        MKDIR,
        RENAME,
        REMOVE,
        SYNC_DIR
    }

    /** One use of the disk. {@code role} is OTHER for directory verbs. */
    public record Access(Verb verb, Path path, FileRole role, long offset, long length) {
        /** True when the path's last name is {@code name}. */
        public boolean isNamed(String name) {
            return path.getFileName() != null && path.getFileName().toString().equals(name);
        }
    }

    /** What happens instead. */
    public sealed interface Effect {
        /** The system answers with this error number; a write may be there in part. */
        record Fails(int errno) implements Effect {}

        /** A write reports success and leaves no trace. */
        record Lost() implements Effect {}

        /** A write lands {@code deltaBytes} from where it should, and reports success. */
        record Misdirected(long deltaBytes) implements Effect {}

        /**
         * One bit of the transferred bytes is flipped: on the medium for a write, in memory for a
         * read.
         */
        record FlippedBit(long bit) implements Effect {}
    }

    private static final class Rule {
        final Predicate<Access> when;
        final Effect effect;
        long skip;
        long strikes;

        Rule(Predicate<Access> when, Effect effect, long skip, long strikes) {
            this.when = when;
            this.effect = effect;
            this.skip = skip;
            this.strikes = strikes;
        }
    }

    private final List<Rule> rules = new ArrayList<>();
    private long struck;

    Faults() {}

    /** Every access that matches fails with {@code errno} until {@link #clear()}. */
    public void fail(Predicate<Access> when, int errno) {
        add(when, new Effect.Fails(errno), 1, Long.MAX_VALUE);
    }

    /**
     * The {@code nth} (1 is the next) access that matches fails with {@code errno}, and only that
     * one.
     */
    public void failNth(long nth, Predicate<Access> when, int errno) {
        add(when, new Effect.Fails(errno), nth, 1);
    }

    /** From the {@code nth} match on, {@code effect} happens {@code strikes} times. */
    public void add(Predicate<Access> when, Effect effect, long nth, long strikes) {
        if (nth < 1 || strikes < 1) {
            throw new IllegalArgumentException("nth and strikes count from 1");
        }
        rules.add(new Rule(when, effect, nth - 1, strikes));
    }

    /** All is well again. */
    public void clear() {
        rules.clear();
    }

    /** How often a rule struck so far: a test that injects faults should see this grow. */
    public long struck() {
        return struck;
    }

    @Nullable Effect strike(Access access) {
        for (Rule rule : rules) {
            if (rule.strikes > 0 && rule.when.test(access)) {
                if (rule.skip > 0) {
                    rule.skip--;
                    continue;
                }
                rule.strikes--;
                struck++;
                return rule.effect;
            }
        }
        return null;
    }
}
