package site.js0.jdb.runtime;

import java.util.UUID;
import java.util.function.Supplier;
import site.js0.jdb.comm.Clock;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.SystemClock;
import site.js0.jdb.fs.DriverOptions;
import site.js0.jdb.fs.Drivers;
import site.js0.jdb.fs.IoDriver;

/**
 * Everything outside of memory that an engine touches: the disk, the clock, and who calls {@link
 * Shard#turn()}. With these replaced the whole kernel runs in one thread from one seed.
 *
 * @param drivers a new driver for each shard
 * @param clock the time
 * @param ids identities of new databases
 * @param ownThreads true: every shard has a thread; false: a caller who waits drives all shards
 * @param realFiles true: the paths are the machine's, and are locked
 */
public record World(
        Supplier<IoDriver> drivers,
        Clock clock,
        Supplier<UUID> ids,
        boolean ownThreads,
        boolean realFiles) {
    /** The machine's. */
    static World real(JdbOptions options) {
        DriverOptions driverOptions = driverOptions(options);
        return new World(
                () -> Drivers.open(driverOptions), new SystemClock(), UUID::randomUUID, true, true);
    }

    private static DriverOptions driverOptions(JdbOptions options) {
        DriverOptions.Kind kind =
                switch (options.driver()) {
                    case AUTO -> DriverOptions.Kind.AUTO;
                    case URING -> DriverOptions.Kind.URING;
                    case NIO -> DriverOptions.Kind.NIO;
                };
        return DriverOptions.defaults().withKind(kind).withQueueDepth(options.ioDepth());
    }
}
