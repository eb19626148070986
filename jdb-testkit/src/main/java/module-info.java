/** Simulated disk, clock and scheduler for tests of the engine. */
@SuppressWarnings("module") // "js0" ends in a digit; the domain of the project does too.
module site.js0.jdb.testkit {
    exports site.js0.jdb.testkit;

    requires transitive site.js0.jdb.kernel;
    requires transitive org.junit.jupiter.params;
    requires static transitive org.jspecify;
}
