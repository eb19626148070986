package site.js0.jdb.alloc;

import java.lang.ref.Cleaner;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds what was opened and never closed: when the garbage collector meets such a handle, the place
 * that opened it is reported. A debug mode, off unless the system property {@value #PROPERTY} is
 * {@code true} when this class is first used: each handle then costs a stack trace.
 *
 * <p>Any thread. Reports come from the cleaner's thread.
 */
public final class Leaks {
    /** {@code -Djdb.leaks=true} turns it on. */
    public static final String PROPERTY = "jdb.leaks";

    private static final System.Logger LOG = System.getLogger("site.js0.jdb.leaks");
    private static final boolean ENABLED = Boolean.getBoolean(PROPERTY);

    private static volatile Consumer<Leak> reporter = Leaks::log;

    /** Made with the first watch: without leak detection there is no such thread. */
    private static final class OnDemand {
        static final Cleaner CLEANER = Cleaner.create();
    }

    private Leaks() {}

    /** Something that nobody closed, and the stack of who opened it. */
    public record Leak(String what, Throwable openedAt) {}

    /** Follows one handle. */
    public static final class Watch {
        private final State state;
        private final Cleaner.Cleanable cleanable;

        private Watch(Object handle, State state) {
            this.state = state;
            this.cleanable = OnDemand.CLEANER.register(handle, state);
        }

        /** The handle should have been closed by now: reports it, once, and follows it no more. */
        public void overdue() {
            state.report();
            cleanable.clean();
        }

        /** The handle was closed as it should be. */
        public void closed() {
            state.closed = true;
            cleanable.clean();
        }
    }

    /** Outlives the handle, so it must not refer to it. */
    private static final class State implements Runnable {
        private final Leak leak;
        private final @Nullable Runnable reclaim;
        private volatile boolean closed;

        State(Leak leak, @Nullable Runnable reclaim) {
            this.leak = leak;
            this.reclaim = reclaim;
        }

        @Override
        public void run() {
            if (report() && reclaim != null) {
                reclaim.run();
            }
        }

        /** True when it was not closed and this is the first report. */
        synchronized boolean report() {
            if (closed) {
                return false;
            }
            closed = true;
            reporter.accept(leak);
            return true;
        }
    }

    /** True when handles are followed. */
    public static boolean enabled() {
        return ENABLED;
    }

    /** Follows {@code handle} from now on, or null when not {@link #enabled()}. */
    public static @Nullable Watch watch(Object handle, String what) {
        return ENABLED ? watchAlways(handle, what, null) : null;
    }

    /**
     * Follows {@code handle} whether enabled or not.
     *
     * @param reclaim runs after the report, or null; must not refer to {@code handle}
     */
    public static Watch watchAlways(Object handle, String what, @Nullable Runnable reclaim) {
        Throwable here = new Throwable("opened here");
        return new Watch(handle, new State(new Leak(what, here), reclaim));
    }

    /**
     * Who hears of leaks; by default the logger {@code site.js0.jdb.leaks}. Returns the one before.
     */
    public static synchronized Consumer<Leak> reportTo(Consumer<Leak> other) {
        Consumer<Leak> before = reporter;
        reporter = Objects.requireNonNull(other);
        return before;
    }

    private static void log(Leak leak) {
        LOG.log(System.Logger.Level.WARNING, "never closed: " + leak.what(), leak.openedAt());
    }
}
