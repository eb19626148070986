package site.js0.jdb.testkit.arch;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The components of io and kernel, bottom up, and what each may import besides itself.
 *
 * <p>An import only points down, with three exceptions inside a layer, see {@link #mayImport}:
 * {@code fs} names the drivers it opens, {@code alloc} and {@code buf} throw the errors of jdb-io,
 * which live in {@code fs}, and {@code runtime} and {@code api} know each other.
 */
enum Component {
    // L0: values and bytes.
    COMM("comm"),
    LAYOUT("layout", COMM),
    PROTO("proto", COMM, LAYOUT),

    // L1 is jdb-io, which stands alone: it does not even see L0.
    ALLOC("alloc"), // and fs, where the errors of jdb-io are: see mayImport
    BUF("buf", ALLOC), // and fs, likewise
    FS("fs", ALLOC, BUF), // and its drivers
    FS_URING("fs.uring", ALLOC, BUF, FS),
    FS_NIO("fs.nio", ALLOC, BUF, FS),
    FS_ASYNC("fs.async", ALLOC, BUF, FS),

    // L2: three neighbours that do not know each other.
    WAL("wal", COMM, LAYOUT, PROTO, ALLOC, BUF, FS),
    VLOG("vlog", COMM, LAYOUT, PROTO, ALLOC, BUF, FS),
    PAGE("page", COMM, LAYOUT, PROTO, ALLOC, BUF, FS),

    // L3.
    INDEX("index", COMM, LAYOUT, PROTO, ALLOC, BUF, FS, WAL, VLOG, PAGE),

    // L4.
    TABLET("tablet", COMM, LAYOUT, PROTO, ALLOC, BUF, FS, WAL, VLOG, PAGE, INDEX),

    // L5.
    RUNTIME("runtime", COMM, LAYOUT, PROTO, ALLOC, BUF, FS, WAL, VLOG, PAGE, INDEX, TABLET),
    API("api", COMM, LAYOUT, PROTO, ALLOC, BUF, FS, WAL, VLOG, PAGE, INDEX, TABLET, RUNTIME);

    /**
     * L2 to L4: owned by whoever holds the shard, hence nothing in them is shared between threads.
     */
    static final Set<Component> UNSHARED = EnumSet.of(WAL, VLOG, PAGE, INDEX, TABLET);

    /** The only ones that may look up and call native functions. */
    static final Set<Component> NATIVE = EnumSet.of(ALLOC, FS, FS_URING);

    /**
     * The only ones that may start threads, read the clock or draw lots; besides them, SystemClock
     * reads the clock.
     */
    static final Set<Component> UNSEEDED = EnumSet.of(RUNTIME, FS_URING, FS_NIO, FS_ASYNC);

    /** The package, below the root. */
    final String packageName;

    @SuppressWarnings("ImmutableEnumChecker") // Set.of is immutable; the checker sees only Set
    private final Set<Component> below;

    Component(String packageName, Component... below) {
        this.packageName = packageName;
        this.below = Set.of(below);
    }

    boolean mayImport(Component other) {
        if (other == this || below.contains(other)) return true;
        return switch (this) {
            case ALLOC, BUF -> other == FS;
            case FS -> other == FS_URING || other == FS_NIO;
            case RUNTIME -> other == API;
            default -> false;
        };
    }

    /** What the component may import, for people. */
    String imports() {
        return Arrays.stream(values())
                .filter(other -> other != this && mayImport(other))
                .map(other -> other.packageName)
                .collect(Collectors.joining(", ", "[", "]"));
    }

    /** The component that a package belongs to: the one with the longest matching name. */
    static Optional<Component> of(String root, String packageName) {
        return Arrays.stream(values())
                .filter(c -> (packageName + ".").startsWith(root + "." + c.packageName + "."))
                .max(Comparator.comparingInt(c -> c.packageName.length()));
    }
}
