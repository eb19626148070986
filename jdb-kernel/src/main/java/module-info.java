/**
 * The JDB storage engine.
 *
 * <p>Users call {@code site.js0.jdb.api} and {@code site.js0.jdb.comm}; the other packages are open
 * to our own test kit and command line only.
 */
@SuppressWarnings("module") // Its friends are compiled later; and "js0" ends in a digit.
module site.js0.jdb.kernel {
    // A line in comments becomes an export when its package has a first type: javac refuses to
    // export an empty package.

    exports site.js0.jdb.api;
    exports site.js0.jdb.comm;
    exports site.js0.jdb.layout to
            site.js0.jdb.testkit,
            site.js0.jdb.cli;
    exports site.js0.jdb.proto to
            site.js0.jdb.testkit,
            site.js0.jdb.cli;

    // exports site.js0.jdb.wal to site.js0.jdb.testkit, site.js0.jdb.cli;

    exports site.js0.jdb.vlog to
            site.js0.jdb.testkit,
            site.js0.jdb.cli;
    exports site.js0.jdb.page to
            site.js0.jdb.testkit,
            site.js0.jdb.cli;
    exports site.js0.jdb.index to
            site.js0.jdb.testkit,
            site.js0.jdb.cli;
    exports site.js0.jdb.tablet to
            site.js0.jdb.testkit,
            site.js0.jdb.cli;
    exports site.js0.jdb.runtime to
            site.js0.jdb.testkit,
            site.js0.jdb.cli;

    requires transitive site.js0.jdb.io;
    requires com.dynatrace.hash4j; // XXH3.
    requires jdk.management; // The memory of the machine.
    requires static transitive org.jspecify;
}
