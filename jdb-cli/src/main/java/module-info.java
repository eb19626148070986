/** The {@code jetdb} command line. */
// "js0" ends in a digit, and JLine is a bundle without a module of its own.
@SuppressWarnings({"module", "requires-automatic"})
module site.js0.jdb.cli {
    requires info.picocli;
    requires org.jline;
    requires site.js0.jdb.kernel;
    requires tools.jackson.core;
    requires static transitive org.jspecify;

    // picocli reads the commands' annotations and fields by reflection.
    opens site.js0.jdb.cli to
            info.picocli;
}
