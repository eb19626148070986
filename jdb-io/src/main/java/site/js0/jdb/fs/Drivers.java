package site.js0.jdb.fs;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.nio.NioDriver;
import site.js0.jdb.fs.uring.UringDriver;

/**
 * Opens the driver that fits the machine.
 *
 * <p>io_uring may be unknown (old kernels, other systems) or forbidden (the seccomp profiles of
 * container runtimes, the sysctl {@code kernel.io_uring_disabled}). {@link DriverOptions.Kind#AUTO}
 * then takes the {@code nio} driver; why is part of its {@link IoDriver#describe()}, and is logged
 * once per process and reason.
 */
public final class Drivers {
    /**
     * System property that overrides {@link DriverOptions#kind()}: {@code auto}, {@code uring} or
     * {@code nio}.
     */
    public static final String PROPERTY = "jdb.driver";

    /** Environment variable with the same meaning; the property goes first. */
    public static final String ENVIRONMENT = "JDB_DRIVER";

    private static final System.Logger LOG = System.getLogger("site.js0.jdb.fs");

    private static final AtomicReference<String> LOGGED = new AtomicReference<>("");

    private Drivers() {}

    /** {@link DriverOptions#defaults()}. */
    public static IoDriver open() {
        return open(DriverOptions.defaults());
    }

    /**
     * Opens a driver.
     *
     * @throws IoException when the options name a kind that can't be had here
     * @throws IllegalArgumentException when the property or the variable names no kind
     */
    public static IoDriver open(DriverOptions options) {
        String override = override();
        DriverOptions wanted =
                override == null ? options : options.withKind(DriverOptions.Kind.parse(override));
        return switch (wanted.kind()) {
            case URING -> new UringDriver(wanted);
            case NIO ->
                    new NioDriver(
                            wanted, override == null ? "asked for" : "asked for by " + PROPERTY);
            case AUTO -> openBest(wanted);
        };
    }

    private static @Nullable String override() {
        String property = System.getProperty(PROPERTY);
        String value = property != null ? property : System.getenv(ENVIRONMENT);
        return value == null || value.isBlank() ? null : value.strip();
    }

    private static IoDriver openBest(DriverOptions options) {
        String reason;
        try {
            return new UringDriver(options);
        } catch (IoException e) {
            reason = reason(e);
        }
        if (!reason.equals(LOGGED.getAndSet(reason))) {
            LOG.log(System.Logger.Level.INFO, "I/O goes through the nio driver: " + reason);
        }
        return new NioDriver(options, reason);
    }

    /** Why there is no ring, in words that tell what to change. */
    private static String reason(IoException e) {
        return switch (e.errno()) {
            case Errno.EPERM, Errno.EACCES ->
                    "io_uring is forbidden here (seccomp profile, or sysctl kernel.io_uring_disabled): "
                            + Errno.describe(e.errno());
            case Errno.ENOSYS ->
                    "io_uring is not known to this kernel, or hidden by a seccomp profile: "
                            + Errno.describe(e.errno());
            default -> "io_uring can't be set up: " + e.error().message();
        };
    }
}
